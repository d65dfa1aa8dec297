import type { V1LimitRange, V1Pod } from "@kubernetes/client-node";
import type { View } from "../../../../scripts/diagnosis/view.ts";
import { broken, containerOf } from "./broken.ts";
import { named, objectsOf } from "./healthyView.ts";

/** The API without requests, declared and live. */
function requestsNothing(view: View): void {
  Object.assign(containerOf(view, "api"), { resources: {} });
  const [live] = named(view.live.workloads, "api").spec?.template.spec?.containers ?? [];
  if (live === undefined) throw new Error("the fixture's api has no container");
  Object.assign(live, { resources: {} });
}

function admitted(requests: string): V1Pod[] {
  return objectsOf<V1Pod>(`
apiVersion: v1
kind: Pod
metadata:
  name: api-1
  labels: { service: api, pod-template-hash: abc }
  ownerReferences: [{ apiVersion: apps/v1, kind: ReplicaSet, name: api-abc, uid: "2", controller: true }]
spec: { containers: [{ name: api, resources: { requests: ${requests} } }] }
status: { phase: Running, conditions: [{ type: Ready, status: "True" }] }
`);
}

function reading(view: View, name: string): void {
  const containerResource = { container: "api", name, current: { averageUtilization: 3, averageValue: "3m" } };
  Object.assign(named(view.live.autoscalers, "api").status ?? {}, {
    currentMetrics: [{ type: "ContainerResource", containerResource }],
  });
}

function podLevel(view: View): void {
  const target = { type: "Utilization", averageUtilization: 60 };
  for (const list of [view.declared.autoscalers, view.live.autoscalers])
    Object.assign(named(list, "api").spec, { metrics: [{ type: "Resource", resource: { name: "cpu", target } }] });
  for (const list of [view.declared.workloads, view.live.workloads])
    Object.assign(named(list, "api").spec?.template.spec ?? {}, { resources: { requests: { cpu: "200m" } } });
}

describe("an API whose template has no request", () => {
  test.each<[string, (view: View) => unknown, string[]]>([
    ["is reported", () => undefined, ["cpu-request-missing"]],
    [
      "is not where a LimitRange of the namespace gives one",
      (view) => {
        const limits = objectsOf<V1LimitRange>(`
apiVersion: v1
kind: LimitRange
metadata: { name: requests }
spec: { limits: [{ type: Container, default: { cpu: 200m } }] }
`);
        view.live = { ...view.live, limitRanges: { kind: "value", value: limits } };
      },
      [],
    ],
    [
      "is not where its pods were admitted with one",
      (view) => {
        view.pods = { kind: "value", value: admitted("{ cpu: 100m }") };
      },
      [],
    ],
    [
      "is where its pods were admitted without it",
      (view) => {
        view.pods = { kind: "value", value: admitted("{ memory: 100Mi }") };
      },
      ["cpu-request-missing"],
    ],
    [
      "is not where the HPA reads that metric",
      (view) => {
        reading(view, "cpu");
      },
      [],
    ],
    [
      "is where ScalingActive is True by another metric",
      (view) => {
        reading(view, "memory");
      },
      ["cpu-request-missing"],
    ],
    [
      "is not where the pod as a whole requests it, for a metric of the whole pod",
      (view) => {
        podLevel(view);
      },
      ["hpa-metric-counts-sidecars"],
    ],
  ])("%s", (_, change, ids) => {
    const found = broken((view) => {
      requestsNothing(view);
      change(view);
    });
    expect(found.map(({ id }) => id)).toEqual(ids);
  });
});

test("a declared template without a request is no better for pods that run with another one", () => {
  const found = broken((view) => {
    Object.assign(containerOf(view, "api"), { resources: {} });
    view.pods = { kind: "value", value: admitted("{ cpu: 100m }") };
  });
  expect(found.map(({ id }) => id)).toEqual(["cpu-request-missing"]);
});

test("replicas that somebody applied server-side beside an autoscaler are seen in the live object alone", () => {
  const found = broken((view) => {
    const { metadata } = named(view.live.workloads, "api");
    if (metadata === undefined) throw new Error("the fixture's api has no metadata");
    const owned = { manager: "kubectl", operation: "Apply", fieldsV1: { "f:spec": { "f:replicas": {} } } };
    const scaled = { ...owned, manager: "kube-controller-manager", operation: "Update", subresource: "scale" };
    Object.assign(metadata, { managedFields: [scaled, owned] });
  });
  expect(found).toMatchObject([{ id: "replicas-fixed", params: { from: "server-side-apply" } }]);
});
