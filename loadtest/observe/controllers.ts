import type {
  V1APIService,
  V1CustomResourceDefinition,
  V1Deployment,
  V1ObjectMeta,
  V1Service,
} from "@kubernetes/client-node";

/** The APIs that a cluster has from KEDA and from metrics-server, whatever these are named and wherever they run. */
export const EXTERNAL_METRICS = "v1beta1.external.metrics.k8s.io";
export const RESOURCE_METRICS = "v1beta1.metrics.k8s.io";
/** The API server registers it for KEDA's CRDs. */
export const KEDA_API = "v1alpha1.keda.sh";
export const SCALED_OBJECT_CRD = "scaledobjects.keda.sh";

/** On all that this project installs, so that an installation that was interrupted is known for its own. */
export const OWNER_LABEL = { "app.kubernetes.io/managed-by": "ownsignal" } as const;
/** On the first Deployment of what this project installed; its value stands for all that was applied, once all of it was. */
export const INSTALLED_ANNOTATION = "ownsignal/installed";

/** What the two are found by. */
export interface ControllerObjects {
  /** Undefined where there is none, and where it must not be read: {@link KEDA_API} tells the two apart. */
  crd: V1CustomResourceDefinition | undefined;
  apiServices: readonly V1APIService[];
  /** Those that the APIServices name, where they are there. */
  services: readonly V1Service[];
  /** Of the namespaces of these Services; of all namespaces where one of the two APIs is missing. */
  deployments: readonly V1Deployment[];
}

/** Who installed it, and so who has to change it. */
export type Origin = "ownsignal" | "helm" | "aks-add-on" | "manifest";

export interface Installation {
  namespace: string;
  /** Such as `2.21.0`; null where neither image nor labels tell. */
  version: string | null;
  origin: Origin;
  /** Helm's name of the release, where its annotation is there. */
  release: string | null;
}

export interface Keda extends Installation {
  operator: V1Deployment;
  adapter: V1Deployment;
}

export interface MetricsServer extends Installation {
  /** Undefined where the metrics come from something else than a Deployment. */
  deployment: V1Deployment | undefined;
  /** False for another component that serves the same API, whose versions are others. */
  isMetricsServer: boolean;
}

/** Why what was found cannot be used. */
export type Defect =
  | { id: "terminating"; params: { object: string } }
  | { id: "noApiService"; params: { apiService: string; found: string } }
  | { id: "serviceMissing"; params: { apiService: string; service: string } }
  | { id: "noDeployment"; params: { apiService: string; service: string } }
  | { id: "anotherAdapter"; params: { apiService: string; service: string; deployment: string; image: string } }
  | { id: "noCrd"; params: { namespace: string } }
  | { id: "noOperator"; params: { namespace: string } };

/** `interrupted`: this project's own, and not whole; installing it again completes it. `unusable`: somebody else's, and not whole. */
export type Discovery<T> =
  { id: "absent" } | { id: "interrupted" } | { id: "present"; params: T } | { id: "unusable"; params: Defect };

/** Finds KEDA by its CRDs and by the API of external metrics, and its operator beside the adapter that serves that API. */
export function findKeda(objects: ControllerObjects): Discovery<Keda> {
  const apiService = byName(objects.apiServices, EXTERNAL_METRICS);
  const operators = objects.deployments.filter(isOperator);
  const hasCrds = objects.crd !== undefined || byName(objects.apiServices, KEDA_API) !== undefined;
  if (!hasCrds && apiService === undefined && operators.length === 0) return { id: "absent" };

  const whole = wholeKeda(objects, apiService, operators, hasCrds);
  if (!("id" in whole)) return { id: "present", params: whole };
  const ours =
    operators.length > 0
      ? operators.every(isOurs)
      : [objects.crd, apiService].every((part) => part === undefined || isOurs(part)) &&
        (objects.crd !== undefined || !hasCrds);
  const canBeCompleted = whole.id !== "terminating" && whole.id !== "anotherAdapter";
  return ours && canBeCompleted ? { id: "interrupted" } : { id: "unusable", params: whole };
}

