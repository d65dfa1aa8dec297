import { isMap } from "./branch.ts";
import type { Path } from "./problem.ts";

/** A value with where it stands. */
export interface Found {
  path: Path;
  value: unknown;
}

/**
 * Everything at the paths of a pattern such as `scenarios.*.mustScale.*.workload`, where `*` is every key of a map or every item of a list.
 * What is not there is left out, so that a file whose shape is wrong in one place can be checked in the others.
 */
export function select(value: unknown, pattern: string): Found[] {
  return pattern
    .split(".")
    .reduce<Found[]>((found, step) => found.flatMap((one) => inside(one, step)), [{ path: [], value }]);
}

function inside({ path, value }: Found, step: string): Found[] {
  if (step === "*" && Array.isArray(value)) {
    return value.map((item: unknown, index) => ({ path: [...path, index], value: item }));
  }
  if (!isMap(value)) return [];
  const keys = step === "*" ? Object.keys(value) : Object.keys(value).filter((key) => key === step);
  return keys.map((key) => ({ path: [...path, key], value: value[key] }));
}

/** Those of them that are texts. */
export function selectTexts(value: unknown, pattern: string): { path: Path; value: string }[] {
  return select(value, pattern).flatMap((found) =>
    typeof found.value === "string" ? [{ path: found.path, value: found.value }] : [],
  );
}
