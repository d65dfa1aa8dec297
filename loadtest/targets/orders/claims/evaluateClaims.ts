import type { Assertion } from "../../../model/assertion.ts";
import type { OrdersClaim } from "../scenarios/claims.ts";
import type { ClaimEvidence } from "./evidence.ts";
import { commitsCounted } from "./commitsCounted.ts";
import { notRestarted } from "./notRestarted.ts";
import { redeliveredWithinLockTime } from "./redelivered.ts";

/** What a scenario declares that must hold, held against what was measured. */
export function evaluateClaims(claims: readonly OrdersClaim[], evidence: ClaimEvidence): Assertion[] {
  return claims.map((claim) => {
    switch (claim.id) {
      case "commits-counted":
        return commitsCounted(claim, evidence);
      case "redelivered-within-lock-time":
        return redeliveredWithinLockTime(claim, evidence);
      case "not-restarted":
        return notRestarted(claim, evidence);
    }
  });
}
