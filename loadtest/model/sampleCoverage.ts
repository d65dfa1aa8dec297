import type { Reading } from "./reading.ts";

/** A reading and when it was due, in milliseconds since 1970. */
export interface Timed<T> {
  atMs: number;
  reading: Reading<T>;
}

/** Beyond either, nobody can say what happened in between. */
export const LARGEST_GAP_SHARE = 0.1;
export const LONGEST_GAP_SECONDS = 15;

/**
 * Why a window of readings shows too little to say that something did not happen; undefined when it shows enough.
 * `absent` is something that was seen; only what could not be read is a gap.
 */
export function coverageGap(readings: readonly Timed<unknown>[], fromMs: number, toMs: number): string | undefined {
  const within = readings.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  const good = within.filter(({ reading }) => reading.kind !== "gap");
  const error = within.map(({ reading }) => (reading.kind === "gap" ? reading.error : undefined)).find(Boolean);
  const because = error === undefined ? "" : ` (${error})`;
  if (good.length === 0) return `nothing could be read in ${seconds(toMs - fromMs)}${because}`;

  const moments = [fromMs, ...good.map(({ atMs }) => atMs), toMs];
  const longestMs = Math.max(...moments.slice(1).map((atMs, index) => atMs - (moments[index] ?? atMs)));
  if (longestMs > LONGEST_GAP_SECONDS * 1000) {
    return `nothing could be read for ${seconds(longestMs)} on end, ${LONGEST_GAP_SECONDS} s are the most${because}`;
  }
  const gaps = within.length - good.length;
  if (gaps > within.length * LARGEST_GAP_SHARE) {
    return `${gaps} of ${within.length} samples could not be read, ${100 * LARGEST_GAP_SHARE} % are the most${because}`;
  }
  return undefined;
}

/** Whole seconds with their unit. */
export function seconds(durationMs: number): string {
  return `${Math.round(durationMs / 1000)} s`;
}
