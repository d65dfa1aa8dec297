import type { V1Deployment } from "@kubernetes/client-node";
import type { ControllerObjects } from "../../../../loadtest/observe/controllers.ts";
import { orElse, type TriggerAuthentication, type View } from "../../../../scripts/diagnosis/view.ts";
import { formatFinding } from "../../../../scripts/diagnosis/texts.ts";
import {
  AKS,
  HELM,
  keda,
  METRICS_SERVER,
  PROMETHEUS_ADAPTER,
  recorded,
  RELEASE_MANIFEST,
} from "../controllers/recorded.ts";
import { broken, expected, findingsOf } from "./broken.ts";
import { healthyView, named, objectsOf } from "./healthyView.ts";

const ABSENT = { kind: "absent" } as const;
const KEDA_OBJECTS = [
  ...["scaledobjects.keda.sh", "v1alpha1.keda.sh", "v1beta1.external.metrics.k8s.io"],
  ...["keda-operator", "keda-metrics-apiserver"],
];

function controllersOf({ controllers }: View): ControllerObjects {
  if (controllers.kind !== "value") throw new Error("the fixture has no controllers");
  return controllers.value;
}

/** Takes objects out of what KEDA and metrics-server are found by. */
function removeController(view: View, ...names: string[]): void {
  const objects = controllersOf(view);
  const stays = ({ metadata }: { metadata?: { name?: string } }): boolean => !names.includes(metadata?.name ?? "");
  if (objects.crd !== undefined && !stays(objects.crd)) objects.crd = undefined;
  objects.apiServices = objects.apiServices.filter(stays);
  objects.services = objects.services.filter(stays);
  objects.deployments = objects.deployments.filter(stays);
}

function operatorOf(view: View): V1Deployment {
  return named([...controllersOf(view).deployments], "keda-operator");
}

/** A finding that KEDA does not trust the bus, for this reason. */
function distrust(id: string, trust: object): object {
  return {
    id,
    subject: { kind: "Deployment", name: "keda-operator" },
    params: { trust, keda: expect.anything() as object },
    severity: "ERROR",
  };
}

test.each([
  ["a release manifest", RELEASE_MANIFEST],
  ["Helm, in namespace autoscaling", HELM],
  ["AKS's add-on, in kube-system", AKS],
])("a healthy cluster with KEDA from %s has no findings", (_how, way) => {
  expect(findingsOf(healthyView(way))).toEqual([]);
});

test("Helm's KEDA that mounts no authority has a finding with its namespace", () => {
  const view = healthyView(HELM);
  view.authorities = { kind: "value", value: [] };
  expect(findingsOf(view)).toMatchObject([
    { id: "keda-ca-not-mounted", params: { keda: { namespace: "autoscaling", origin: "helm" } } },
  ]);
});

test("AKS's add-on without the authority has a finding for overlay dev, and none where the bus is Azure's", () => {
  const view = healthyView(AKS);
  view.authorities = { kind: "value", value: [] };
  expect(findingsOf(view)).toEqual([distrust("keda-ca-not-supported", { id: "cannotBeChanged" })]);
  const isOther = ({ metadata }: { metadata?: { name?: string } }): boolean => metadata?.name !== "servicebus-emulator";
  view.declared.workloads = view.declared.workloads.filter(isOther);
  view.declared.services = view.declared.services.filter(isOther);
  if (view.live.workloads.kind === "value") {
    view.live = {
      ...view.live,
      workloads: { kind: "value", value: view.live.workloads.value.filter(isOther) },
      services: { kind: "value", value: orElse(view.live.services, []).filter(isOther) },
    };
  }
  expect(findingsOf(view)).toEqual([]);
});

