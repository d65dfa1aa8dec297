import * as z from "zod";
import { count } from "./count.ts";

const someIds = z.array(z.string());

export const ledger = z
  .object({
    accepted: count.describe("ids whose acceptance reached k6; the sum of the next five"),
    processedOnce: count.describe("committed in Redis, delivered once as far as is known"),
    processedAgain: count.describe("committed once, and delivered again after that: the repeats were absorbed"),
    waiting: count.describe("seen on the queue, waiting or locked"),
    deadLettered: z.object({
      total: count,
      byReason: z.record(z.string(), count),
    }),
    lost: count.describe("accepted, and in none of the other places"),
    deadLetteredAfterCommit: count.describe(
      "accepted or not, committed, and a later delivery of them was dead-lettered: counted as processed",
    ),
    unconfirmed: z
      .object({
        total: count.describe("sent, and the answer never reached k6 or was no acceptance"),
        processed: count,
        waiting: count,
        deadLettered: count,
        nowhere: count.describe("not found anywhere, which is right for an order that was never confirmed"),
      })
      .describe("not counted among accepted"),
    duplicatesAbsorbed: count.describe("deliveries beyond the first commit, of accepted and unconfirmed orders"),
    examples: z
      .object({ lost: someIds, waiting: someIds, deadLettered: someIds, processedAgain: someIds })
      .describe("up to 20 ids each"),
  })
  .describe("what became of every order of a run, by confirmation id");
export type Ledger = z.infer<typeof ledger>;
