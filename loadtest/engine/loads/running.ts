import type { LoadResult } from "../../model/load.ts";

/** A load that is under way. */
export interface RunningLoad {
  /** Never rejects. */
  readonly result: Promise<LoadResult>;
  /** The file with what the load itself put out, one line an entry. */
  readonly outputFile: string;
  /** The file with its counts, where it writes one. */
  readonly summaryFile: string;
  /** Stops the load now, for the reason that the result will give. */
  stop(reason: string): void;
}

/** The result of a load that only counts what it delivered. */
export function deliveredOnly(delivered: number): LoadResult {
  return {
    kind: "ran",
    exitCode: 0,
    counts: { requests: 0, failedRequests: 0, iterations: delivered, droppedIterations: 0, latencyMs: null },
  };
}

/** What a load says that it delivered: the number of its last line `delivered N`; undefined where it has none. */
export function deliveredIn(output: string): number | undefined {
  const line = output
    .split("\n")
    .map((text) => /^\s*delivered\s+(\d+)\s*$/.exec(text)?.[1])
    .findLast((digits) => digits !== undefined);
  return line === undefined ? undefined : Number(line);
}
