import { causeOf } from "../../../../loadtest/model/cause.ts";
import type { CoreV1Event, V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import type { View } from "../../../../scripts/diagnosis/view.ts";
import { broken, containerOf, expected } from "./broken.ts";
import { named, objectsOf } from "./healthyView.ts";

const NOT_READY = {
  state: "not-ready",
  conditionMessage: "Triggers are not working correctly",
  namespace: "orders-dev",
  operator: "keda/keda-operator",
} as const;

function notReady(view: View, event: string): void {
  const [condition] = named(view.live.scaledObjects, "worker").status?.conditions ?? [];
  Object.assign(condition ?? {}, { status: "False", message: "Triggers are not working correctly" });
  failing(view, event, "2026-01-01T11:59:00Z");
}

/** A trigger that failed at this time, and once with another message an hour ago. */
function failing(view: View, event: string, at: string): void {
  view.events = {
    kind: "value",
    value: objectsOf<CoreV1Event>(`
apiVersion: v1
kind: Event
type: Warning
metadata: { name: old, creationTimestamp: "2026-01-01T11:00:00Z" }
involvedObject: { kind: ScaledObject, name: worker }
message: an older message
---
apiVersion: v1
kind: Event
type: Warning
metadata: { name: new, creationTimestamp: "${at}" }
involvedObject: { kind: ScaledObject, name: worker }
message: ${JSON.stringify(event)}
`),
  };
}

describe("autoscaling", () => {
  test.each<[string, (view: View) => unknown, object]>([
    [
      "a key that the bus rejects",
      (view) => {
        notReady(view, "GET https://bus/orders\n----------------\nRESPONSE 401: 401 Unauthorized");
      },
      expected("scaled-object-key-rejected", "ScaledObject worker", {
        ...NOT_READY,
        event: "GET https://bus/orders RESPONSE 401: 401 Unauthorized",
      }),
    ],
    [
      "a fallback, in which it is still ready",
      (view) => {
        failing(view, "RESPONSE 401", "2026-01-01T11:50:00Z");
        named(view.live.scaledObjects, "worker").status?.conditions?.push({
          ...{ type: "Fallback", status: "True", reason: "FallbackExists", message: "on" },
        });
      },
      expected("scaled-object-key-rejected", "ScaledObject worker", {
        ...NOT_READY,
        state: "in-fallback",
        conditionMessage: undefined,
        event: "RESPONSE 401",
      }),
    ],
    [
      "a trigger that has begun to fail, before the fallback",
      (view) => {
        failing(view, "connection refused", "2026-01-01T11:59:00Z");
      },
      expected("scaled-object-trigger-failing", "ScaledObject worker", {
        ...NOT_READY,
        state: "failing",
        conditionMessage: undefined,
        event: "connection refused",
      }),
    ],
    [
      "a queue that KEDA does not find",
      (view) => {
        notReady(view, "queue invoices doesn't exist");
      },
      expected("scaled-object-queue-unknown", "ScaledObject worker", {
        ...NOT_READY,
        event: "queue invoices doesn't exist",
      }),
    ],
    [
      "a certificate that KEDA does not trust",
      (view) => {
        notReady(view, "tls: failed to verify certificate: x509: unknown authority");
      },
      expected("scaled-object-certificate-untrusted", "ScaledObject worker", {
        ...NOT_READY,
        event: "tls: failed to verify certificate: x509: unknown authority",
      }),
    ],
    [
      "a queue that the bus does not have",
      (view) => {
        view.queues = new Map([["invoices", { kind: "value", value: false }]]);
      },
      expected("queue-missing", "Queue invoices", { namespace: "orders-dev" }),
    ],
    [
      "an HPA that cannot compute",
      (view) => Object.assign(conditionOf(view, "api"), { status: "False", message: "failed to get cpu utilization" }),
      expected("hpa-cannot-compute", "HorizontalPodAutoscaler api", {
        message: "failed to get cpu utilization",
        namespace: "orders-dev",
      }),
    ],
    [
      "an HPA that has only just begun",
      (view) =>
        Object.assign(conditionOf(view, "api"), {
          status: "False",
          message: "no metrics yet",
          lastTransitionTime: new Date("2026-01-01T11:59:30Z"),
        }),
      expected(
        "hpa-has-no-metrics-yet",
        "HorizontalPodAutoscaler api",
        { message: "no metrics yet", forSeconds: 30, withinSeconds: 120 },
        "WARN",
      ),
    ],
    [
      "a container that is not there",
      (view) => {
        const [metric] = named(view.declared.autoscalers, "api").spec.metrics ?? [];
        Object.assign(metric?.containerResource ?? {}, { container: "app" });
      },
      expected("hpa-container-unknown", "HorizontalPodAutoscaler api", {
        container: "app",
        workload: "Deployment api",
        containers: ["validator", "api"],
      }),
    ],
    [
      "a container without a CPU request",
      (view) => Object.assign(containerOf(view, "api"), { resources: {} }),
      expected("cpu-request-missing", "HorizontalPodAutoscaler api", {
        workload: "Deployment api",
        container: "api",
        resource: "cpu",
        wholePod: false,
      }),
    ],
    [
      "a sidecar without a request under a metric of the whole pod",
      (view) => {
        const autoscaler = named(view.declared.autoscalers, "api");
        Object.assign(autoscaler.spec, {
          metrics: [{ type: "Resource", resource: { name: "memory", target: { type: "Utilization" } } }],
        });
      },
      [
        expected(
          "hpa-metric-counts-sidecars",
          "HorizontalPodAutoscaler api",
          { resource: "memory", workload: "Deployment api", containers: ["validator", "api"] },
          "WARN",
        ),
        expected("memory-request-missing", "HorizontalPodAutoscaler api", {
          workload: "Deployment api",
          container: "validator",
          resource: "memory",
          wholePod: true,
        }),
        expected("hpa-without-cpu-metric", "HorizontalPodAutoscaler api", { metrics: ["memory"] }, "WARN"),
      ],
    ],
    [
      "replicas beside an autoscaler",
      (view) => Object.assign(named(view.declared.workloads, "worker").spec ?? {}, { replicas: 1 }),
      expected("replicas-fixed", "Deployment worker", {
        ...{ replicas: 1, autoscaler: "ScaledObject worker", from: "manifest", namespace: "orders-dev" },
      }),
    ],
    [
      "replicas that were applied beside an autoscaler",
      (view) =>
        Object.assign(workloadMetadata(view, "api"), {
          annotations: { "kubectl.kubernetes.io/last-applied-configuration": '{"spec":{"replicas":3}}' },
        }),
      expected("replicas-fixed", "Deployment api", {
        ...{ replicas: 3, autoscaler: "HorizontalPodAutoscaler api", from: "last-applied", namespace: "orders-dev" },
      }),
    ],
    [
      "an HPA on the sidecar",
      (view) => {
        const [metric] = named(view.declared.autoscalers, "api").spec.metrics ?? [];
        Object.assign(metric?.containerResource ?? {}, { container: "validator" });
      },
      expected(
        "hpa-targets-other-container",
        "HorizontalPodAutoscaler api",
        { container: "validator", workload: "Deployment api", containers: ["api"] },
        "WARN",
      ),
    ],
    [
      "an HPA whose minReplicas is its maxReplicas",
      (view) => Object.assign(named(view.declared.autoscalers, "api").spec, { minReplicas: 6 }),
      expected("hpa-cannot-scale", "HorizontalPodAutoscaler api", { minReplicas: 6, maxReplicas: 6 }, "WARN"),
    ],
    [
      "a ScaledObject that cannot do what the proof asks",
      (view) => Object.assign(named(view.declared.scaledObjects, "worker").spec ?? {}, { maxReplicaCount: 1 }),
      expected(
        "objective-unreachable",
        "ScaledObject worker",
        {
          cause: causeOf("max-replicas-below-required", "worker", {
            ...{ object: "ScaledObject", maxReplicas: 1, required: 4 },
          }),
          scenario: "queue-backlog",
        },
        "WARN",
      ),
    ],
    [
      "a ScaledObject that adds one pod in two minutes, which simulation shows",
      (view) =>
        Object.assign(named(view.declared.scaledObjects, "worker").spec ?? {}, {
          advanced: {
            horizontalPodAutoscalerConfig: {
              behavior: { scaleUp: { policies: [{ type: "Pods", value: 1, periodSeconds: 120 }] } },
            },
          },
        }),
      expected(
        "objective-unreachable",
        "ScaledObject worker",
        {
          scenario: "queue-backlog",
          assertion: expect.objectContaining({
            ...{ id: "scales-out", status: "fail", basis: "measurement" },
            measured: { reachedAfterSeconds: null, mostReady: 2, mostDesired: 2 },
          }) as never,
        },
        "WARN",
      ),
    ],
    [
      "two autoscalers on one workload",
      (view) =>
        view.declared.autoscalers.push(
          ...objectsOf<V2HorizontalPodAutoscaler>(`
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: worker-cpu }
spec: { scaleTargetRef: { kind: Deployment, name: worker }, maxReplicas: 3 }
`),
        ),
      expected("autoscalers-compete", "Deployment worker", {
        autoscalers: ["ScaledObject worker", "HorizontalPodAutoscaler worker-cpu"],
      }),
    ],
  ])("%s", (_, breakIt, only) => {
    expect(broken(breakIt)).toEqual([only].flat());
  });
});

function workloadMetadata(view: View, name: string): object {
  const { metadata } = named(view.live.workloads, name);
  if (metadata === undefined) throw new Error(`the fixture's ${name} has no metadata`);
  return metadata;
}

function conditionOf(view: View, autoscaler: string): object {
  const [condition] = named(view.live.autoscalers, autoscaler).status?.conditions ?? [];
  if (condition === undefined) throw new Error(`the fixture's HPA ${autoscaler} has no condition`);
  return condition;
}

test("a trigger whose last failure is more than two polls ago has no finding", () => {
  expect(
    broken((view) => {
      failing(view, "connection refused", "2026-01-01T11:58:00Z");
    }),
  ).toEqual([]);
});
