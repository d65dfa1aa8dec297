import type { Workload } from "../model/workload.ts";
import type { Container } from "../simulator/clusterView.ts";
import type { HpaSpec } from "../simulator/hpaSpec.ts";
import type { ScaledObjectSpec } from "../simulator/scaledObject.ts";
import type { UsageScript } from "../simulator/simulateHpa.ts";
import type { Steps } from "../simulator/steps.ts";

/** What scales a workload, as the simulator reads it. */
export type Scaler =
  | { readonly kind: "scaled-object"; readonly spec: ScaledObjectSpec }
  | { readonly kind: "hpa"; readonly spec: HpaSpec };

/** A load over time, in seconds since its begin. Each kind may be empty. */
export interface PlannedLoad {
  /** Messages that come to the queue that the workload works off. */
  readonly arrivals: readonly Arrival[];
  /**
   * What metrics that do not depend on the workload show, in their own unit, by the name that the HPA asks by; null of a source that is not there, which cannot
   * be read. A trigger that is not named here counts the messages.
   */
  readonly levels: Readonly<Record<string, Steps | null>>;
  /** What containers use. */
  readonly usage: readonly UsageScript[];
  /** When the last of it has come or changed. */
  readonly endSeconds: number;
}

export interface Arrival {
  readonly atSeconds: number;
  readonly messages: number;
}

/** How a replica works messages off. */
export interface Service {
  readonly messagesPerSecond: number;
  /** Messages that it works on at once. */
  readonly concurrency: number;
}

/** A workload with all that its forecast depends on. */
export interface PlannedWorkload {
  readonly name: Workload;
  readonly scaler: Scaler;
  readonly containers: readonly Container[];
  /** terminationGracePeriodSeconds */
  readonly graceSeconds: number;
  readonly load: PlannedLoad;
  /** Null where no queue feeds it. */
  readonly service: Service | null;
  /** From a pod's creation to ready: those that were measured of pods created together, or of all where none were, or the one that was given. */
  readonly startSeconds: readonly [number, ...number[]];
  /** The same of pods that were created alone, which share the node's CPU with no other that starts; empty where none was seen. */
  readonly aloneStartSeconds: readonly number[];
}

/** Replicas when there is no work. */
export function idleReplicasOf({ scaler }: Pick<PlannedWorkload, "scaler">): number {
  if (scaler.kind === "hpa") return scaler.spec.minReplicas;
  const { pause, idleReplicas, minReplicas } = scaler.spec;
  return pause.pausedReplicas ?? idleReplicas ?? minReplicas;
}

export function maxReplicasOf({ scaler }: Pick<PlannedWorkload, "scaler">): number {
  return scaler.spec.maxReplicas;
}
