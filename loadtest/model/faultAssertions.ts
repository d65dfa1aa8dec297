import * as z from "zod";
import { count } from "./count.ts";

const none = z.object({});
const seconds = z.number();

/** What scenarios claim that break something; beside those of model/assertion.ts. */
export const faultAssertionShapes = {
  "commits-counted": { expected: z.object({ commits: count }), measured: z.object({ commits: count }) },
  "redelivered-within-lock-time": {
    expected: z.object({
      lockSeconds: seconds.nullable().describe("of the live queue; null where it could not be read"),
      marginSeconds: seconds,
      kills: count,
    }),
    measured: z.object({
      redelivered: count.describe("orders that were committed long after those that came with them"),
      slowestSeconds: seconds.nullable().describe("from the kill to the commit; null where none was redelivered"),
    }),
  },
  "not-restarted": {
    expected: none,
    measured: z.object({ restarts: count.describe("of pods that the proof did not kill"), pods: count }),
  },
} as const;

/** Why they do not hold; beside those of model/cause.ts. */
export const faultCauseParams = {
  "commits-unreadable": z.object({ error: z.string() }),
  "commits-differ": none,
  "no-redelivery-seen": none,
  "redelivered-late": z.object({ seconds, examples: z.array(z.string()) }),
  "lock-time-unreadable": z.object({ error: z.string() }),
  "container-restarted": z.object({ restarts: count, endedBecause: z.string().nullable() }),
} as const;
