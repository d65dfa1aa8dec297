import type { Seen } from "../../../engine/proofTarget.ts";
import type { Counters } from "../../../model/counters.ts";
import type { Ledger } from "../../../model/ledger.ts";
import type { Reading } from "../../../model/reading.ts";
import type { Answers } from "../ledger/answers.ts";
import type { CommitTimes } from "../ledger/commitTimes.ts";
import type { DeadLetter } from "../ledger/queueContents.ts";

/** What was measured of a scenario that its claims are about. */
export interface ClaimEvidence extends Pick<Seen, "run" | "pods" | "done"> {
  ledger: Reading<Ledger> | null;
  /** By confirmation id, of the accepted orders that are committed. */
  commitTimes: Reading<ReadonlyMap<string, CommitTimes>>;
  /** How long a message is locked for its receiver, as the live queue says. */
  lockSeconds: Reading<number>;
  /** What the load logged of requests that went otherwise. */
  answers: Answers;
  /** By message id, of the poison that the load sent. */
  deadLetters: Reading<ReadonlyMap<string, DeadLetter>>;
  /** Null where the cluster has no Prometheus. */
  counters: Reading<Counters> | null;
}
