import * as z from "zod";
import { count } from "./count.ts";

export const loadCounts = z.object({
  requests: count,
  failedRequests: count,
  iterations: count,
  droppedIterations: count.describe("due and never started, since every virtual user was busy"),
  latencyMs: z
    .object({ p50: z.number(), p95: z.number(), p99: z.number(), max: z.number() })
    .nullable()
    .describe("of a request, as k6 measured it; null where none was sent"),
});
/** What k6 counted over a whole run. */
export type LoadCounts = z.infer<typeof loadCounts>;

export const loadResult = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ran"), exitCode: z.int(), counts: loadCounts }),
  z.object({ kind: z.literal("broke"), exitCode: z.int().nullable(), reason: z.string() }),
]);
/** What became of a load: run to its end, failed requests included, or not, and then nothing follows from what did not happen. */
export type LoadResult = z.infer<typeof loadResult>;

/** Of requests, in milliseconds. */
export type Latency = NonNullable<LoadCounts["latencyMs"]>;
