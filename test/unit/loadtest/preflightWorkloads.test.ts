import { preflightText } from "../../../loadtest/preflight/texts.ts";
import { NAMESPACE, list, rejected, autoscaling, findingsOf } from "./preflightCluster.ts";

describe("workloads", () => {
  const kinds = {
    deployments: `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`,
    autoscalers: `/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers`,
    scaledObjects: `/apis/keda.sh/v1alpha1/namespaces/${NAMESPACE}/scaledobjects`,
  };

  test("a Deployment that is not there: the finding names what exists instead", async () => {
    const findings = await findingsOf({ [kinds.deployments]: list("api", "shop") });
    expect(findings).toMatchObject([{ id: "object-missing", severity: "ERROR" }]);
    expect(findings.map(preflightText)).toEqual(["namespace orders-dev has no Deployment worker; it has api, shop"]);
  });

  test.each([
    [
      "HPA",
      kinds.autoscalers,
      list(),
      "worker",
      "nothing scales Deployment api: no HorizontalPodAutoscaler and no ScaledObject in orders-dev names it in scaleTargetRef; there is ScaledObject worker",
    ],
    [
      "ScaledObject",
      kinds.scaledObjects,
      autoscaling("jobs"),
      "api",
      "nothing scales Deployment worker: no HorizontalPodAutoscaler and no ScaledObject in orders-dev names it in scaleTargetRef; there is HorizontalPodAutoscaler api, ScaledObject jobs",
    ],
    [
      "KEDA",
      kinds.scaledObjects,
      rejected(404),
      "api",
      "nothing scales Deployment worker: no HorizontalPodAutoscaler and no ScaledObject in orders-dev names it in scaleTargetRef; there is HorizontalPodAutoscaler api",
    ],
  ])(
    "without %s: what must scale is an error that names what exists instead, a control a warning",
    async (_, path, answer, _other, text) => {
      const findings = await findingsOf({ [path]: answer });
      const severity = path === kinds.autoscalers ? "WARN" : "ERROR";
      expect(findings).toMatchObject([{ id: "autoscaler-missing", severity }]);
      expect(findings.map(preflightText)).toEqual([text]);
    },
  );

  test("an HPA that KEDA made for its ScaledObject is none beside it", async () => {
    const made = {
      items: [
        ...(autoscaling("api") as { items: object[] }).items,
        {
          metadata: { name: "worker", ownerReferences: [{ kind: "ScaledObject" }] },
          spec: { scaleTargetRef: { kind: "Deployment", name: "worker" } },
        },
      ],
    };
    expect(await findingsOf({ [kinds.autoscalers]: made })).toEqual([]);
  });

  test("two autoscalers on one workload are an error with both names", async () => {
    const findings = await findingsOf({ [kinds.autoscalers]: autoscaling("api", "worker") });
    expect(findings.map(preflightText)).toEqual([
      "HorizontalPodAutoscaler worker and ScaledObject worker all scale worker, each against the others: delete all but one",
    ]);
  });

  test("pods of others under a workload's selector are named", async () => {
    const deployments = {
      items: ["api", "worker"].map((name) => ({
        metadata: { name },
        spec: { selector: { matchLabels: { app: name } } },
      })),
    };
    const owned = (name: string, owner: string) => ({
      metadata: {
        name,
        labels: { "pod-template-hash": "5d" },
        ownerReferences: [{ kind: "ReplicaSet", name: owner, controller: true }],
      },
    });
    const pods = { items: [owned("a-1", "api-5d"), owned("w-1", "worker-5d")] };
    const findings = await findingsOf({
      [kinds.deployments]: deployments,
      [`/api/v1/namespaces/${NAMESPACE}/pods`]: pods,
    });
    expect(findings.map(preflightText)).toEqual([
      "the selector of Deployment api also selects pod w-1, which it does not own: an HPA counts them, and the proof does not. Make the selector narrower",
      "the selector of Deployment worker also selects pod a-1, which it does not own: an HPA counts them, and the proof does not. Make the selector narrower",
    ]);
  });

  test("a worker on an HPA of its own needs no ScaledObject", async () => {
    const onCpu = { [kinds.autoscalers]: autoscaling("api", "worker"), [kinds.scaledObjects]: list() };
    expect(await findingsOf(onCpu)).toEqual([]);
  });

  test("a missing namespace is named with the namespaces that have a worker", async () => {
    const worker = { items: [{ metadata: { name: "worker", namespace: "orders" } }] };
    const answers = { [`/api/v1/namespaces/${NAMESPACE}`]: rejected(404), "/apis/apps/v1/deployments": worker };
    expect(await findingsOf(answers)).toEqual([
      { id: "namespace-missing", severity: "ERROR", params: { namespace: NAMESPACE, elsewhere: ["orders"] } },
    ]);
  });

  test("that may not be listed are not reported as missing", async () => {
    expect(await findingsOf({ [kinds.deployments]: rejected(403) })).toEqual([]);
  });
});
