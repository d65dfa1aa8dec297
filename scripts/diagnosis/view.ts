import type {
  CoreV1Event,
  KubernetesObject,
  V1Condition,
  V1Deployment,
  V1Namespace,
  V1Pod,
  V1Secret,
  V1StatefulSet,
  V2HorizontalPodAutoscaler,
} from "@kubernetes/client-node";
import type { ControllerObjects } from "../../loadtest/observe/controllers.ts";
import type { Reading } from "../../loadtest/model/reading.ts";
import type { Permission } from "../../loadtest/preflight/rbac.ts";
import type { DatedSource } from "../setup/controllers/readTrust.ts";
import type { Subject } from "./finding.ts";

/** KEDA's ScaledObject, the fields that are read. */
export interface ScaledObject extends KubernetesObject {
  spec?: {
    scaleTargetRef: { kind?: string; name: string };
    /** In seconds. */
    pollingInterval?: number;
    triggers: { type: string; metadata: Record<string, string> }[];
  };
  status?: { conditions?: Pick<V1Condition, "type" | "status" | "reason" | "message">[] };
}

/** KEDA's TriggerAuthentication, the fields that are read. */
export interface TriggerAuthentication extends KubernetesObject {
  spec?: { secretTargetRef?: { parameter: string; name: string; key: string }[] };
}

/** Something that a pod template stands in. */
export type Workload = V1Deployment | V1StatefulSet;

/** What is meant to be deployed, or is: rendered from the overlay, or read from the cluster. */
export interface Deployed {
  workloads: Workload[];
  autoscalers: V2HorizontalPodAutoscaler[];
  scaledObjects: ScaledObject[];
  authentications: TriggerAuthentication[];
}

/** Those among rendered objects that findings are about. */
export function deployedIn(objects: readonly KubernetesObject[]): Deployed {
  const ofKind = <T extends KubernetesObject>(...kinds: string[]): T[] =>
    objects.filter(({ kind }) => kinds.includes(kind ?? "")) as T[];
  return {
    workloads: ofKind<Workload>("Deployment", "StatefulSet"),
    autoscalers: ofKind<V2HorizontalPodAutoscaler>("HorizontalPodAutoscaler"),
    scaledObjects: ofKind<ScaledObject>("ScaledObject"),
    authentications: ofKind<TriggerAuthentication>("TriggerAuthentication"),
  };
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
  live: { readonly [Key in keyof Deployed]: ViewReading<Deployed[Key]> };
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
