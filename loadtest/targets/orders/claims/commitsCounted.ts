import { ledgerUnread } from "../../../assertions/ledger.ts";
import { type Assertion, failed, inconclusive, passed } from "../../../model/assertion.ts";
import { causeOf } from "../../../model/cause.ts";
import type { OrdersClaim } from "../scenarios/claims.ts";
import type { ClaimEvidence } from "./evidence.ts";

/** Exactly so many orders are committed, whether their acceptance was seen or not. */
export function commitsCounted(
  { commits }: Extract<OrdersClaim, { id: "commits-counted" }>,
  { ledger }: Pick<ClaimEvidence, "ledger">,
): Assertion {
  const claim = { id: "commits-counted", subject: "orders", expected: { commits } } as const;
  if (ledger?.kind !== "value") return inconclusive(claim, null, ledgerUnread(ledger));
  const { processedOnce, processedAgain, unconfirmed } = ledger.value;
  const measured = { commits: processedOnce + processedAgain + unconfirmed.processed };
  return measured.commits === commits
    ? passed(claim, measured)
    : failed(claim, measured, causeOf("commits-differ", "orders", {}));
}

/** So many messages of orders that were committed before came to the commit and changed nothing. */
export function duplicatesAbsorbed(
  { atLeast }: Extract<OrdersClaim, { id: "duplicates-absorbed" }>,
  { ledger }: Pick<ClaimEvidence, "ledger">,
): Assertion {
  const claim = { id: "duplicates-absorbed", subject: "orders", expected: { atLeast } } as const;
  if (ledger?.kind !== "value") return inconclusive(claim, null, ledgerUnread(ledger));
  const measured = { duplicates: ledger.value.duplicatesAbsorbed };
  return measured.duplicates >= atLeast
    ? passed(claim, measured)
    : failed(claim, measured, causeOf("duplicates-not-counted", "orders", {}));
}
