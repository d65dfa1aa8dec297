import { type AutoscalingConfig, scalingOf } from "../model/autoscaling.ts";
import type { Curve } from "../model/curve.ts";
import type { Elasticity } from "../model/elasticity.ts";
import type { Recording } from "../model/recording.ts";
import type { Scenario } from "../model/scenario.ts";
import type { Workload } from "../model/workload.ts";
import { HOLD_MS, replicaCurve } from "./curves.ts";
import { type Demand, queueDemand, targetDemand } from "./elasticityDemand.ts";
import { elasticityMetrics } from "./elasticityMetrics.ts";
import { idleFrom } from "./measured.ts";
import { queueFed } from "./signals.ts";

/** Within so long of its arrival a message has to be processed where nothing else is asked for. It is in the report, with the demand that follows from it. */
export const DEFAULT_DRAIN_SECONDS = 60;

/**
 * How closely supply followed demand, for each workload under test. See docs/explanation/elasticity.md.
 * @param messages how many messages the load put on the queue; null where that is not known.
 * @param drainSeconds the objective that demand of a queue is reckoned by.
 * @returns nothing for a workload whose demand is not known at all: no backlog or pace was measured, or its HPA has no target.
 */
export function elasticityOf(
  recording: Recording,
  live: AutoscalingConfig,
  { mustScale, queue }: Pick<Scenario, "mustScale" | "queue">,
  { messages, drainSeconds = DEFAULT_DRAIN_SECONDS }: { messages: number | null; drainSeconds?: number },
): Elasticity[] {
  return mustScale.flatMap(({ workload, metric }) => {
    const fed = queueFed(live, workload, queue);
    const demand =
      fed === undefined
        ? targetDemand(recording, live, workload, metric)
        : queueDemand(recording, fed, { messages, drainSeconds });
    return demand === undefined
      ? []
      : elasticityBy(demand, recording, workload, scalingOf(live, workload).idleReplicas);
  });
}

function elasticityBy(
  { curve, from, basis }: Demand,
  recording: Recording,
  workload: Workload,
  idle: number,
): Elasticity[] {
  const supply = replicaCurve(recording, workload, (state) => state.ready);
  const window = {
    fromMs: recording.loadStartMs,
    toMs: windowEndMs(recording, workload, idle, curve),
    holdMs: HOLD_MS,
  };
  const metrics = elasticityMetrics({ demand: curve, supply }, window);
  return metrics === null ? [] : [{ workload, demand: from, basis, ...metrics }];
}

/** When demand was gone and the workload idle again, after the load; the recording's end where that was not seen. */
function windowEndMs(recording: Recording, workload: Workload, idle: number, demand: Curve): number {
  const { loadEndMs, endMs } = recording;
  if (loadEndMs === null) return endMs;
  const idleMs = idleFrom(recording, workload, idle, { atMs: loadEndMs, uncertaintySeconds: 0 })?.atMs ?? endMs;
  const lastDemand = demand.findLastIndex(({ value }) => value > idle);
  const goneMs = lastDemand === -1 ? loadEndMs : (demand[lastDemand + 1]?.atMs ?? endMs);
  return Math.min(endMs, Math.max(idleMs, goneMs));
}
