import type { ClusterObject } from "../../../../scripts/removal/objects.ts";
import { isEmpty, planRemoval, type Contents } from "../../../../scripts/removal/plan.ts";

const OURS = { "app.kubernetes.io/managed-by": "ownsignal" };
const APP = { app: "ownsignal" };

interface Given {
  namespace?: string;
  labels?: Record<string, string>;
  apiVersion?: string;
  owned?: boolean;
}

function object(
  kind: string,
  name: string,
  { namespace, labels = {}, apiVersion = "v1", owned = false }: Given = {},
): ClusterObject {
  return {
    apiVersion,
    kind,
    metadata: { name, labels, ownerReferences: owned ? [{}] : [], ...(namespace === undefined ? {} : { namespace }) },
  };
}

const scaledObject = object("ScaledObject", "worker", {
  namespace: "orders-dev",
  labels: APP,
  apiVersion: "keda.sh/v1alpha1",
});
const deployment = object("Deployment", "api", { namespace: "orders-dev", labels: APP, apiVersion: "apps/v1" });
const operator = object("Deployment", "keda-operator", { namespace: "keda", labels: OURS, apiVersion: "apps/v1" });
const metricsServer = object("Deployment", "metrics-server", {
  ...{ namespace: "kube-system", labels: { ...OURS, "k8s-app": "metrics-server" }, apiVersion: "apps/v1" },
});
const orders = object("Namespace", "orders-dev", { labels: APP });
const keda = object("Namespace", "keda", { labels: OURS });

const WHOLE: Contents = {
  labelled: [operator, metricsServer, keda],
  inNamespaces: [
    scaledObject,
    deployment,
    operator,
    object("Pod", "api-1", { namespace: "orders-dev", labels: APP, owned: true }),
    object("ConfigMap", "kube-root-ca.crt", { namespace: "orders-dev" }),
    object("ServiceAccount", "default", { namespace: "keda" }),
    object("Secret", "kedaorg-certs", { namespace: "keda" }),
  ],
  namespaces: [orders, keda],
  dependents: [scaledObject],
};

test("what up and the overlay made goes, KEDA's objects first and KEDA last", () => {
  expect(planRemoval(WHOLE)).toEqual({
    scaled: [scaledObject],
    deployment: [deployment, orders],
    controllers: [operator, metricsServer, keda],
    kept: [],
  });
});

test("KEDA and metrics-server that bear no label of this project stay", () => {
  const foreign = object("Deployment", "keda-operator", { namespace: "keda", apiVersion: "apps/v1" });
  const plan = planRemoval({
    ...WHOLE,
    labelled: [],
    inNamespaces: [scaledObject, deployment, foreign],
    namespaces: [orders, object("Namespace", "keda")],
  });
  expect(plan).toEqual({ scaled: [scaledObject], deployment: [deployment, orders], controllers: [], kept: [] });
});

test("a namespace with somebody's object in it stays, and so does the object", () => {
  const notes = object("ConfigMap", "notes", { namespace: "orders-dev" });
  const plan = planRemoval({ ...WHOLE, inNamespaces: [...WHOLE.inNamespaces, notes] });
  expect(plan.deployment).toEqual([deployment]);
  expect(plan.kept).toEqual([{ what: "Namespace orders-dev", reason: "others' objects are in it", objects: [notes] }]);
});

test("a namespace of that name without this project's label stays whole", () => {
  const plan = planRemoval({ ...WHOLE, namespaces: [object("Namespace", "orders-dev"), keda] });
  expect(plan.deployment).toEqual([deployment]);
});

test("this project's KEDA stays where others' ScaledObjects need it, with its namespace", () => {
  const other = object("ScaledObject", "shop", { namespace: "shop", apiVersion: "keda.sh/v1alpha1" });
  const plan = planRemoval({ ...WHOLE, dependents: [scaledObject, other] });
  expect(plan.controllers).toEqual([metricsServer]);
  expect(plan.kept).toEqual([{ what: "KEDA", reason: "others' objects need it", objects: [other] }]);
});

test("this project's metrics-server stays where others' HPAs need it", () => {
  const other = object("HorizontalPodAutoscaler", "shop", { namespace: "shop", apiVersion: "autoscaling/v2" });
  const plan = planRemoval({ ...WHOLE, dependents: [other] });
  expect(plan.controllers).toEqual([operator, keda]);
  expect(plan.kept).toEqual([{ what: "metrics-server", reason: "others' HPAs need it", objects: [other] }]);
});

test("a cluster without anything of this project has an empty plan", () => {
  const plan = planRemoval({ labelled: [], inNamespaces: [], namespaces: [], dependents: [] });
  expect(isEmpty(plan)).toBe(true);
});

test("workloads go before what their pods need, so that an interrupted removal leaves no pods without it", () => {
  const account = object("ServiceAccount", "metrics-server", {
    ...{ namespace: "kube-system", labels: { ...OURS, "k8s-app": "metrics-server" } },
  });
  const identity = object("ServiceAccount", "prometheus", { namespace: "orders-dev", labels: APP });
  const plan = planRemoval({
    ...WHOLE,
    labelled: [account, ...WHOLE.labelled],
    inNamespaces: [identity, ...WHOLE.inNamespaces],
  });
  expect(plan.controllers).toEqual([operator, metricsServer, account, keda]);
  expect(plan.deployment).toEqual([deployment, identity, orders]);
});
