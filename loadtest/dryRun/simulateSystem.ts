import type { Workload, WorkloadDeclaration } from "../model/workload.ts";
import type { Random } from "../model/random.ts";
import { type SimulatedRun, simulateWorkload } from "../planner/simulateWorkload.ts";
import { drawn, type Variation } from "../planner/variation.ts";
import type { Steps } from "../simulator/steps.ts";
import type { SimulatedWorkload } from "./readings.ts";

/** The workloads of a scenario under its load. */
export interface SimulatedSystem {
  readonly declared: readonly WorkloadDeclaration[];
  /** Of those that something scales. No two of them read each other's queues. */
  readonly simulated: Readonly<Record<Workload, SimulatedWorkload>>;
  /** When the last of the load has come. */
  readonly loadSeconds: number;
}

export type Variations = Readonly<Record<Workload, Variation>>;

/** What chance makes of one run. */
export function drawnOf({ simulated }: SimulatedSystem, random: Random): Variations {
  return Object.fromEntries(Object.entries(simulated).map(([name, { planned }]) => [name, drawn(planned, random)]));
}

/** One run of all of them, for so long from the load's begin. */
export function simulateSystem(
  { simulated }: SimulatedSystem,
  variations: Variations,
  forSeconds: number,
): Record<Workload, SimulatedRun> {
  const runs: Record<Workload, SimulatedRun> = {};
  const runOf = (name: Workload): SimulatedRun | undefined => {
    const workload = simulated[name];
    const variation = variations[name];
    if (workload === undefined || variation === undefined) return undefined;
    const { planned, reads } = workload;
    const read = Object.fromEntries(
      Object.entries(reads).map(([metric, consumer]) => [metric, messagesOf(runOf(consumer))]),
    );
    const load = { ...planned.load, levels: { ...planned.load.levels, ...read } };
    return (runs[name] ??= simulateWorkload({ ...planned, load }, variation, forSeconds));
  };
  for (const name of Object.keys(simulated)) runOf(name);
  return runs;
}

/** The length of a queue over time. */
function messagesOf(run: SimulatedRun | undefined): Steps {
  const seconds = run?.seconds ?? [];
  return seconds.flatMap(({ active }, second) =>
    active === (seconds[second - 1]?.active ?? null) ? [] : [[second, active ?? 0] as const],
  );
}
