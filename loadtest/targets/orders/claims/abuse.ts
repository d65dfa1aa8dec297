import { type AbuseKind, abuseKinds, REFUSALS } from "../../../model/abuse.ts";
import { type Assertion, failed, inconclusive, passed } from "../../../model/assertion.ts";
import { causeOf } from "../../../model/cause.ts";
import type { OrdersClaim } from "../scenarios/claims.ts";
import type { ClaimEvidence } from "./evidence.ts";

/** A few of the connections come too late on a machine that is short of CPU. */
const LEAST_SHARE_HELD = 0.99;

/** Every abusive request was refused by a status for its kind, while so many connections were held. */
export function abuseRefused(
  { connections }: Extract<OrdersClaim, { id: "abuse-refused" }>,
  { abuse }: Pick<ClaimEvidence, "abuse">,
): Assertion {
  const claim = { id: "abuse-refused", subject: "load-balancer", expected: { connections } } as const;
  if (abuse.kind !== "value") {
    const error = abuse.kind === "gap" ? abuse.error : "there was none";
    return inconclusive(claim, null, causeOf("abuse-answers-unreadable", "load-balancer", { error }));
  }
  const { kinds, mostHeld } = abuse.value;
  const isRefusal = (kind: AbuseKind, status: string): boolean => REFUSALS[kind].includes(Number(status));
  const refused = Object.fromEntries(
    abuseKinds.map((kind) => [
      kind,
      Object.fromEntries(Object.entries(kinds[kind].byStatus).filter(([status]) => isRefusal(kind, status))),
    ]),
  );
  const otherwise = abuseKinds.reduce((sum, kind) => {
    const others = Object.entries(kinds[kind].byStatus).filter(([status]) => !isRefusal(kind, status));
    return sum + kinds[kind].unanswered + others.reduce((all, [, times]) => all + times, 0);
  }, 0);
  const measured = { refused, otherwise, mostHeld };
  if (otherwise > 0) return failed(claim, measured, causeOf("abuse-answered-otherwise", "load-balancer", {}));
  const sentAll = Object.values(refused).every((byStatus) => Object.keys(byStatus).length > 0);
  return sentAll && mostHeld >= LEAST_SHARE_HELD * connections
    ? passed(claim, measured)
    : inconclusive(claim, measured, causeOf("abuse-not-delivered", "load-balancer", {}));
}