test.each<[string, (view: View) => unknown, object]>([
  [
    "KEDA is missing",
    (view) => {
      Object.assign(view.live, { scaledObjects: ABSENT, authentications: ABSENT });
      Object.assign(view, { operatorPods: ABSENT, authorities: ABSENT });
      removeController(view, ...KEDA_OBJECTS);
    },
    expected("keda-missing", "Controller KEDA", {}),
  ],
  [
    "an installation was interrupted",
    (view) => {
      removeController(view, "keda-metrics-apiserver");
    },
    expected("keda-incomplete", "Controller KEDA", {}),
  ],
  [
    "KEDA is not ready",
    (view) => {
      delete operatorOf(view).status;
    },
    expected("keda-deployment-unavailable", "Deployment keda-operator", { namespace: "keda" }),
  ],
  [
    "KEDA is too old",
    (view) => {
      const [container] = operatorOf(view).spec?.template.spec?.containers ?? [];
      if (container !== undefined) container.image = "ghcr.io/kedacore/keda:2.16.1";
    },
    expected("version-too-old", "Controller KEDA", { what: "KEDA", version: "2.16.1" }),
  ],
  [
    "the API server is too old",
    (view) => {
      view.kubernetes = { kind: "value", value: "v1.28.15" };
    },
    expected("version-too-old", "Controller Kubernetes", { what: "Kubernetes", version: "v1.28.15" }),
  ],
  [
    "metrics-server is missing",
    (view) => {
      removeController(view, "v1beta1.metrics.k8s.io", "metrics-server");
    },
    expected("metrics-server-missing", "APIService v1beta1.metrics.k8s.io", {}),
  ],
  [
    "metrics-server of others is incomplete",
    (view) => {
      removeController(view, "v1beta1.metrics.k8s.io");
    },
    expected("metrics-server-unusable", "APIService v1beta1.metrics.k8s.io", {
      defect: {
        id: "noApiService",
        params: { apiService: "v1beta1.metrics.k8s.io", found: "kube-system/metrics-server" },
      },
    }),
  ],
  [
    "metrics-server does not answer",
    (view) =>
      Object.assign(named([...controllersOf(view).apiServices], "v1beta1.metrics.k8s.io"), {
        status: { conditions: [{ type: "Available", status: "False", message: "no endpoints\n available" }] },
      }),
    expected("metrics-api-unavailable", "APIService v1beta1.metrics.k8s.io", {
      ...{ provider: "metrics-server", message: "no endpoints\n available" },
    }),
  ],
  [
    "the CA is missing",
    (view) => {
      view.authorities = {
        kind: "value",
        value: [{ kind: "ConfigMap", name: "custom-ca", texts: undefined, changedMs: 0 }],
      };
    },
    distrust("keda-ca-missing", { id: "noAuthority", params: { kind: "ConfigMap", name: "custom-ca" } }),
  ],
  [
    "the CA is another one",
    (view) => Object.assign(named(view.secrets, "servicebus-emulator-tls"), { data: { "ca.crt": "b3RoZXI=" } }),
    distrust("keda-ca-missing", { id: "noAuthority", params: { kind: "ConfigMap", name: "custom-ca" } }),
  ],
  [
    "the CA is not mounted",
    (view) => {
      Object.assign(operatorOf(view).spec?.template.spec ?? {}, { volumes: [] });
      view.authorities = { kind: "value", value: [] };
    },
    distrust("keda-ca-not-mounted", { id: "notMounted", params: { folder: "/custom/ca" } }),
  ],
  [
    "the operator was not restarted after the CA changed",
    (view) => {
      if (view.authorities.kind !== "value") return;
      for (const source of view.authorities.value) source.changedMs = Date.parse("2026-01-01T11:00:00Z");
    },
    expected("keda-ca-not-loaded", "Deployment keda-operator", { source: "ConfigMap custom-ca", namespace: "keda" }),
  ],
])("finding: %s", (_, breakIt, only) => {
  // One cause, one finding.
  expect(broken(breakIt)).toEqual([only]);
});

test("a TriggerAuthentication with Azure's workload identity needs a KEDA that is given tokens for Entra", () => {
  const asking = (view: View): void => {
    view.declared.authentications.push(
      ...objectsOf<TriggerAuthentication>(
        "{ metadata: { name: azure }, spec: { podIdentity: { provider: azure-workload } } }",
      ),
    );
  };
  const found = broken(asking).map(({ id, subject }) => `${id} ${subject.name}`);
  expect(found).toEqual(["keda-workload-identity-missing keda-operator"]);
  const labelled = broken((view) => {
    asking(view);
    // As kustomize/controllers/keda-workload-identity does.
    const labels = operatorOf(view).spec?.template.metadata?.labels ?? {};
    labels["azure.workload.identity/use"] = "true";
  });
  expect(labelled).toEqual([]);
});

test("another adapter behind the API of external metrics is named, with what serves it and what has to", () => {
  const view = healthyView(HELM);
  const objects = recorded([keda(HELM), PROMETHEUS_ADAPTER, METRICS_SERVER]);
  for (const apiService of objects.apiServices) {
    Object.assign(apiService, { status: { conditions: [{ type: "Available", status: "True" }] } });
  }
  view.controllers = { kind: "value", value: objects };
  const [found, ...others] = findingsOf(view);
  expect([found?.id, others]).toEqual(["keda-unusable", []]);
  expect(found === undefined ? "" : formatFinding(found)).toMatch(
    /prometheus-adapter .*behind Service monitoring\/prometheus-adapter.*let the APIService name KEDA's Service \(keda-operator-metrics-apiserver/,
  );
});
