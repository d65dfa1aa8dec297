const FIRST_MS = 100;
const LONGEST_MS = 5_000;

/**
 * How long to wait before another try, in milliseconds: twice as long each time, up to 5 s, and somewhere in the upper half of that, so that
 * what failed together does not come back together.
 * @param failures how many tries have failed, at least 1.
 */
export function backoffMs(failures: number): number {
  return Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS) * (0.5 + Math.random() / 2);
}
