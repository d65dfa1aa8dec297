import type { Seen } from "../../../engine/proofTarget.ts";
import type { AbuseAnswers } from "../../../model/abuse.ts";
import type { Counters } from "../../../model/counters.ts";
import type { Ledger } from "../../../model/ledger.ts";
import type { Latency } from "../../../model/load.ts";
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
  /** What abusive requests were answered. */
  abuse: Reading<AbuseAnswers>;
  /** Latencies of the load by its thirds; null where there are none. */
  thirds: readonly Latency[] | null;
  /** Of any pod of the workload whose memory is claimed; null where the cluster has no Prometheus, or none is. */
  mostMemoryMiB: Reading<number> | null;
  /** Null where the cluster has no Prometheus. */
  counters: Reading<Counters> | null;
}
