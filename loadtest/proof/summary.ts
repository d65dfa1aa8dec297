import * as z from "zod";

/** What k6 counted over a whole run. */
export interface LoadCounts {
  requests: number;
  failedRequests: number;
  iterations: number;
  /** Iterations that were due and did not start, since every virtual user was busy. */
  droppedIterations: number;
}

/** k6 1: `metrics` by name, the values beside each other. */
const byName = z.object({ metrics: z.record(z.string(), z.record(z.string(), z.unknown())) });
/** k6 2, and k6 1 with --new-machine-readable-summary: a list, the values below. */
const asList = z.object({
  results: z.object({
    metrics: z.array(z.object({ name: z.string(), values: z.record(z.string(), z.unknown()) })),
  }),
});

/**
 * Reads what `k6 run --summary-export` wrote, in the shape of k6 1 or of k6 2.
 * @throws when it is neither.
 */
export function parseSummary(json: string): LoadCounts {
  const summary: unknown = JSON.parse(json);
  const listed = asList.safeParse(summary);
  const metrics = listed.success
    ? Object.fromEntries(listed.data.results.metrics.map(({ name, values }) => [name, values]))
    : byName.parse(summary).metrics;
  // A metric without a sample is not in the summary at all.
  const count = (metric: string, ...keys: string[]): number => {
    const values = metrics[metric];
    if (values === undefined) return 0;
    for (const key of keys) {
      const value = values[key];
      if (typeof value === "number") return value;
    }
    throw new Error(`k6's summary has no ${keys.join(" or ")} for ${metric}: ${JSON.stringify(values)}`);
  };
  return {
    requests: count("http_reqs", "count"),
    // Of this rate a "pass" is a request that failed.
    failedRequests: count("http_req_failed", "passes", "matches"),
    iterations: count("iterations", "count"),
    droppedIterations: count("dropped_iterations", "count"),
  };
}
