import { directionChangesIn } from "../model/directionChanges.ts";
import type { StatisticId } from "../model/forecast.ts";
import { type ElasticityMetrics, elasticityMetrics } from "../timings/elasticityMetrics.ts";
import { cameBy, demandCurve } from "./demand.ts";
import { idleReplicasOf, type PlannedLoad, type PlannedWorkload } from "./plannedWorkload.ts";
import type { SimulatedRun } from "./simulateWorkload.ts";

/** Null: it did not happen within the time that was simulated, or is nothing of this workload. */
export type RunStatistics = Readonly<Record<StatisticId, number | null>>;

/** The first second at which something of the load comes. */
export function beginOf({ arrivals, levels, usage }: PlannedLoad): number {
  const steps = [
    ...Object.values(levels).map((one) => one ?? []),
    ...usage.map((one) => ("total" in one ? one.total : one.perPod)),
  ];
  const firsts = steps.flatMap((one) => one.find(([, value]) => value !== 0)?.[0] ?? []);
  return Math.max(0, Math.floor(Math.min(arrivals[0]?.atSeconds ?? Infinity, ...firsts)));
}

export function statisticsOf(workload: PlannedWorkload, run: SimulatedRun): RunStatistics {
  const { load, service } = workload;
  const { seconds } = run;
  const begin = beginOf(load);
  const idle = idleReplicasOf(workload);
  const peak = Math.max(idle, ...seconds.map(({ desired }) => desired));
  const since = (second: number, from: number): number | null => (second === -1 ? null : second - from);
  const end = Math.ceil(load.endSeconds);
  const drained = service === null ? -1 : seconds.findIndex(({ active }, second) => second >= end && active === 0);
  const over = service === null ? end : drained;
  const idleAt = over === -1 ? -1 : idleFrom(run, idle, over);
  const scaledOut = peak > idle;
  const worked = seconds.slice(begin, over === -1 ? seconds.length : over + 1).map(({ desired }) => desired);
  return {
    firstReadySeconds: since(
      seconds.findIndex(({ ready }) => ready > idle),
      begin,
    ),
    allReadySeconds: scaledOut
      ? since(
          seconds.findIndex(({ ready }) => ready >= peak),
          begin,
        )
      : null,
    drainedSeconds: service === null ? null : since(drained, begin),
    idleSeconds: scaledOut ? since(idleAt, over) : null,
    orderAgeP95Seconds: service === null ? null : ageAtShare(workload, run, 0.95),
    podSeconds: seconds
      .slice(begin, idleAt === -1 ? seconds.length : idleAt)
      .reduce((sum, { existing }) => sum + existing, 0),
    peakReplicas: peak,
    directionChanges: directionChangesIn(worked.filter((replicas, index) => replicas !== worked[index - 1])),
  };
}

/** The first second from which on it stays at its idle replicas. */
export function idleFrom({ seconds }: SimulatedRun, idle: number, from: number): number {
  const lastBusy = seconds.findLastIndex(({ desired, ready }) => desired > idle || ready > idle);
  if (lastBusy === seconds.length - 1) return -1;
  return Math.max(from, lastBusy + 1);
}

/**
 * The age at which this share of all messages is processed at the latest: in the order in which they came, as far as seconds tell.
 * @returns null where fewer were processed.
 */
function ageAtShare(workload: PlannedWorkload, { seconds }: SimulatedRun, share: number): number | null {
  const came = cameBy(workload.load.arrivals, seconds.length);
  const ages: { age: number; messages: number }[] = [];
  let done = 0;
  let oldest = 0;
  for (const [second, { completed }] of seconds.entries()) {
    // Each message by the second in which it came.
    for (let left = Math.min(completed ?? 0, came[second] ?? 0); done < left;) {
      while ((came[oldest] ?? Infinity) <= done) oldest += 1;
      const messages = Math.min(left, came[oldest] ?? left) - done;
      ages.push({ age: second - oldest, messages });
      done += messages;
      left = Math.max(left, done);
    }
  }
  const total = came.at(-1) ?? 0;
  let counted = 0;
  for (const { age, messages } of ages.sort((a, b) => a.age - b.age)) {
    counted += messages;
    if (counted >= share * total) return age;
  }
  return null;
}

export const ELASTICITY = [
  "underProvisioned",
  "overProvisioned",
  "underProvisionedTime",
  "overProvisionedTime",
  "jitterPerMinute",
] as const satisfies readonly (keyof ElasticityMetrics)[];
export type ElasticityId = (typeof ELASTICITY)[number];

/** From the load's first moment until it is idle again. Null where demand is not known. */
export function elasticityOfRun(workload: PlannedWorkload, run: SimulatedRun): ElasticityMetrics | null {
  const demand = demandCurve(workload, run);
  if (demand === null) return null;
  const { seconds } = run;
  const idleAt = idleFrom(run, idleReplicasOf(workload), Math.ceil(workload.load.endSeconds));
  const supply = seconds.map(({ ready }, second) => ({ atMs: second * 1000, value: ready }));
  const toMs = (idleAt === -1 ? seconds.length : idleAt) * 1000;
  return elasticityMetrics({ demand, supply }, { fromMs: beginOf(workload.load) * 1000, toMs, holdMs: 1000 });
}
