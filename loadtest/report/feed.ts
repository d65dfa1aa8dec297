import type { Observed, Sample } from "../model/observed.ts";
import type { Reading } from "../model/reading.ts";
import { type ChartData, liveChartData } from "./chartData.ts";

/** What the live view gets at each moment: the whole window, so that a browser that connects late or missed some has all of it. */
export interface Frame {
  chartData: ChartData;
  /** On the queue's dead-letter queue now; null where that could not be read. */
  deadLettered: number | null;
  /** Why something cannot be read at this moment; the same error once. */
  errors: string[];
}

/** The frame of a window of samples, the newest last. */
export function frameOf(samples: readonly Sample[]): Frame {
  const readings = samples.at(-1)?.readings;
  const queue = readings?.queue;
  const newest: Reading<Observed[keyof Observed]>[] = readings === undefined ? [] : Object.values(readings);
  const errors = newest.flatMap((reading) => (reading.kind === "gap" ? [reading.error] : []));
  return {
    chartData: liveChartData(samples),
    deadLettered: queue?.kind === "value" ? queue.value.deadLettered : null,
    errors: [...new Set(errors)],
  };
}
