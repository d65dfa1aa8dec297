import type { Sample } from "../model/observed.ts";
import type { Reading } from "../model/reading.ts";
import type { Workload } from "../model/workload.ts";
import { liveChartData } from "./buildChartData.ts";
import type { ChartData } from "./chartData.ts";

/** What the live view gets at each moment: the whole window, so that a browser that connects late or missed some has all of it. */
export interface Frame {
  chartData: ChartData;
  /** On each queue's dead-letter queue now; null where that could not be read. */
  deadLettered: Record<string, number | null>;
  /** Why something cannot be read at this moment; the same error once. */
  errors: string[];
}

/**
 * The frame of a window of samples, the newest last.
 * @param feeds which workload each queue feeds, as far as it is known.
 */
export function frameOf(samples: readonly Sample[], feeds: Readonly<Record<string, Workload>>): Frame {
  const newest = samples.at(-1);
  const queues = Object.entries(newest?.queues ?? {});
  const ofWorkloads = Object.values(newest?.workloads ?? {}).flatMap(
    ({ replicas, autoscaler, scaledObject, externalMetrics }): Reading<unknown>[] => [
      replicas,
      autoscaler,
      scaledObject,
      externalMetrics,
    ],
  );
  const errors = [...ofWorkloads, ...queues.map(([, reading]) => reading)].flatMap((reading) =>
    reading.kind === "gap" ? [reading.error] : [],
  );
  return {
    chartData: liveChartData(samples, feeds),
    deadLettered: Object.fromEntries(
      queues.map(([name, reading]) => [name, reading.kind === "value" ? reading.value.deadLettered : null]),
    ),
    errors: [...new Set(errors)],
  };
}
