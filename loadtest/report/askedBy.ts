import { formatAmount } from "./amount.ts";
import type { Signal, WorkloadTrack } from "./chartData.ts";

/** One step of desired replicas up, and the signal that asked for most at it. */
export interface ScaleOut {
  /** Index of the moment. */
  index: number;
  from: number;
  to: number;
  /** `CPU 143 % / target 60 %`; undefined where no signal was read then. */
  askedBy: string | undefined;
}

/** The steps up of a workload that has several signals; none of one with a single signal, where it is plain which one asked. */
export function scaleOutsOf({ signals, replicas: { desired } }: WorkloadTrack): ScaleOut[] {
  if (signals.length < 2) return [];
  const steps: ScaleOut[] = [];
  let from: number | null = null;
  desired.forEach((to, index) => {
    // Over a gap it is not known at which moment it was asked for.
    if (to !== null && from !== null && to > from) {
      steps.push({ index, from, to, askedBy: mostAsking(signals, index, from) });
    }
    from = to;
  });
  return steps;
}

/** By Kubernetes' formula, from the replicas before the step: the HPA writes its readings together with its decision. */
function mostAsking(signals: readonly Signal[], index: number, replicas: number): string | undefined {
  let most: { demand: number; text: string } | undefined;
  for (const { name, unit, shared, current, target } of signals) {
    const [value, each] = [current[index] ?? null, target[index] ?? null];
    if (value === null || each === null || each <= 0) continue;
    const demand = (shared ? 1 : replicas) * (value / each);
    const against = shared ? `${formatAmount(each, unit)} per replica` : `target ${formatAmount(each, unit)}`;
    if (most === undefined || demand > most.demand)
      most = { demand, text: `${name} ${formatAmount(value, unit)} / ${against}` };
  }
  return most?.text;
}
