import { terminatedGracefully } from "../../../assertions/termination.ts";
import type { Assertion } from "../../../model/assertion.ts";
import { ABSENT } from "../../../model/reading.ts";
import { noLockLost } from "../assertions/redeliveries.ts";
import type { OrdersClaim } from "../scenarios/claims.ts";
import { abuseRefused } from "./abuse.ts";
import { ageLessThanDoubled } from "./age.ts";
import { acceptingAgain, answeredInTime, failedInFlightOnly, noInvalidOrderAccepted } from "./answers.ts";
import { commitsCounted, duplicatesAbsorbed } from "./commitsCounted.ts";
import type { ClaimEvidence } from "./evidence.ts";
import { evictedWithinBudget } from "./evicted.ts";
import { latencyLessThanDoubled } from "./latency.ts";
import { memoryBounded } from "./memory.ts";
import { notRestarted } from "./notRestarted.ts";
import { processingHeld } from "./processingHeld.ts";
import { poisonDeadLettered } from "./poison.ts";
import { redeliveredWithinLockTime } from "./redelivered.ts";
import { replicasKept } from "./replicasKept.ts";
import { throughputFalls } from "./throughput.ts";
import { unseenCalledGap } from "./unseen.ts";

/** What a scenario declares that must hold, held against what was measured. */
export function evaluateClaims(claims: readonly OrdersClaim[], evidence: ClaimEvidence): Assertion[] {
  return claims.map((claim) => {
    switch (claim.id) {
      case "commits-counted":
        return commitsCounted(claim, evidence);
      case "duplicates-absorbed":
        return duplicatesAbsorbed(claim, evidence);
      case "redelivered-within-lock-time":
        return redeliveredWithinLockTime(claim, evidence);
      case "not-restarted":
        return notRestarted(claim, evidence);
      case "terminated-gracefully":
        return terminatedGracefully(claim.workload, evidence);
      case "no-lock-lost":
        return noLockLost(evidence.counters ?? ABSENT, { killed: evidence.done.killed.length > 0 });
      case "poison-dead-lettered":
        return poisonDeadLettered(claim, evidence);
      case "age-less-than-doubled":
        return ageLessThanDoubled(claim, evidence);
      case "answered-in-time":
        return answeredInTime(claim, evidence);
      case "accepting-again":
        return acceptingAgain(claim, evidence);
      case "replicas-kept":
        return replicasKept(claim, evidence);
      case "processing-held":
        return processingHeld(claim, evidence);
      case "evicted-within-budget":
        return evictedWithinBudget(claim, evidence);
      case "throughput-falls":
        return throughputFalls(evidence);
      case "unseen-called-gap":
        return unseenCalledGap(claim, evidence);
      case "abuse-refused":
        return abuseRefused(claim, evidence);
      case "latency-less-than-doubled":
        return latencyLessThanDoubled(evidence);
      case "memory-bounded":
        return memoryBounded(claim, evidence);
      case "failed-in-flight-only":
        return failedInFlightOnly(claim, evidence);
      case "no-invalid-order-accepted":
        return noInvalidOrderAccepted(evidence);
    }
  });
}
