import { type Assertion, failed, inconclusive, passed } from "../../../model/assertion.ts";
import { causeOf } from "../../../model/cause.ts";
import type { OrdersClaim } from "../scenarios/claims.ts";
import type { ClaimEvidence } from "./evidence.ts";

/** Of orders that were accepted between two moments; fewer say nothing of a 95th percentile. */
const FEWEST = 100;

/** The fault makes the others wait less than twice as long: the same load, before it and from it on, by the times in the commits themselves. */
export function ageLessThanDoubled(
  { sinceSeconds, fromSeconds }: Extract<OrdersClaim, { id: "age-less-than-doubled" }>,
  { commitTimes, run }: Pick<ClaimEvidence, "commitTimes" | "run">,
): Assertion {
  const claim = { id: "age-less-than-doubled", subject: "orders", expected: { factor: 2 } } as const;
  if (commitTimes.kind !== "value") {
    const error = commitTimes.kind === "gap" ? commitTimes.error : "they were not read";
    return inconclusive(claim, null, causeOf("commits-unreadable", "orders", { error }));
  }
  const all = [...commitTimes.value.values()];
  const ages = (since: number, until: number): number[] =>
    all
      .filter(({ acceptedMs }) => acceptedMs >= run.loadStartMs + since * 1000)
      .filter(({ acceptedMs }) => acceptedMs < run.loadStartMs + until * 1000)
      .map(({ acceptedMs, processedMs }) => processedMs - acceptedMs);
  const before = ages(sinceSeconds, fromSeconds);
  const under = ages(fromSeconds, Infinity);
  const measured = {
    ...{ beforeOrders: before.length, beforeP95Ms: p95(before) },
    ...{ underFaultOrders: under.length, underFaultP95Ms: p95(under) },
  };
  if (measured.beforeP95Ms === null || measured.underFaultP95Ms === null) {
    return inconclusive(claim, measured, causeOf("too-few-orders", "orders", { atLeast: FEWEST }));
  }
  return measured.underFaultP95Ms < 2 * measured.beforeP95Ms
    ? passed(claim, measured)
    : failed(claim, measured, causeOf("age-doubled", "orders", {}));
}

function p95(values: readonly number[]): number | null {
  if (values.length < FEWEST) return null;
  return values.toSorted((a, b) => a - b)[Math.floor(0.95 * values.length)] ?? null;
}
