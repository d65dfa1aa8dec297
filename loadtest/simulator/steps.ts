/** Values that change in steps: [second, value]. Each holds from its second on; null is a value that cannot be read. */
export type Steps = readonly (readonly [second: number, value: number | null])[];

/** The value at a moment; null before the first step and where it cannot be read. */
export function stepAt(steps: Steps, atMillis: number): number | null {
  return steps.findLast(([second]) => second * 1000 <= atMillis)?.[1] ?? null;
}