function wholeKeda(
  objects: ControllerObjects,
  apiService: V1APIService | undefined,
  operators: readonly V1Deployment[],
  hasCrds: boolean,
): Keda | Defect {
  const leaving = terminating([
    ["CustomResourceDefinition", objects.crd],
    ["APIService", apiService],
    ...operators.map((operator) => ["Deployment", operator] as const),
  ]);
  if (leaving !== undefined) return leaving;
  if (apiService === undefined) {
    const found = operators[0] === undefined ? `CustomResourceDefinition ${SCALED_OBJECT_CRD}` : pathOf(operators[0]);
    return { id: "noApiService", params: { apiService: EXTERNAL_METRICS, found } };
  }
  const served = servedBy(objects, apiService);
  if ("id" in served) return served;
  const { namespace, service, deployment: adapter } = served;
  if (adapter === undefined) {
    return { id: "noDeployment", params: { apiService: EXTERNAL_METRICS, service: `${namespace}/${service}` } };
  }
  if (!isAdapter(adapter)) {
    return {
      id: "anotherAdapter",
      params: {
        apiService: EXTERNAL_METRICS,
        service: `${namespace}/${service}`,
        deployment: pathOf(adapter),
        image: imageOf(adapter),
      },
    };
  }
  if (!hasCrds) return { id: "noCrd", params: { namespace } };
  const operator = operators.find(({ metadata }) => metadata?.namespace === namespace);
  if (operator === undefined) return { id: "noOperator", params: { namespace } };
  return { namespace, operator, adapter, ...installationOf(operator) };
}

/** Finds what serves CPU and memory of pods. That need not be metrics-server: a Prometheus adapter does as well. */
export function findMetricsServer(objects: ControllerObjects): Discovery<MetricsServer> {
  const apiService = byName(objects.apiServices, RESOURCE_METRICS);
  const [candidate] = objects.deployments.filter(
    ({ metadata }) =>
      metadata?.labels?.["k8s-app"] === "metrics-server" ||
      metadata?.labels?.["app.kubernetes.io/name"] === "metrics-server",
  );
  if (apiService === undefined && candidate === undefined) return { id: "absent" };
  const incomplete = (defect: Defect): Discovery<MetricsServer> =>
    [candidate, apiService].some((part) => part !== undefined && isOurs(part)) && defect.id !== "terminating"
      ? { id: "interrupted" }
      : { id: "unusable", params: defect };

  const leaving = terminating([["APIService", apiService]]);
  if (leaving !== undefined) return incomplete(leaving);
  if (apiService === undefined) {
    const found = candidate === undefined ? "" : pathOf(candidate);
    return incomplete({ id: "noApiService", params: { apiService: RESOURCE_METRICS, found } });
  }
  const served = servedBy(objects, apiService);
  if ("id" in served) return incomplete(served);
  const { namespace, deployment } = served;
  const isMetricsServer = deployment !== undefined && /(^|\/)metrics-server$/.test(repositoryOf(imageOf(deployment)));
  return {
    id: "present",
    params: { namespace, deployment, isMetricsServer, ...installationOf(deployment ?? apiService) },
  };
}

type Part = V1APIService | V1CustomResourceDefinition | V1Deployment;

function terminating(parts: readonly (readonly [string, Part | undefined])[]): Defect | undefined {
  for (const [kind, part] of parts) {
    if (part?.metadata?.deletionTimestamp === undefined) continue;
    return { id: "terminating", params: { object: `${kind} ${pathOf(part)}` } };
  }
  return undefined;
}

function servedBy(
  { services, deployments }: ControllerObjects,
  apiService: V1APIService,
): { namespace: string; service: string; deployment: V1Deployment | undefined } | Defect {
  const service = apiService.spec?.service?.name ?? "";
  const namespace = apiService.spec?.service?.namespace ?? "";
  const found = services.find(({ metadata }) => metadata?.name === service && metadata.namespace === namespace);
  if (found === undefined) {
    const apiServiceName = apiService.metadata?.name ?? "";
    return { id: "serviceMissing", params: { apiService: apiServiceName, service: `${namespace}/${service}` } };
  }
  const selector = Object.entries(found.spec?.selector ?? {});
  const deployment = deployments.find(
    ({ metadata, spec }) =>
      metadata?.namespace === namespace &&
      selector.length > 0 &&
      selector.every(([label, value]) => spec?.template.metadata?.labels?.[label] === value),
  );
  return { namespace, service, deployment };
}

