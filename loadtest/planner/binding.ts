import { kedaWakes } from "../model/autoscaling.ts";
import type { SyncRow } from "../simulator/hpaLoop.ts";
import { idleReplicasOf, type PlannedWorkload } from "./plannedWorkload.ts";
import type { Second, SimulatedRun } from "./simulateWorkload.ts";
import { beginOf } from "./statistics.ts";

/**
 * What keeps the ready replicas from being more, or fewer: `poll` KEDA's next one, `policy` of scaling out or in, `window` of stabilization, `maximum`, `minimum`,
 * `start` of pods, `cooldown` of KEDA; `reading` where the HPA has not seen the load yet, `target` where the metric alone decides, `idle` where there is nothing to do.
 */
export const BINDINGS = [
  "idle",
  "poll",
  "reading",
  "target",
  "policy",
  "window",
  "maximum",
  "minimum",
  "start",
  "cooldown",
  "paused",
] as const;
export type Binding = (typeof BINDINGS)[number];

/** A stretch of a run over which the same binds; several may at once. */
export interface BindingStretch {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly binds: readonly Binding[];
}

/** What binds from moment to moment of a run. */
export function bindingsOf(workload: PlannedWorkload, { seconds, syncs }: SimulatedRun): BindingStretch[] {
  const stretches: { fromSeconds: number; toSeconds: number; binds: readonly Binding[] }[] = [];
  let next = 0;
  let last: SyncRow | undefined;
  for (const [atSeconds, second] of seconds.entries()) {
    for (let due = syncs[next]; due !== undefined && due.atMillis <= atSeconds * 1000; due = syncs[next]) {
      last = due;
      next += 1;
    }
    const binds = bindingAt(workload, atSeconds, second, last);
    const before = stretches.at(-1);
    if (before?.binds.join() === binds.join()) before.toSeconds = atSeconds + 1;
    else stretches.push({ fromSeconds: atSeconds, toSeconds: atSeconds + 1, binds });
  }
  return stretches;
}

function bindingAt(workload: PlannedWorkload, atSeconds: number, second: Second, sync: SyncRow | undefined): Binding[] {
  const { scaler, load } = workload;
  const idle = idleReplicasOf(workload);
  const { desired, ready, active } = second;
  const hasWork = active === null ? atSeconds >= beginOf(load) && atSeconds < load.endSeconds : active > 0;
  if (scaler.kind === "scaled-object" && scaler.spec.pause.paused) return ["paused"];
  const starts: Binding[] = ready < desired ? ["start"] : [];
  const isWoken =
    scaler.kind === "scaled-object" &&
    kedaWakes({ scaler: "keda", idleReplicas: idle, minReplicas: scaler.spec.minReplicas });
  if (desired <= idle) {
    if (starts.length > 0) return starts;
    if (!hasWork) return ["idle"];
    if (isWoken) return ["poll"];
    if (sync?.proposed == null || sync.proposed <= idle) return ["reading"];
  }
  const limit = limitOf(sync);
  // At its fewest an HPA can do no more: KEDA waits.
  if (isWoken && !hasWork && limit !== "window" && limit !== "policy") return ["cooldown"];
  if (limit !== null) return [limit, ...starts];
  return starts.length > 0 ? starts : ["target"];
}

/** By the reason of the condition ScalingLimited. */
const LIMITS: Readonly<Record<string, Binding>> = {
  ScaleUpLimit: "policy",
  ScaleDownLimit: "policy",
  TooManyReplicas: "maximum",
  TooFewReplicas: "minimum",
};

function limitOf(sync: SyncRow | undefined): Binding | null {
  const { scalingLimited, ableToScale, scalingActive } = sync?.conditions ?? {};
  if (sync === undefined || scalingActive?.status !== true) return null;
  const limit = LIMITS[scalingLimited?.reason ?? ""];
  if (limit !== undefined) return limit;
  // After a change the condition says so, whatever the proposal was.
  const held = sync.desired === sync.replicas && sync.proposed !== null && sync.proposed < sync.desired;
  return held || ableToScale?.reason.endsWith("Stabilized") === true ? "window" : null;
}
