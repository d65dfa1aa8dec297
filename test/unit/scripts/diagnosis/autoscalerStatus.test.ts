import type { V1Pod } from "@kubernetes/client-node";
import type { View } from "../../../../scripts/diagnosis/view.ts";
import { broken, expected } from "./broken.ts";
import { named, objectsOf } from "./healthyView.ts";

const HPA = "HorizontalPodAutoscaler api";

function replicasOf(view: View, workload: string, replicas: number): void {
  Object.assign(named(view.live.workloads, workload).spec ?? {}, { replicas });
}

function condition(view: View, hpa: string): object {
  const [first] = named(view.live.autoscalers, hpa).status?.conditions ?? [];
  if (first === undefined) throw new Error(`the fixture's HPA ${hpa} has no condition`);
  return first;
}

/** The API's HPA with these metrics at this many replicas, declared and live. */
function measures(view: View, replicas: number, metrics: object[], currentMetrics: object[]): void {
  for (const list of [view.declared.autoscalers, view.live.autoscalers]) {
    const hpa = named(list, "api");
    Object.assign(hpa.spec, { metrics });
    Object.assign(hpa.status ?? {}, { currentReplicas: replicas, currentMetrics });
  }
}

function share(container: string | undefined, name: string, averageUtilization: number): object {
  const target = { type: "Utilization", averageUtilization };
  return container === undefined
    ? { type: "Resource", resource: { name, target } }
    : { type: "ContainerResource", containerResource: { container, name, target } };
}

function reading(container: string | undefined, name: string, averageUtilization: number): object {
  const current = { averageUtilization, averageValue: "1" };
  return container === undefined
    ? { type: "Resource", resource: { name, current } }
    : { type: "ContainerResource", containerResource: { container, name, current } };
}

const HELD_BY_POD = {
  ...{ replicas: 3, minReplicas: 1 },
  metric: { metric: { kind: "Resource", name: "cpu" }, current: 300, target: 60 },
} as const;

