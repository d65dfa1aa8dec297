import { forecastOf, typicalRun } from "./forecast.ts";
import type { Interval, StatisticId } from "../model/forecast.ts";
import { isClearBelow } from "./interval.ts";
import type { PlannedWorkload } from "./plannedWorkload.ts";
import { type RunStatistics, statisticsOf } from "./statistics.ts";

/** A statistic has to stay below this in nineteen of twenty runs. */
export interface Objective {
  readonly statistic: StatisticId;
  readonly below: number;
}

/** The workload with some settings changed, by the names that a person gives them. */
export interface Candidate {
  readonly settings: readonly string[];
  readonly planned: PlannedWorkload;
}

export type Intervals = Readonly<Record<StatisticId, Interval>>;

export interface Recommendation {
  readonly settings: readonly string[];
  readonly statistics: Intervals;
}

export interface Recommended {
  readonly current: Intervals;
  /** Whether the current settings meet every objective: then only what costs less is better. */
  readonly isMet: boolean;
  /** Cheapest first; empty where no better setting was found. */
  readonly recommendations: readonly Recommendation[];
  readonly tried: number;
}

/** Candidates that are simulated many times. */
const MOST_SIMULATED = 30;
const MOST_TOLD = 3;

/**
 * The settings that meet the objectives at the least pod-seconds. Only what lies clear of the current settings is told: where these miss an objective, an interval
 * that lies below theirs in each statistic that they miss; where they meet all, an interval of pod-seconds that does.
 * @param candidatesOf of the settings given; each set of settings has to be among them with all its parts.
 */
export function recommend(
  current: PlannedWorkload,
  candidates: readonly Candidate[],
  objectives: readonly Objective[],
  { runs, seed }: { readonly runs: number; readonly seed: number },
): Recommended {
  const intervals = (planned: PlannedWorkload): Intervals =>
    forecastOf(planned, { runs, seed, horizonSeconds: null }).statistics;
  const now = intervals(current);
  const missed = objectives.filter((objective) => !meets(now, objective));
  // What oscillates more is no better, however cheap it is.
  const isBetter = (of: Intervals): boolean =>
    (of.directionChanges.high ?? 0) <= (now.directionChanges.high ?? 0) &&
    objectives.every((objective) => meets(of, objective)) &&
    (missed.length > 0 ? missed.map(({ statistic }) => statistic) : (["podSeconds"] as const)).every((statistic) =>
      isClearBelow(of[statistic], now[statistic]),
    );
  const promising = mostPromising(
    candidates.map((candidate) => ({
      candidate,
      once: statisticsOf(candidate.planned, typicalRun(candidate.planned)),
    })),
    objectives,
  );
  const better = promising
    .map(({ candidate }) => ({ settings: candidate.settings, statistics: intervals(candidate.planned) }))
    .filter(({ statistics }) => isBetter(statistics))
    .sort((a, b) => cost(a) - cost(b) || a.settings.length - b.settings.length);
  return {
    current: now,
    isMet: missed.length === 0,
    recommendations: better
      .filter((one, index) => !better.some((other, before) => makesPointless(other, one, before < index)))
      .slice(0, MOST_TOLD),
    tried: candidates.length,
  };
}

interface Once {
  readonly candidate: Candidate;
  readonly once: RunStatistics;
}

/** Of those that meet the objectives in one run the cheapest, and those that meet them by the widest margin. */
function mostPromising(all: readonly Once[], objectives: readonly Objective[]): Once[] {
  const margin = ({ once }: Once): number =>
    Math.max(...objectives.map(({ statistic, below }) => (once[statistic] ?? Infinity) / below));
  const costOnce = ({ once }: Once): number => once.podSeconds ?? Infinity;
  const fewest = (a: Once, b: Once): number => a.candidate.settings.length - b.candidate.settings.length;
  const meeting = all.filter((one) => margin(one) < 1);
  const cheapest = meeting.toSorted((a, b) => costOnce(a) - costOnce(b) || fewest(a, b)).slice(0, MOST_SIMULATED / 2);
  const surest = meeting.toSorted((a, b) => margin(a) - margin(b) || costOnce(a) - costOnce(b) || fewest(a, b));
  return [...new Set([...cheapest, ...surest.slice(0, MOST_SIMULATED / 2)])];
}

function meets(of: Intervals, { statistic, below }: Objective): boolean {
  return (of[statistic].high ?? Infinity) < below;
}

function cost({ statistics }: Recommendation): number {
  return statistics.podSeconds.median ?? Infinity;
}

/** A saving that is less than this is none. */
const NEGLIGIBLE = 0.02;

/** Whether one needs fewer of the other's settings and costs no more, or comes before it and does exactly the same. */
function makesPointless(one: Recommendation, other: Recommendation, isBefore: boolean): boolean {
  if (isBefore && JSON.stringify(one.statistics) === JSON.stringify(other.statistics)) return true;
  const isPart =
    one.settings.length < other.settings.length && one.settings.every((setting) => other.settings.includes(setting));
  return isPart && cost(one) <= cost(other) * (1 + NEGLIGIBLE);
}
