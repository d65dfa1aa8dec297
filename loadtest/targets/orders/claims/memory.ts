import { type Assertion, failed, inconclusive, passed } from "../../../model/assertion.ts";
import { causeOf } from "../../../model/cause.ts";
import type { OrdersClaim } from "../scenarios/claims.ts";
import type { ClaimEvidence } from "./evidence.ts";

/** No pod of the workload took more memory at any scrape. */
export function memoryBounded(
  { workload, atMostMiB }: Extract<OrdersClaim, { id: "memory-bounded" }>,
  { mostMemoryMiB }: Pick<ClaimEvidence, "mostMemoryMiB">,
): Assertion {
  const claim = { id: "memory-bounded", subject: workload, expected: { atMostMiB } } as const;
  if (mostMemoryMiB?.kind !== "value") {
    const error = mostMemoryMiB?.kind === "gap" ? mostMemoryMiB.error : "there is no Prometheus";
    return inconclusive(claim, null, causeOf("memory-unreadable", workload, { error }));
  }
  const measured = { mostMiB: Math.round(mostMemoryMiB.value) };
  return mostMemoryMiB.value <= atMostMiB
    ? passed(claim, measured)
    : failed(claim, measured, causeOf("memory-exceeded", workload, {}));
}
