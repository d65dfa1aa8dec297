import type { Sample } from "./observed.ts";
import type { Reading } from "./reading.ts";

/** What was read of one number, in order. Moments that could not be read are not in it. */
export type Curve = readonly { readonly atMs: number; readonly value: number }[];

/** A moment, and how much earlier it may really have been. */
export interface Moment {
  atMs: number;
  uncertaintySeconds: number;
}

/**
 * The curve of one number of the samples.
 * @param pick the number in a value; undefined where the value does not hold it, which is a gap then.
 * @param absent what it is where the object is not there; undefined where that says nothing.
 */
export function curveOf<T>(
  samples: readonly Sample[],
  reading: (sample: Sample) => Reading<T>,
  pick: (value: T) => number | undefined,
  absent?: number,
): Curve {
  return samples.flatMap((sample) => {
    const read = reading(sample);
    const value = read.kind === "value" ? pick(read.value) : read.kind === "absent" ? absent : undefined;
    return value === undefined ? [] : [{ atMs: sample.atMs, value }];
  });
}

/** The first moment from `fromMs` on at which it was seen to hold; null where it never was. The uncertainty reaches back to the reading before. */
export function firstMoment(curve: Curve, fromMs: number, holds: (value: number) => boolean): Moment | null {
  const index = curve.findIndex(({ atMs, value }) => atMs >= fromMs && holds(value));
  const found = curve[index];
  if (found === undefined) return null;
  const before = curve[index - 1];
  return { atMs: found.atMs, uncertaintySeconds: before === undefined ? 0 : (found.atMs - before.atMs) / 1000 };
}

/** What it was last known to be at a moment; undefined before the first reading. By halves, since a soak has a reading for each second of a day. */
export function valueAt(curve: Curve, atMs: number): number | undefined {
  let [low, high] = [0, curve.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((curve[middle]?.atMs ?? Infinity) <= atMs) low = middle + 1;
    else high = middle;
  }
  return curve[low - 1]?.value;
}

/** The largest value from one moment to another; undefined where nothing was read between them. */
export function largest(curve: Curve, fromMs: number, toMs: number): number | undefined {
  const values = curve.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs).map(({ value }) => value);
  return values.length === 0 ? undefined : Math.max(...values);
}

/**
 * The integral over time, in value times seconds. Each reading holds until the next, but for `holdMs` at the most: beyond that it is not known, and
 * a gap is not a zero. The reading before `fromMs` holds into the window in the same way.
 * @returns the integral over what is known, and for how many seconds of the window nothing is.
 */
export function integrate(
  curve: Curve,
  fromMs: number,
  toMs: number,
  holdMs: number,
): { integral: number; unknownSeconds: number } {
  let integral = 0;
  let knownMs = 0;
  for (const [index, { atMs, value }] of curve.entries()) {
    const next = curve[index + 1]?.atMs ?? Infinity;
    const heldMs = Math.min(next, atMs + holdMs, toMs) - Math.max(atMs, fromMs);
    if (heldMs <= 0) continue;
    integral += (value * heldMs) / 1000;
    knownMs += heldMs;
  }
  return { integral, unknownSeconds: (toMs - fromMs - knownMs) / 1000 };
}
