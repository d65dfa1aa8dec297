import type { Observed, Sample } from "../model/observed.ts";
import type { Reading } from "../model/reading.ts";
import { type Picture, pictureOfSamples } from "./chartData.ts";

/** What the live page gets at each moment: the whole window, so that whoever comes late or missed some has all of it. */
export interface Frame {
  picture: Picture;
  /** On the queue's dead-letter queue now; null where that could not be read. */
  deadLettered: number | null;
  /** What cannot be read at this moment, with its error; the same error once. */
  troubles: string[];
}

/** The frame of a window of samples, the newest last. */
export function frameOf(samples: readonly Sample[]): Frame {
  const readings = samples.at(-1)?.readings;
  const queue = readings?.queue;
  const newest: Reading<Observed[keyof Observed]>[] = readings === undefined ? [] : Object.values(readings);
  const errors = newest.flatMap((reading) => (reading.kind === "gap" ? [reading.error] : []));
  return {
    picture: pictureOfSamples(samples),
    deadLettered: queue?.kind === "value" ? queue.value.deadLettered : null,
    troubles: [...new Set(errors)],
  };
}
