import {
  findKeda,
  findMetricsServer,
  formatInstallation,
  type ControllerObjects,
  type Keda,
} from "../../../../loadtest/observe/controllers.ts";
import {
  defectText,
  foundControllers as foundOn,
  type FoundControllers,
} from "../../../../scripts/setup/controllers/discover.ts";
import { AKS, HELM, keda, METRICS_SERVER, OURS, PROMETHEUS_ADAPTER, RELEASE_MANIFEST, recorded } from "./recorded.ts";

function foundControllers(objects: ControllerObjects): FoundControllers {
  return foundOn(objects, "v1.36.3");
}

function kedaIn(objects: ControllerObjects): Keda | undefined {
  const discovery = findKeda(objects);
  return discovery.id === "present" ? discovery.params : undefined;
}

const CRD = "CustomResourceDefinition scaledobjects.keda.sh";
const KEDA_API = "APIService v1alpha1.keda.sh";
const EXTERNAL = "APIService v1beta1.external.metrics.k8s.io";
const OPERATOR = "Deployment keda-operator";

test("an empty cluster has neither KEDA nor metrics-server", () => {
  expect(foundControllers(recorded([]))).toEqual({
    keda: undefined,
    metricsServer: undefined,
    absent: { keda: true, metricsServer: true },
  });
});

test.each([
  ["this project's", OURS, "2.21.0 (installed by ownsignal, namespace keda)"],
  ["a release manifest's", RELEASE_MANIFEST, "2.21.0 (manifest, namespace keda)"],
  ["a Helm release's in namespace autoscaling", HELM, "2.21.0 (Helm release keda, namespace autoscaling)"],
  ["AKS's add-on's in kube-system", AKS, "2.17.2 (AKS add-on, namespace kube-system)"],
])("KEDA is found with version and origin: %s", (_whose, way, words) => {
  const found = kedaIn(recorded([keda(way), METRICS_SERVER]));
  expect(found && formatInstallation(found)).toBe(words);
  expect(found?.operator.metadata).toMatchObject({ name: "keda-operator", namespace: way.namespace });
  expect(found?.adapter.metadata).toMatchObject({ name: way.adapter, namespace: way.namespace });
});

test("an installation of this project that Helm has taken over is Helm's", () => {
  const taken = { ...HELM, annotations: { ...OURS.annotations, ...HELM.annotations } };
  expect(kedaIn(recorded([keda(taken)]))?.origin).toBe("helm");
});

test("a chart with another operator.name is found by its images", () => {
  const renamed = keda(HELM).replaceAll("keda-operator", "scaler");
  const found = kedaIn(recorded([renamed]));
  expect(found?.operator.metadata?.name).toBe("scaler");
  expect(found?.adapter.metadata?.name).toBe("scaler-metrics-apiserver");
});

test.each([
  ["registry.example:5000/team/keda:v2.20.1@sha256:abc", "2.20.1"],
  ["registry.example:5000/team/keda:2.20.1-company.3", "2.20.1-company.3"],
  // A digest tells no version; the label that the chart sets does.
  ["ghcr.io/kedacore/keda@sha256:abc", "2.21.0"],
  ["ghcr.io/kedacore/keda:main", "2.21.0"],
])("the version of image %s is %s", (image, version) => {
  const objects = recorded([keda(HELM).replace("ghcr.io/kedacore/keda:2.21.0", image)]);
  expect(kedaIn(objects)?.version).toBe(version);
});

test("where CRDs must not be read, KEDA is found by its registered API", () => {
  expect(findKeda(recorded([keda(HELM)], [CRD])).id).toBe("present");
});

describe("half of somebody's KEDA is refused, and nothing is installed beside it", () => {
  test.each<[string, string[], string[], string]>([
    ["CRDs alone", [keda(HELM)], [EXTERNAL, OPERATOR, "Deployment keda-operator-metrics-apiserver"], "noApiService"],
    ["CRDs that must not be read", [keda(OURS)], [CRD, EXTERNAL, OPERATOR], "noApiService"],
    ["an operator without the API", [keda(RELEASE_MANIFEST)], [CRD, KEDA_API, EXTERNAL], "noApiService"],
    [
      "an APIService whose Service is gone",
      [keda(HELM)],
      ["Service keda-operator-metrics-apiserver"],
      "serviceMissing",
    ],
    [
      "an APIService alone",
      [keda(HELM)],
      [CRD, KEDA_API, OPERATOR, "Service keda-operator-metrics-apiserver"],
      "serviceMissing",
    ],
    ["a Service without a Deployment", [keda(HELM)], ["Deployment keda-operator-metrics-apiserver"], "noDeployment"],
    ["an adapter without CRDs", [keda(AKS)], [CRD, KEDA_API], "noCrd"],
    ["an adapter without an operator", [keda(AKS)], [OPERATOR], "noOperator"],
    ["another adapter alone", [PROMETHEUS_ADAPTER], [], "anotherAdapter"],
    ["another adapter over KEDA's CRDs", [keda(HELM), PROMETHEUS_ADAPTER], [], "anotherAdapter"],
    ["another adapter over this project's KEDA", [keda(OURS), PROMETHEUS_ADAPTER], [], "anotherAdapter"],
  ])("%s", (_what, yaml, without, id) => {
    const objects = recorded(yaml, without);
    expect(findKeda(objects)).toMatchObject({ id: "unusable", params: { id } });
    expect(() => foundControllers(objects)).toThrow(/; nothing was applied$/);
  });

  test.each(["apiServices", "deployments"] as const)("one that is being removed, seen by its %s", (list) => {
    const objects = recorded([keda(OURS)]);
    for (const { metadata } of objects[list]) if (metadata !== undefined) metadata.deletionTimestamp = new Date();
    expect(findKeda(objects)).toMatchObject({ id: "unusable", params: { id: "terminating" } });
  });
});