/** Release manifest, Helm chart and add-on name and label it so; a chart with `operator.name` is known by its image. */
function isOperator(deployment: V1Deployment): boolean {
  const labels = deployment.metadata?.labels ?? {};
  return (
    [labels.app, labels["app.kubernetes.io/name"]].includes("keda-operator") ||
    /(^|\/)keda$/.test(repositoryOf(imageOf(deployment)))
  );
}

/** `keda-metrics-apiserver` in the release manifest, `<operator.name>-metrics-apiserver` in the Helm chart and the add-on. */
function isAdapter(deployment: V1Deployment): boolean {
  const labels = deployment.metadata?.labels ?? {};
  return (
    [labels.app, labels["app.kubernetes.io/name"]].some((name) => /^keda.*-metrics-apiserver$/.test(name ?? "")) ||
    /(^|\/)keda-metrics-apiserver$/.test(repositoryOf(imageOf(deployment)))
  );
}

function isOurs(part: Part): boolean {
  return originOf(part) === "ownsignal";
}

function installationOf(part: Part): Omit<Installation, "namespace"> {
  return {
    version: versionOf(part),
    origin: originOf(part),
    release: part.metadata?.annotations?.["meta.helm.sh/release-name"] ?? null,
  };
}

/** Helm before this project's own marks: what was taken over by a release is the release's. */
function originOf(part: Part): Origin {
  const annotations = part.metadata?.annotations ?? {};
  const labels = part.metadata?.labels ?? {};
  const release = annotations["meta.helm.sh/release-name"];
  const podLabels = templateOf(part)?.metadata?.labels ?? {};
  // https://learn.microsoft.com/azure/aks/keda-deploy-add-on-cli shows the release's name, as the add-on's CRDs bear it.
  if (release === "aks-managed-keda" || { ...podLabels, ...labels }["kubernetes.azure.com/managedby"] === "aks") {
    return "aks-add-on";
  }
  if (release !== undefined || labels["app.kubernetes.io/managed-by"] === "Helm") return "helm";
  const ours =
    annotations[INSTALLED_ANNOTATION] !== undefined || labels["app.kubernetes.io/managed-by"] === "ownsignal";
  return ours ? "ownsignal" : "manifest";
}

/** By the image's tag, else by the label that Helm charts set. */
function versionOf(part: Part): string | null {
  const tag = /:v?(\d+\.\d+\.\d+[^@]*)(@|$)/.exec(imageOf(part))?.[1];
  return tag ?? /^v?(\d+\.\d+\.\d+.*)$/.exec(part.metadata?.labels?.["app.kubernetes.io/version"] ?? "")?.[1] ?? null;
}

function templateOf(part: Part): NonNullable<V1Deployment["spec"]>["template"] | undefined {
  return part.spec !== undefined && "template" in part.spec ? part.spec.template : undefined;
}

function imageOf(part: Part): string {
  return templateOf(part)?.spec?.containers[0]?.image ?? "";
}

function repositoryOf(image: string): string {
  return image.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
}

function byName<T extends { metadata?: V1ObjectMeta }>(list: readonly T[], name: string): T | undefined {
  return list.find(({ metadata }) => metadata?.name === name);
}

function pathOf({ metadata }: Part): string {
  return [metadata?.namespace ?? [], metadata?.name ?? ""].flat().join("/");
}

const ORIGINS: Readonly<Record<Origin, string>> = {
  ownsignal: "installed by ownsignal",
  helm: "Helm",
  "aks-add-on": "AKS add-on",
  manifest: "manifest",
};

/** `2.21.0 (Helm release keda, namespace autoscaling)`. */
export function formatInstallation({ version, origin, release, namespace }: Installation): string {
  const by = origin === "helm" && release !== null ? `Helm release ${release}` : ORIGINS[origin];
  return `${version ?? "of unknown version"} (${by}, namespace ${namespace})`;
}
