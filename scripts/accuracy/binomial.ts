/** The bounds of a share. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

const TAIL = 0.025;
const STEPS = 60;

/** The 95 % interval of a share of which so many of all were seen: exact, by Clopper and Pearson (1934). */
export function shareInterval(seen: number, of: number): Bounds {
  return {
    low: seen === 0 ? 0 : bisect((share) => 1 - atMost(seen - 1, of, share) < TAIL),
    high: seen === of ? 1 : bisect((share) => atMost(seen, of, share) > TAIL),
  };
}

/** The largest share from 0 to 1 up to which it holds. */
function bisect(holds: (share: number) => boolean): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** The chance of at most so many of all, each by this share from 0 to below 1. */
function atMost(seen: number, of: number, share: number): number {
  let term = (1 - share) ** of;
  let sum = term;
  for (let count = 1; count <= seen; count++) {
    term *= ((of - count + 1) / count) * (share / (1 - share));
    sum += term;
  }
  return sum;
}
