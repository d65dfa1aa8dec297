import { differenceOf, prepareVariant, withLiveImages, type Rendered } from "../../../../scripts/mutants/variant.ts";

function object(kind: string, name: string, spec: object = {}, namespace = "orders-dev"): Rendered {
  const apiVersion = kind === "ScaledObject" ? "keda.sh/v1alpha1" : kind === "Deployment" ? "apps/v1" : "v1";
  return { apiVersion, kind, metadata: { name, namespace }, spec };
}

const TARGET = { kind: "Deployment", name: "worker" };
const deployment = object("Deployment", "worker");
const scaled = object("ScaledObject", "worker");
const changed = object("Deployment", "worker", { replicas: 3 });
const added = object("ConfigMap", "mutant");
const foreign = object("ConfigMap", "custom-ca", {}, "keda");

/** A kubectl that knows these objects, and notes what it is told; `get` answers from what there is. */
function kubectlWith(there: Record<string, object>): {
  kubectl: (args: readonly string[], input?: string) => Promise<string>;
  told: string[];
} {
  const told: string[] = [];
  return {
    told,
    kubectl: (args, input) => {
      if (args.includes("hpa")) return Promise.resolve("Deployment/worker 2");
      if (args[0] === "get") {
        const found = there[args.find((arg) => arg.includes("/")) ?? ""];
        return Promise.resolve(found === undefined ? "" : JSON.stringify(found));
      }
      const items = input === undefined ? [] : (JSON.parse(input) as { items: Rendered[] }).items;
      told.push(
        [
          ...args.filter((arg) => !arg.startsWith("--timeout")),
          ...items.map(({ kind, spec }) => `${kind ?? ""} ${JSON.stringify(spec)}`),
        ].join(" "),
      );
      return Promise.resolve("");
    },
  };
}

test("the difference of two overlays: what only one has, and what they do not have alike", () => {
  expect(differenceOf([deployment, scaled, added], [changed, added, foreign])).toEqual({
    removed: [scaled],
    added: [foreign],
    changed: [{ baseline: deployment, other: changed }],
  });
});

test("what is removed is deleted first, with the HPA that KEDA made for it, and comes back last", async () => {
  const { kubectl, told } = kubectlWith({});
  const variant = await prepareVariant({ kubectl }, [deployment, scaled], [changed, added]);
  await variant.deploy();
  expect(told.splice(0)).toEqual([
    "-n orders-dev delete scaledobject worker --ignore-not-found",
    "-n orders-dev wait --for=delete hpa/worker",
    'apply -f - ConfigMap {} Deployment {"replicas":3}',
  ]);
  await variant.restore();
  expect(told).toEqual([
    "delete -n orders-dev ConfigMap/mutant --ignore-not-found",
    "apply -f - Deployment {} ScaledObject {}",
  ]);
});

test("what was there before is replaced and put back, and not deleted", async () => {
  const before = { ...foreign, metadata: { ...foreign.metadata, uid: "1", resourceVersion: "2" }, spec: { ca: "old" } };
  const { kubectl, told } = kubectlWith({ "ConfigMap/custom-ca": before });
  const variant = await prepareVariant({ kubectl }, [deployment], [deployment, foreign]);
  await variant.deploy();
  await variant.restore();
  expect(told).toEqual(["replace -f - ConfigMap {}", 'replace -f - ConfigMap {"ca":"old"}']);
});

test("what KEDA made is not put back: it comes with its ScaledObject", async () => {
  const hpa = {
    ...object("HorizontalPodAutoscaler", "worker", { scaleTargetRef: TARGET, minReplicas: 2 }),
    apiVersion: "autoscaling/v2",
  };
  const kedas = { ...hpa, metadata: { ...hpa.metadata, ownerReferences: [{ kind: "ScaledObject" }] } };
  const { kubectl, told } = kubectlWith({ "HorizontalPodAutoscaler.v2.autoscaling/worker": kedas });
  const variant = await prepareVariant({ kubectl }, [scaled], [hpa]);
  await variant.deploy();
  await variant.restore();
  expect(told).toEqual([
    "-n orders-dev delete scaledobject worker --ignore-not-found",
    "-n orders-dev wait --for=delete hpa/worker",
    'apply -f - HorizontalPodAutoscaler {"scaleTargetRef":{"kind":"Deployment","name":"worker"},"minReplicas":2}',
    // From 0, where KEDA left it, no HPA takes it.
    "-n orders-dev scale deployment/worker --replicas=2",
    "delete -n orders-dev HorizontalPodAutoscaler.v2.autoscaling/worker --ignore-not-found",
    "apply -f - ScaledObject {}",
  ]);
});

test("an overlay gets the images that are deployed, by container", async () => {
  const pod = (image: string): object => ({
    template: { spec: { initContainers: [], containers: [{ name: "worker", image }] } },
  });
  const kubectl = (): Promise<string> =>
    Promise.resolve(
      JSON.stringify({ items: [object("Deployment", "worker", pod("registry.example/worker@sha256:1"))] }),
    );
  const before = object("Deployment", "worker", pod("docker.io/ownsignal/worker:dev"));
  expect(await withLiveImages({ kubectl }, [before], "orders-dev")).toEqual([
    object("Deployment", "worker", pod("registry.example/worker@sha256:1")),
  ]);
  expect(before).toEqual(object("Deployment", "worker", pod("docker.io/ownsignal/worker:dev")));
});
