import * as z from "zod";
import { count } from "./count.ts";

export const counters = z
  .object({
    apiRequests: z.number().describe("requests that the API answered under /api, of every status"),
    ordersProcessed: z.number().describe("deliveries that the worker took to an end"),
    locksLost: z.number(),
    orderAgeSeconds: z.object({ p50: z.number(), p95: z.number(), max: z.number() }).nullable(),
    scrapes: z.object({ api: count, worker: count }).describe("samples that these come from"),
    lostScrapes: z
      .object({ api: count, worker: count })
      .describe(
        "processes that ended before the end, and not drained in their last scrape; what each counted after that is missing",
      ),
    uncountedOrdersUpperBound: z
      .number()
      .describe(
        "orders that may be missing with them: the fastest pace that any worker was seen at, for the time from each one's last scrape to its end",
      ),
  })
  .describe("what the services counted themselves between the load's start and the end, read from Prometheus");
export type Counters = z.infer<typeof counters>;
