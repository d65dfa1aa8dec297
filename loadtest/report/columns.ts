import type { Reading } from "../model/reading.ts";
import type { Missing, Value } from "./chartData.ts";

/** A number of a reading; null where it was not read, or is not there. */
export function pick<T>(reading: Reading<T> | undefined, of: (value: T) => Value): Value {
  return reading?.kind === "value" ? of(reading.value) : null;
}

/** The stretches of moments without a value. @param whenAbsent why there was nothing. */
export function missingIn(readings: readonly Reading<unknown>[], whenAbsent: string): Missing[] {
  const stretches: Missing[] = [];
  readings.forEach((reading, index) => {
    if (reading.kind === "value") return;
    const why = reading.kind === "gap" ? reading.error : whenAbsent;
    const last = stretches.at(-1);
    if (last?.to === index - 1 && last.kind === reading.kind) last.to = index;
    else stretches.push({ kind: reading.kind, from: index, to: index, why });
  });
  return stretches;
}
