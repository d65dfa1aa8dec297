import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where the results of each SDK go, for the table in docs/reference/emulator.md. */
export const RESULTS_DIRECTORY = join(import.meta.dirname, "../../../out/test/sdks");

/** What became of one operation with one SDK. */
export interface OperationResult {
  readonly operation: string;
  /** Null when it worked. */
  readonly error: string | null;
  /** Why there is nothing to say, as in "not in this version". */
  readonly note?: string | null;
}

/** @param client as in `Python 7.15.0`. */
export function recordResults(client: string, results: readonly OperationResult[]): void {
  mkdirSync(RESULTS_DIRECTORY, { recursive: true });
  const name = client.toLowerCase().replaceAll(/[^a-z0-9.-]+/g, "-");
  writeFileSync(join(RESULTS_DIRECTORY, `${name}.json`), `${JSON.stringify({ client, results }, undefined, 2)}\n`);
}
