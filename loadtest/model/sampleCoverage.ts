import { type Cause, causeOf } from "./cause.ts";
import type { Reading } from "./reading.ts";

/** A reading and when it was due, in milliseconds since 1970. */
export interface Timed<T> {
  atMs: number;
  reading: Reading<T>;
}

/** Beyond either, what happened in between is not known. */
export const LARGEST_GAP_SHARE = 0.1;
export const LONGEST_GAP_SECONDS = 15;

/**
 * Why a window of readings shows too little to say that something did not happen; undefined when it shows enough.
 * `absent` is something that was seen; only what could not be read is a gap.
 * @param subject what was read, for the cause.
 */
export function coverageGap(
  readings: readonly Timed<unknown>[],
  fromMs: number,
  toMs: number,
  subject: string,
): Cause | undefined {
  const within = readings.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  const good = within.filter(({ reading }) => reading.kind !== "gap");
  const error = within.map(({ reading }) => (reading.kind === "gap" ? reading.error : undefined)).find(Boolean) ?? null;
  if (good.length === 0) return causeOf("no-samples", subject, { seconds: secondsOf(toMs - fromMs), error });

  const moments = [fromMs, ...good.map(({ atMs }) => atMs), toMs];
  const longestMs = Math.max(...moments.slice(1).map((atMs, index) => atMs - (moments[index] ?? atMs)));
  if (longestMs > LONGEST_GAP_SECONDS * 1000) {
    const seconds = secondsOf(longestMs);
    return causeOf("sample-gap-too-long", subject, { seconds, maxSeconds: LONGEST_GAP_SECONDS, error });
  }
  const missing = within.length - good.length;
  if (missing > within.length * LARGEST_GAP_SHARE) {
    const params = { missing, of: within.length, maxShare: LARGEST_GAP_SHARE, error };
    return causeOf("too-many-samples-missing", subject, params);
  }
  return undefined;
}

/** Whole seconds. */
export function secondsOf(durationMs: number): number {
  return Math.round(durationMs / 1000);
}
