import type {
  CoreV1Event,
  KubernetesObject,
  V1Condition,
  V1ConfigMap,
  V1Deployment,
  V1LimitRange,
  V1Namespace,
  V1Pod,
  V1Secret,
  V1Service,
  V1StatefulSet,
  V2HorizontalPodAutoscaler,
  V2HorizontalPodAutoscalerBehavior,
} from "@kubernetes/client-node";
import type { ControllerObjects } from "../../loadtest/observe/controllers.ts";
import type { Reading } from "../../loadtest/model/reading.ts";
import type { Permission } from "../../loadtest/preflight/rbac.ts";
import type { DatedSource } from "../setup/controllers/readTrust.ts";
import type { Subject } from "./finding.ts";

/** One trigger of a ScaledObject. */
export interface Trigger {
  type: string;
  name?: string;
  metricType?: string;
  useCachedMetrics?: boolean;
  metadata: Record<string, string>;
  authenticationRef?: { name: string; kind?: string };
}

/** KEDA's ScaledObject, the fields that are read. */
export interface ScaledObject extends KubernetesObject {
  spec?: {
    scaleTargetRef: { kind?: string; name: string };
    minReplicaCount?: number;
    maxReplicaCount?: number;
    idleReplicaCount?: number;
    /** In seconds. */
    pollingInterval?: number;
    /** In seconds. */
    cooldownPeriod?: number;
    fallback?: { failureThreshold: number; replicas: number; behavior?: string };
    advanced?: { horizontalPodAutoscalerConfig?: { name?: string; behavior?: V2HorizontalPodAutoscalerBehavior } };
    triggers: Trigger[];
  };
  status?: {
    conditions?: Pick<V1Condition, "type" | "status" | "reason" | "message">[];
    hpaName?: string;
  };
}

/** KEDA's TriggerAuthentication or ClusterTriggerAuthentication, the fields that are read. */
export interface TriggerAuthentication extends KubernetesObject {
  spec?: {
    secretTargetRef?: { parameter: string; name: string; key: string }[];
    podIdentity?: { provider: string };
  };
}

/** A SecretProviderClass of the Secrets Store CSI driver, the fields that are read. */
export interface SecretProviderClass extends KubernetesObject {
  spec?: { secretObjects?: { secretName: string }[] };
}

/** A VerticalPodAutoscaler, the fields that are read. */
export interface VerticalAutoscaler extends KubernetesObject {
  spec?: {
    targetRef?: { kind: string; name: string };
    updatePolicy?: { updateMode?: string };
    resourcePolicy?: {
      containerPolicies?: { containerName?: string; mode?: string; controlledResources?: string[] }[];
    };
  };
}

/** Something that a pod template stands in. */
export type Workload = V1Deployment | V1StatefulSet;

/** What is meant to be deployed, or is: rendered from the overlay, or read from the cluster. */
export interface Deployed {
  workloads: Workload[];
  autoscalers: V2HorizontalPodAutoscaler[];
  verticalAutoscalers: VerticalAutoscaler[];
  scaledObjects: ScaledObject[];
  authentications: TriggerAuthentication[];
  clusterAuthentications: TriggerAuthentication[];
  services: V1Service[];
  configMaps: V1ConfigMap[];
  limitRanges: V1LimitRange[];
  /** Known of what is declared only. */
  secretClasses: SecretProviderClass[];
  /** Labels of pods: live ones, or of what else makes pods, such as a DaemonSet or an Argo Rollout. */
  podLabels: Readonly<Record<string, string>>[];
}

/** Those among rendered objects that findings are about. */
export function deployedIn(objects: readonly KubernetesObject[]): Deployed {
  const ofKind = <T extends KubernetesObject>(...kinds: string[]): T[] =>
    objects.filter(({ kind }) => kinds.includes(kind ?? "")) as T[];
  return {
    workloads: ofKind<Workload>("Deployment", "StatefulSet"),
    autoscalers: ofKind<V2HorizontalPodAutoscaler>("HorizontalPodAutoscaler"),
    verticalAutoscalers: ofKind<VerticalAutoscaler>("VerticalPodAutoscaler"),
    scaledObjects: ofKind<ScaledObject>("ScaledObject"),
    authentications: ofKind<TriggerAuthentication>("TriggerAuthentication"),
    clusterAuthentications: ofKind<TriggerAuthentication>("ClusterTriggerAuthentication"),
    services: ofKind<V1Service>("Service"),
    configMaps: ofKind<V1ConfigMap>("ConfigMap"),
    limitRanges: ofKind<V1LimitRange>("LimitRange"),
    secretClasses: ofKind<SecretProviderClass>("SecretProviderClass"),
    podLabels: objects.flatMap(podLabelsOf),
  };
}

function podLabelsOf(object: KubernetesObject): Record<string, string>[] {
  const { spec } = object as { spec?: { template?: { metadata?: { labels?: Record<string, string> } } } };
  const labels = object.kind === "Pod" ? object.metadata?.labels : spec?.template?.metadata?.labels;
  return labels === undefined ? [] : [labels];
}

