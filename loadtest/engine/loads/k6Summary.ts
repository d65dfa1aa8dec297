import * as z from "zod";
import type { Latency, LoadCounts } from "../../model/load.ts";

/** k6 1: `metrics` by name, the values beside each other. */
const byName = z.object({ metrics: z.record(z.string(), z.record(z.string(), z.unknown())) });
/** k6 2, and k6 1 with --new-machine-readable-summary: a list, the values below. */
const asList = z.object({
  results: z.object({
    metrics: z.array(z.object({ name: z.string(), values: z.record(z.string(), z.unknown()) })),
  }),
});

/** What k6 is told to report of every duration. */
export const trendStats = ["p(50)", "p(95)", "p(99)", "max"];

type Metrics = Record<string, Record<string, unknown>>;

/**
 * Reads what `k6 run --summary-export` wrote, in the shape of k6 1 or of k6 2.
 * @throws when it is neither.
 */
export function parseSummary(json: string): LoadCounts {
  const metrics = metricsOf(json);
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
    latencyMs: durationsOf(metrics.http_req_duration),
  };
}

/**
 * The durations of requests by thirds of the load, from the submetrics `{third:1}` to `{third:3}`; null where the script keeps none.
 * @throws when it is no summary.
 */
export function parseThirds(json: string): Latency[] | null {
  const metrics = metricsOf(json);
  const thirds = [1, 2, 3].map((third) => durationsOf(metrics[`http_req_duration{third:${third}}`]));
  return thirds.every((third) => third !== null) ? thirds : null;
}

/** Percentiles of one metric; null where the script was not told to report them, or nothing was measured. */
function durationsOf(values: Record<string, unknown> | undefined): Latency | null {
  const [p50, p95, p99, max] = trendStats.map((stat) => values?.[stat]);
  return typeof p50 === "number" && typeof p95 === "number" && typeof p99 === "number" && typeof max === "number"
    ? { p50, p95, p99, max }
    : null;
}

function metricsOf(json: string): Metrics {
  const summary: unknown = JSON.parse(json);
  const listed = asList.safeParse(summary);
  const metrics = listed.success
    ? Object.fromEntries(listed.data.results.metrics.map(({ name, values }) => [name, values]))
    : byName.parse(summary).metrics;
  return metrics;
}
