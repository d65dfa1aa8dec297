/** The value that this part of all is not above. @throws where there is none. */
export function percentile(values: readonly number[], part: number): number {
  const value = values.toSorted((a, b) => a - b)[Math.ceil(values.length * part) - 1];
  if (value === undefined) throw new Error("no value to take a percentile of");
  return value;
}
