import { ApiException } from "@kubernetes/client-node";
import { ABSENT } from "../../loadtest/model/reading.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import type { ViewReading } from "./view.ts";

/** Asks, and makes of an error what it is: absence only where the API server says so, else a gap. */
export async function read<T>(what: string, ask: () => Promise<T>): Promise<ViewReading<T>> {
  try {
    return { kind: "value", value: await ask() };
  } catch (error) {
    if (!(error instanceof ApiException)) return { kind: "gap", what, error: messageOf(error), forbidden: false };
    if (error.code === 404) return ABSENT;
    // The exception's own message holds every header of the answer.
    return { kind: "gap", what, error: `the API server answered ${error.code}`, forbidden: error.code === 403 };
  }
}

/** Resolves an object's promises, side by side. */
export async function all<T extends object>(promises: { [Key in keyof T]: Promise<T[Key]> }): Promise<T> {
  const resolved: Partial<T> = {};
  const keys = Object.keys(promises) as (keyof T)[];
  await Promise.all(
    keys.map(async (key) => {
      resolved[key] = await promises[key];
    }),
  );
  return resolved as T;
}