/** What was read of a namespace, each kind by itself; nothing of a kind that could not be read. */
export function liveObjects({ live, pods }: Pick<View, "live" | "pods">): Deployed {
  return {
    workloads: orElse(live.workloads, []),
    autoscalers: orElse(live.autoscalers, []),
    verticalAutoscalers: orElse(live.verticalAutoscalers, []),
    scaledObjects: orElse(live.scaledObjects, []),
    authentications: orElse(live.authentications, []),
    clusterAuthentications: orElse(live.clusterAuthentications, []),
    services: orElse(live.services, []),
    configMaps: orElse(live.configMaps, []),
    limitRanges: orElse(live.limitRanges, []),
    secretClasses: [],
    podLabels: orElse(pods, []).map(({ metadata }) => metadata?.labels ?? {}),
  };
}

/** An object with its kind, which a list of the API server leaves out. */
export interface KindedObject {
  kind: string;
  metadata?: KubernetesObject["metadata"];
}

const KINDS = {
  autoscalers: "HorizontalPodAutoscaler",
  verticalAutoscalers: "VerticalPodAutoscaler",
  scaledObjects: "ScaledObject",
  authentications: "TriggerAuthentication",
  clusterAuthentications: "ClusterTriggerAuthentication",
  services: "Service",
  configMaps: "ConfigMap",
  limitRanges: "LimitRange",
} as const;

/** All that is declared, then all that is deployed, then the namespace. */
export function objectsIn(view: View): KindedObject[] {
  const kinded = (deployed: Deployed): KindedObject[] => [
    ...deployed.workloads.map((object) => ofKind(kindOf(object), object)),
    ...Object.entries(KINDS).flatMap(([key, kind]) =>
      deployed[key as keyof typeof KINDS].map((object: KubernetesObject) => ofKind(kind, object)),
    ),
  ];
  const namespace = view.namespaceObject.kind === "value" ? [ofKind("Namespace", view.namespaceObject.value)] : [];
  return [...kinded(view.declared), ...kinded(liveObjects(view)), ...namespace];
}

function ofKind(kind: string, { metadata }: KubernetesObject): KindedObject {
  return metadata === undefined ? { kind } : { kind, metadata };
}

/** Of the two kinds that have a pod template; a list of the API server leaves the kinds of its items out. */
export function kindOf(workload: Workload): "Deployment" | "StatefulSet" {
  return "serviceName" in (workload.spec ?? {}) ? "StatefulSet" : "Deployment";
}

/** A read that failed. */
export interface Gap {
  kind: "gap";
  /** What was read: `Secrets in orders-dev`. */
  what: string;
  error: string;
  /** Whether the API server refused it for want of a permission. */
  forbidden: boolean;
}

export type ViewReading<T> = Exclude<Reading<T>, { kind: "gap" }> | Gap;

/** What was read from a cluster, at one moment. A read that failed is a gap, and never taken for absence. */
export interface View {
  nowMs: number;
  namespace: string;
  /** The overlay's path as a person types it. */
  overlay: string;
  declared: Deployed;
  live: { readonly [Key in Exclude<keyof Deployed, "podLabels" | "secretClasses">]: ViewReading<Deployed[Key]> };
  namespaceObject: ViewReading<V1Namespace>;
  secrets: ViewReading<V1Secret[]>;
  pods: ViewReading<V1Pod[]>;
  events: ViewReading<CoreV1Event[]>;
  /** The API server's version. */
  kubernetes: ViewReading<string>;
  /** What KEDA and metrics-server are found by. */
  controllers: ViewReading<ControllerObjects>;
  /** Absent without KEDA, as the following. */
  operatorPods: ViewReading<V1Pod[]>;
  /** What KEDA's operator mounts as authorities. */
  authorities: ViewReading<DatedSource[]>;
  /** The Service of the bus that KEDA asks; undefined where that is not in this cluster, or not known. */
  busService: string | undefined;
  /** Whether the bus has the queue, by name; none where the bus is not within the cluster. */
  queues: ReadonlyMap<string, ViewReading<boolean>>;
  /** What the doctor, `up` or a deployment uses and the kubectl context does not have. */
  missingPermissions: Permission[];
}

/** The value, or what stands for it where there is none. */
export function orElse<T>(reading: ViewReading<T>, otherwise: T): T {
  return reading.kind === "value" ? reading.value : otherwise;
}

/** What a finding is about. */
export function subjectOf(kind: string, object: KubernetesObject): Subject {
  return { kind, name: object.metadata?.name ?? "" };
}

/** For messages: `Deployment api`. A list of the API server leaves out the kinds of its items. */
export function titleOf(kind: string, object: KubernetesObject): string {
  return `${kind} ${object.metadata?.name ?? "without a name"}`;
}
