import type { Seen } from "../../../engine/proofTarget.ts";
import type { Ledger } from "../../../model/ledger.ts";
import type { Reading } from "../../../model/reading.ts";
import type { CommitTimes } from "../ledger/commitTimes.ts";

/** What was measured of a scenario that its claims are about. */
export interface ClaimEvidence extends Pick<Seen, "run" | "pods" | "done"> {
  ledger: Reading<Ledger> | null;
  /** By confirmation id, of the accepted orders that are committed. */
  commitTimes: Reading<ReadonlyMap<string, CommitTimes>>;
  /** How long a message is locked for its receiver, as the live queue says. */
  lockSeconds: Reading<number>;
}