describe("an HPA", () => {
  test.each<[string, (view: View) => unknown, object | []]>([
    [
      "whose workload was scaled to 0 by hand",
      (view) => {
        replicasOf(view, "api", 0);
        Object.assign(condition(view, "api"), { status: "False", reason: "ScalingDisabled" });
      },
      expected("hpa-target-at-zero", HPA, { workload: "Deployment api", minReplicas: 1, namespace: "orders-dev" }),
    ],
    [
      "whose own minimum is 0, from where it scales",
      (view) => {
        replicasOf(view, "api", 0);
        Object.assign(named(view.live.autoscalers, "api").spec, { minReplicas: 0 });
      },
      [],
    ],
    [
      "of KEDA whose workload is at 0",
      (view) => {
        replicasOf(view, "worker", 0);
      },
      [],
    ],
    [
      "that its window holds back",
      (view) => {
        const held = { type: "AbleToScale", status: "True", reason: "ScaleUpStabilized", message: "recent were lower" };
        Object.assign(named(view.live.autoscalers, "api").status ?? {}, { conditions: [condition(view, "api"), held] });
      },
      expected("hpa-scale-up-held-back", HPA, { message: "recent were lower" }, "WARN"),
    ],
    [
      "that a sidecar holds above its minimum, by a metric of the whole pod",
      (view) => {
        measures(view, 3, [share(undefined, "cpu", 60)], [reading(undefined, "cpu", 300)]);
      },
      [
        expected(
          "hpa-metric-counts-sidecars",
          HPA,
          { resource: "cpu", workload: "Deployment api", containers: ["validator", "api"] },
          "WARN",
        ),
        expected("hpa-held-above-minimum", HPA, HELD_BY_POD, "WARN"),
      ],
    ],
    [
      "that memory holds above its minimum, beside CPU without load",
      (view) => {
        measures(
          view,
          2,
          [share("api", "cpu", 60), share("api", "memory", 80)],
          [reading("api", "cpu", 2), reading("api", "memory", 90)],
        );
      },
      expected(
        "hpa-held-above-minimum",
        HPA,
        {
          ...{ replicas: 2, minReplicas: 1 },
          metric: {
            metric: { kind: "ContainerResource", name: "memory", container: "api" },
            ...{ current: 90, target: 80 },
          },
        },
        "WARN",
      ),
    ],
    [
      "that is above its minimum by load",
      (view) => {
        measures(
          view,
          3,
          [share("api", "cpu", 60), share("api", "memory", 80)],
          [reading("api", "cpu", 90), reading("api", "memory", 70)],
        );
      },
      [],
    ],
    [
      "that is on its way down",
      (view) => {
        measures(view, 3, [share("api", "cpu", 60)], [reading("api", "cpu", 2)]);
      },
      [],
    ],
    [
      "that counts pods of others",
      (view) => {
        view.pods = {
          kind: "value",
          value: objectsOf<V1Pod>(`
apiVersion: v1
kind: Pod
metadata:
  name: report-1
  labels: { service: api }
  ownerReferences: [{ apiVersion: batch/v1, kind: Job, name: report, uid: "1", controller: true }]
status: { phase: Running }
---
apiVersion: v1
kind: Pod
metadata: { name: ended, labels: { service: api } }
status: { phase: Succeeded }
---
apiVersion: v1
kind: Pod
metadata:
  name: api-1
  labels: { service: api, pod-template-hash: abc }
  ownerReferences: [{ apiVersion: apps/v1, kind: ReplicaSet, name: api-abc, uid: "2", controller: true }]
status: { phase: Running, conditions: [{ type: Ready, status: "True" }] }
`),
        };
      },
      expected("pods-of-others-selected", "Deployment api", {
        ...{ autoscaler: HPA, pods: ["report-1"], owners: ["Job report"] },
      }),
    ],
    [
      "of KEDA that cannot be served since KEDA's own certificates are broken",
      (view) =>
        Object.assign(condition(view, "worker"), {
          ...{ status: "False", reason: "FailedGetExternalMetric" },
          message:
            "unable to fetch metrics from external metrics API: rpc error: code = Unavailable desc = authentication handshake failed: tls: failed to verify certificate: x509: certificate has expired",
        }),
      expected("keda-certificates-untrusted", "Deployment keda-metrics-apiserver", {
        message:
          "unable to fetch metrics from external metrics API: rpc error: code = Unavailable desc = authentication handshake failed: tls: failed to verify certificate: x509: certificate has expired",
        ...{ namespace: "keda", operator: "keda/keda-operator", adapter: "keda/keda-metrics-apiserver" },
      }),
    ],
  ])("%s", (_, breakIt, only) => {
    expect(broken(breakIt)).toEqual([only].flat());
  });
});

describe("a workload without an autoscaler", () => {
  test.each<[string, (view: View) => unknown, object | []]>([
    [
      "that is the bus, at 0",
      (view) => {
        replicasOf(view, "servicebus-emulator", 0);
      },
      expected("bus-without-pods", "Service servicebus-emulator", {
        ...{ workload: "StatefulSet servicebus-emulator", replicas: 0, namespace: "orders-dev" },
      }),
    ],
    [
      "that was scaled to 0",
      (view) => {
        view.busService = undefined;
        replicasOf(view, "servicebus-emulator", 0);
      },
      expected("workload-scaled-to-zero", "StatefulSet servicebus-emulator", { namespace: "orders-dev" }, "WARN"),
    ],
    [
      "that is declared at 0",
      (view) => {
        view.busService = undefined;
        replicasOf(view, "servicebus-emulator", 0);
        Object.assign(named(view.declared.workloads, "servicebus-emulator").spec ?? {}, { replicas: 0 });
      },
      [],
    ],
  ])("%s", (_, breakIt, only) => {
    expect(broken(breakIt)).toEqual([only].flat());
  });
});
