import type { Interval } from "../model/forecast.ts";

const LOW = 0.05;
const HIGH = 0.95;

/** Of one value a run; null counts as later than all. */
export function intervalOf(values: readonly (number | null)[]): Interval {
  const sorted = values.map((value) => value ?? Infinity).sort((a, b) => a - b);
  const at = (share: number, round: (position: number) => number): number | null => {
    const value = sorted[round(share * (sorted.length - 1))];
    return value === undefined || value === Infinity ? null : value;
  };
  return { low: at(LOW, Math.floor), median: at(0.5, Math.round), high: at(HIGH, Math.ceil) };
}

/** Whether one lies wholly below the other. Null is beyond all. */
export function isClearBelow(one: Interval, other: Interval): boolean {
  return (one.high ?? Infinity) < (other.low ?? Infinity);
}
