import { type Assertion, failed, inconclusive, passed } from "../../../model/assertion.ts";
import { causeOf } from "../../../model/cause.ts";
import type { OrdersClaim } from "../scenarios/claims.ts";
import type { ClaimEvidence } from "./evidence.ts";

const SHOWN_IDS = 20;

/** Every poison message is dead-lettered, with this reason, and was delivered once: no try was wasted on it. */
export function poisonDeadLettered(
  { reason }: Extract<OrdersClaim, { id: "poison-dead-lettered" }>,
  { answers: { poison }, deadLetters }: Pick<ClaimEvidence, "answers" | "deadLetters">,
): Assertion {
  const claim = {
    id: "poison-dead-lettered",
    subject: "orders",
    expected: { messages: poison.length, reason },
  } as const;
  if (deadLetters.kind !== "value") {
    const error = deadLetters.kind === "gap" ? deadLetters.error : "they were not read";
    return inconclusive(claim, null, causeOf("dead-letters-unreadable", "orders", { error }));
  }
  const found = [...deadLetters.value.values()];
  const atOnce = poison.filter((id) => {
    const letter = deadLetters.value.get(id);
    return letter?.reason === reason && letter.failedDeliveries === 0;
  });
  const measured = {
    deadLettered: found.length,
    withReason: found.filter((letter) => letter.reason === reason).length,
    mostDeliveries: 1 + Math.max(-1, ...found.map(({ failedDeliveries }) => failedDeliveries)),
  };
  if (poison.length === 0) return inconclusive(claim, measured, causeOf("no-poison-sent", "orders", {}));
  if (atOnce.length === poison.length) return passed(claim, measured);
  const known = new Set(atOnce);
  const examples = poison.filter((id) => !known.has(id)).slice(0, SHOWN_IDS);
  return failed(claim, measured, causeOf("poison-not-dead-lettered-at-once", "orders", { examples }));
}
