import * as z from "zod";
import { count } from "./count.ts";

/** How clients abuse an HTTP server. */
export const abuseKinds = ["malformed", "huge", "slow", "held"] as const;
export type AbuseKind = (typeof abuseKinds)[number];

/** By which statuses each is to be refused. `held` is a connection that is kept after one request for something that is not there. */
export const REFUSALS: Readonly<Record<AbuseKind, readonly number[]>> = {
  malformed: [400, 404, 405, 415],
  huge: [413, 431],
  slow: [408],
  held: [404],
};

/** Beyond which nobody needs to go, whatever is asked for. */
export const MOST_ABUSE = { connections: 10_000, seconds: 120 };

const answers = z.object({
  byStatus: z.record(z.string(), count),
  unanswered: count.describe("connections that ended without an answer, or got none in time"),
});

/** What abusive requests were answered. */
export const abuseAnswers = z.object({
  kinds: z.record(z.enum(abuseKinds), answers),
  mostHeld: count.describe("connections that were open at once after their one request"),
});
export type AbuseAnswers = z.infer<typeof abuseAnswers>;
