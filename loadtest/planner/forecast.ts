import type { Workload } from "../model/workload.ts";
import { type BindingStretch, bindingsOf } from "./binding.ts";
import { type Interval, type StatisticId, STATISTICS } from "../model/forecast.ts";
import { intervalOf } from "./interval.ts";
import { idleReplicasOf, type PlannedWorkload } from "./plannedWorkload.ts";
import { seededRandom } from "../model/random.ts";
import { type Second, type SimulatedRun, lotOf, simulateWorkload } from "./simulateWorkload.ts";
import {
  ELASTICITY,
  type ElasticityId,
  elasticityOfRun,
  idleFrom,
  type RunStatistics,
  statisticsOf,
} from "./statistics.ts";
import { drawn, middle } from "./variation.ts";

/** A number, second by second from the load's begin: its median and the bounds of nine of ten runs. */
export interface Band {
  readonly median: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

export interface Forecast {
  readonly workload: Workload;
  readonly runs: number;
  readonly seed: number;
  readonly horizonSeconds: number;
  /** Messages that each simulated one stands for. */
  readonly messagesInLot: number;
  readonly idleReplicas: number;
  readonly desired: Band;
  readonly ready: Band;
  /** Messages waiting or locked; null where no queue feeds it. */
  readonly active: Band | null;
  readonly statistics: Readonly<Record<StatisticId, Interval>>;
  /** Null where demand is not known. */
  readonly elasticity: Readonly<Record<ElasticityId, Interval>> | null;
  /** Of the run in the middle: half a period from sync and poll, the median pod start, the pace that was told. */
  readonly steps: readonly Step[];
  readonly bindings: readonly BindingStretch[];
}

/** Desired replicas from a second on. */
export interface Step {
  readonly atSeconds: number;
  readonly desired: number;
}

export interface ForecastOptions {
  /** At the most: fewer of a load that takes hours. */
  readonly runs: number;
  readonly seed: number;
  /** Null: until it is idle again. */
  readonly horizonSeconds: number | null;
}

/** A workload that is not idle by then is told so. */
const LONGEST_SECONDS = 4 * 3600;
const FIRST_GUESS_SECONDS = 600;
/** Of all runs together, so that a forecast stays quick; FEWEST_RUNS whatever they take. */
const MOST_SECONDS = 500_000;
const FEWEST_RUNS = 20;

/** What will happen to a workload under its load. The same inputs and seed give the same forecast. */
export function forecastOf(workload: PlannedWorkload, options: ForecastOptions): Forecast {
  const { horizonSeconds, runs } = simulatedRuns(workload, options);
  const typical = simulateWorkload(workload, middle(workload), horizonSeconds);
  const statistics = runs.map((run) => statisticsOf(workload, run));
  const elasticity = runs.flatMap((run) => elasticityOfRun(workload, run) ?? []);
  return {
    workload: workload.name,
    runs: runs.length,
    seed: options.seed,
    horizonSeconds,
    messagesInLot: lotOf(workload),
    idleReplicas: idleReplicasOf(workload),
    desired: bandOf(runs, horizonSeconds, ({ desired }) => desired),
    ready: bandOf(runs, horizonSeconds, ({ ready }) => ready),
    active: workload.service === null ? null : bandOf(runs, horizonSeconds, ({ active }) => active ?? 0),
    statistics: intervalsOf(statistics),
    elasticity:
      elasticity.length === 0
        ? null
        : (Object.fromEntries(ELASTICITY.map((id) => [id, intervalOf(elasticity.map((one) => one[id]))])) as Record<
            ElasticityId,
            Interval
          >),
    steps: stepsOf(typical),
    bindings: bindingsOf(workload, typical),
  };
}

/** The runs that a forecast is made of. */
export function simulatedRuns(
  workload: PlannedWorkload,
  options: ForecastOptions,
): { horizonSeconds: number; runs: readonly SimulatedRun[] } {
  const horizonSeconds = options.horizonSeconds ?? horizonOf(workload);
  const random = seededRandom(options.seed);
  const runs = Array.from({ length: affordableRuns(options.runs, horizonSeconds) }, () =>
    simulateWorkload(workload, drawn(workload, random), horizonSeconds),
  );
  return { horizonSeconds, runs };
}

/** As many runs as are asked for, fewer where each takes long. */
export function affordableRuns(asked: number, horizonSeconds: number): number {
  return Math.min(asked, Math.max(FEWEST_RUNS, Math.floor(MOST_SECONDS / horizonSeconds)));
}

/** The band of each statistic. */
export function intervalsOf(statistics: readonly RunStatistics[]): Record<StatisticId, Interval> {
  return Object.fromEntries(STATISTICS.map((id) => [id, intervalOf(statistics.map((one) => one[id]))])) as Record<
    StatisticId,
    Interval
  >;
}

/** Long enough for it to be idle again, with a third more for runs that take longer; at the most LONGEST_SECONDS. */
export function horizonOf(workload: PlannedWorkload): number {
  const end = Math.ceil(workload.load.endSeconds);
  const run = typicalRun(workload);
  const idleAt = idleFrom(run, idleReplicasOf(workload), end);
  return idleAt === -1
    ? run.seconds.length - 1
    : Math.min(end + LONGEST_SECONDS, Math.ceil(end + 1.3 * (idleAt - end)) + 60);
}

/** The run in the middle, for as long as it takes to be idle again. */
export function typicalRun(workload: PlannedWorkload): SimulatedRun {
  const end = Math.ceil(workload.load.endSeconds);
  for (let seconds = FIRST_GUESS_SECONDS; ; seconds *= 2) {
    const capped = end + Math.min(seconds, LONGEST_SECONDS);
    const run = simulateWorkload(workload, middle(workload), capped);
    const active = run.seconds.at(-1)?.active;
    const isOver = (active ?? 0) === 0 && idleFrom(run, idleReplicasOf(workload), end) !== -1;
    if (isOver || seconds >= LONGEST_SECONDS) return run;
  }
}

function stepsOf({ seconds }: SimulatedRun): Step[] {
  return seconds.flatMap(({ desired }, atSeconds) =>
    desired === seconds[atSeconds - 1]?.desired ? [] : [{ atSeconds, desired }],
  );
}

function bandOf(runs: readonly SimulatedRun[], horizonSeconds: number, of: (second: Second) => number): Band {
  const intervals = Array.from({ length: horizonSeconds + 1 }, (_, second) =>
    intervalOf(runs.map(({ seconds }) => (seconds[second] === undefined ? null : of(seconds[second])))),
  );
  return {
    median: intervals.map(({ median }) => median ?? 0),
    low: intervals.map(({ low }) => low ?? 0),
    high: intervals.map(({ high }) => high ?? 0),
  };
}