describe("half of this project's own KEDA is completed", () => {
  test.each<[string, string[]]>([
    ["CRDs alone", [EXTERNAL, OPERATOR, "Deployment keda-metrics-apiserver"]],
    ["an APIService whose Service is gone", ["Service keda-metrics-apiserver"]],
    ["a Service without a Deployment", ["Deployment keda-metrics-apiserver"]],
    ["no operator yet", [OPERATOR]],
  ])("%s", (_what, without) => {
    expect(findKeda(recorded([keda(OURS)], without))).toEqual({ id: "interrupted" });
  });
});

describe("metrics-server", () => {
  test("is found by the API that it serves", () => {
    const { metricsServer } = foundControllers(recorded([METRICS_SERVER]));
    expect(metricsServer && formatInstallation(metricsServer)).toBe("0.9.0 (manifest, namespace kube-system)");
  });

  test("may be another component", () => {
    const adapter = PROMETHEUS_ADAPTER.replace("v1beta1.external.metrics", "v1beta1.metrics");
    expect(findMetricsServer(recorded([adapter]))).toMatchObject({
      id: "present",
      params: { namespace: "monitoring" },
    });
  });

  test.each([
    ["without its API", "APIService v1beta1.metrics.k8s.io", "noApiService"],
    ["without its Service", "Service metrics-server", "serviceMissing"],
  ])("%s is refused", (_what, without, id) => {
    expect(findMetricsServer(recorded([METRICS_SERVER], [without]))).toMatchObject({ id: "unusable", params: { id } });
  });

  test("of this project without its API is completed", () => {
    const ours = METRICS_SERVER.replaceAll(
      "labels: { k8s-app",
      "labels: { app.kubernetes.io/managed-by: ownsignal, k8s-app",
    );
    expect(findMetricsServer(recorded([ours], ["APIService v1beta1.metrics.k8s.io"]))).toEqual({ id: "interrupted" });
  });
});

test("a refusal names what was found, where, and what its owner can do", () => {
  const discovery = findKeda(recorded([PROMETHEUS_ADAPTER]));
  expect(discovery.id === "unusable" && defectText("KEDA", discovery.params)).toEqual({
    what: "APIService v1beta1.external.metrics.k8s.io belongs to another adapter: Deployment monitoring/prometheus-adapter (image registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.12.0) behind Service monitoring/prometheus-adapter",
    fix: "a cluster has one adapter for external metrics only, and KEDA has to be it: turn that adapter's external metrics off and let the APIService name KEDA's Service (keda-operator-metrics-apiserver of its Helm chart, keda-metrics-apiserver of its manifests), or use another cluster",
  });
});

test("AKS's add-on is refused for overlay dev, before anything is applied", () => {
  expect(() => foundControllers(recorded([keda(AKS), METRICS_SERVER]))).toThrow(
    "KEDA in namespace kube-system is AKS's add-on, whose Helm values cannot be changed: it cannot trust the authority of the emulator that overlay dev deploys; nothing was applied",
  );
});

describe("a version that is too old is refused before anything is applied", () => {
  test.each<[string, ControllerObjects, string]>([
    ["Kubernetes 1.29.9", recorded([]), "v1.29.9"],
    ["KEDA 2.17.0", recorded([keda({ ...HELM, version: "2.17.0" })]), "v1.36.3"],
    ["metrics-server 0.5.2", recorded([METRICS_SERVER.replace("v0.9.0", "v0.5.2")]), "v1.36.3"],
  ])("%s", (what, objects, kubernetes) => {
    expect(() => foundOn(objects, kubernetes)).toThrow(
      new RegExp(`^${what.replace("Kubernetes ", "Kubernetes v")} is too old: .*; nothing was applied$`),
    );
  });

  test.each<[string, ControllerObjects, string]>([
    ["the least versions", recorded([keda({ ...HELM, version: "2.17.1" })]), "v1.30.0-gke.100"],
    [
      "this project's own KEDA, which is brought up to date",
      recorded([keda({ ...OURS, version: "2.16.0" })]),
      "v1.36.3",
    ],
    [
      "another component than metrics-server, with versions of its own",
      recorded([
        PROMETHEUS_ADAPTER.replace("v1beta1.external.metrics", "v1beta1.metrics").replace("v0.12.0", "v0.5.0"),
      ]),
      "v1.36.3",
    ],
  ])("but not %s", (_what, objects, kubernetes) => {
    expect(() => foundOn(objects, kubernetes)).not.toThrow();
  });
});
