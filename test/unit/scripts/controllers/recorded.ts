import { loadAllYaml, type KubernetesObject, type V1APIService, type V1Service } from "@kubernetes/client-node";
import type { V1CustomResourceDefinition, V1Deployment } from "@kubernetes/client-node";
import type { ControllerObjects } from "../../../../loadtest/observe/controllers.ts";

/**
 * Names, namespaces and labels as the three ways of installing set them: the release manifest keda-2.21.0.yaml, the Helm chart
 * kedacore/keda (https://github.com/kedacore/charts/tree/main/keda/templates), AKS's add-on, which is that chart in kube-system
 * (https://learn.microsoft.com/azure/aks/keda-deploy-add-on-cli).
 */
export interface Way {
  namespace: string;
  /** Labels and annotations that all objects bear, as flow maps. */
  labels: Record<string, string>;
  annotations: Record<string, string>;
  adapter: string;
  version: string;
}

export const RELEASE_MANIFEST: Way = {
  namespace: "keda",
  labels: { "app.kubernetes.io/part-of": "keda-operator", "app.kubernetes.io/version": "2.21.0" },
  annotations: {},
  adapter: "keda-metrics-apiserver",
  version: "2.21.0",
};
const CHART_LABELS = {
  "app.kubernetes.io/component": "operator",
  "app.kubernetes.io/managed-by": "Helm",
  "app.kubernetes.io/part-of": "keda-operator",
};
export const HELM: Way = {
  namespace: "autoscaling",
  labels: { ...CHART_LABELS, "app.kubernetes.io/version": "2.21.0", "helm.sh/chart": "keda-2.21.0" },
  annotations: { "meta.helm.sh/release-name": "keda", "meta.helm.sh/release-namespace": "autoscaling" },
  adapter: "keda-operator-metrics-apiserver",
  version: "2.21.0",
};
export const AKS: Way = {
  namespace: "kube-system",
  labels: { ...CHART_LABELS, "app.kubernetes.io/version": "2.17.2" },
  annotations: { "meta.helm.sh/release-name": "aks-managed-keda", "meta.helm.sh/release-namespace": "kube-system" },
  adapter: "keda-operator-metrics-apiserver",
  version: "2.17.2",
};
/** What this project installs: upstream's manifests with its marks. */
export const OURS: Way = {
  ...RELEASE_MANIFEST,
  labels: { ...RELEASE_MANIFEST.labels, "app.kubernetes.io/managed-by": "ownsignal" },
  annotations: { "ownsignal/installed": "0123456789abcdef" },
};

export const METRICS_SERVER = `
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: { name: v1beta1.metrics.k8s.io, labels: { k8s-app: metrics-server } }
spec: { service: { name: metrics-server, namespace: kube-system } }
---
apiVersion: v1
kind: Service
metadata: { name: metrics-server, namespace: kube-system }
spec: { selector: { k8s-app: metrics-server } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: metrics-server, namespace: kube-system, labels: { k8s-app: metrics-server } }
spec:
  template:
    metadata: { labels: { k8s-app: metrics-server } }
    spec: { containers: [{ name: metrics-server, image: registry.k8s.io/metrics-server/metrics-server:v0.9.0 }] }
`;

export const PROMETHEUS_ADAPTER = `
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: { name: v1beta1.external.metrics.k8s.io }
spec: { service: { name: prometheus-adapter, namespace: monitoring } }
---
apiVersion: v1
kind: Service
metadata: { name: prometheus-adapter, namespace: monitoring }
spec: { selector: { app.kubernetes.io/name: prometheus-adapter } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: prometheus-adapter, namespace: monitoring, labels: { app.kubernetes.io/name: prometheus-adapter } }
spec:
  template:
    metadata: { labels: { app.kubernetes.io/name: prometheus-adapter } }
    spec:
      containers:
        - { name: prometheus-adapter, image: "registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.12.0" }
`;

export function keda({ namespace, labels, annotations, adapter, version }: Way): string {
  const meta = (name: string, own: Record<string, string> = {}, scope = `namespace: ${namespace}, `): string =>
    `{ name: ${name}, ${scope}labels: ${JSON.stringify({ ...own, ...labels })}, annotations: ${JSON.stringify(annotations)} }`;
  const deployment = (name: string, image: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: ${meta(name, { app: name, "app.kubernetes.io/name": name })}
spec:
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: ${name}, image: "ghcr.io/kedacore/${image}:${version}" }] }
`;
  return `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: ${meta("scaledobjects.keda.sh", {}, "")}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: { name: v1alpha1.keda.sh }
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: ${meta("v1beta1.external.metrics.k8s.io", {}, "")}
spec: { service: { name: ${adapter}, namespace: ${namespace} } }
---
apiVersion: v1
kind: Service
metadata: ${meta(adapter)}
spec: { selector: { app: ${adapter} } }
---${deployment(adapter, "keda-metrics-apiserver")}---${deployment("keda-operator", "keda")}`;
}

/** Objects as the API server gives them, the last of each name; `without` leaves those of these kinds and names out. */
export function recorded(yaml: readonly string[], without: readonly string[] = []): ControllerObjects {
  const all = yaml.flatMap((documents) => loadAllYaml(documents) as KubernetesObject[]);
  const lastOfName = new Map(
    all.map((object) => [
      `${object.kind ?? ""} ${object.metadata?.namespace ?? ""} ${object.metadata?.name ?? ""}`,
      object,
    ]),
  );
  const objects = [...lastOfName.values()].filter(
    ({ kind, metadata }) => !without.includes(`${kind ?? ""} ${metadata?.name ?? ""}`),
  );
  const ofKind = <T>(kind: string): T[] => objects.filter((object) => object.kind === kind) as T[];
  return {
    crd: ofKind<V1CustomResourceDefinition>("CustomResourceDefinition")[0],
    apiServices: ofKind<V1APIService>("APIService"),
    services: ofKind<V1Service>("Service"),
    deployments: ofKind<V1Deployment>("Deployment"),
  };
}
