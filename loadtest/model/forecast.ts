import * as z from "zod";
import { workload } from "./workload.ts";

/** What one number is said of a run. Times are from the load's first moment, `idle` from the empty queue or the load's end. */
export const STATISTICS = [
  "firstReadySeconds",
  "allReadySeconds",
  "drainedSeconds",
  "idleSeconds",
  "orderAgeP95Seconds",
  "podSeconds",
  "peakReplicas",
  "directionChanges",
] as const;
export type StatisticId = (typeof STATISTICS)[number];

const bound = z.number().nullable();
const interval = z.object({
  median: bound.describe("null where it did not happen within the time that was simulated"),
  low: bound,
  high: bound,
});
/** A number over many runs: its median, and between which bounds nine of ten runs lie. Null: not within the time that was simulated. */
export type Interval = Readonly<z.infer<typeof interval>>;

/** Whether a number lies within the bounds of nine of ten runs. Null, of either, is beyond all. */
export function isWithin({ low, high }: Interval, measured: number | null): boolean {
  const value = measured ?? Infinity;
  return value >= (low ?? Infinity) && value <= (high ?? Infinity);
}

const forecastStatistic = interval.extend({
  id: z.enum(STATISTICS),
  measured: bound.describe("null where it was not seen to happen"),
  isWithin: z
    .boolean()
    .nullable()
    .describe("whether it is within the bounds; null where the run was not seen to its end"),
});
export type ForecastStatistic = z.infer<typeof forecastStatistic>;

const readyStep = z.object({ atSeconds: z.number(), low: z.number(), median: z.number(), high: z.number() });

const workloadForecast = z.object({
  workload,
  ready: z.array(readyStep).describe("ready replicas, each from that second after the load's start on"),
  statistics: z.array(forecastStatistic),
});
export type WorkloadForecast = z.infer<typeof workloadForecast>;

const detail = z.string().describe("why, for people");

export const scenarioForecast = z
  .discriminatedUnion("kind", [
    z.object({
      kind: z.literal("made"),
      calibratedBy: z.object({
        startedAt: z.string().describe("of the report whose load, throughput and pod starts it is made from"),
      }),
      runs: z.int().describe("simulated ones, of which nine of ten lie within the bounds"),
      seed: z.int(),
      workloads: z.array(workloadForecast),
      notSimulated: z.array(z.object({ workload, detail })),
    }),
    z.object({
      kind: z.literal("none"),
      id: z.enum(["no-earlier-report", "faults", "configuration-unread", "not-simulated"]),
      detail,
    }),
  ])
  .describe("what was forecast before the load; a run outside it is no failure");
/** What the planner forecast of a scenario before its load, or why it did not. */
export type ScenarioForecast = z.infer<typeof scenarioForecast>;
