import { type Assertion, failed, inconclusive, passed } from "../../../model/assertion.ts";
import { causeOf } from "../../../model/cause.ts";
import type { OrdersClaim } from "../scenarios/claims.ts";
import type { ClaimEvidence } from "./evidence.ts";

/** While what commits need was broken none came for a while, or the fault had no effect; they came again soon after it was restored. */
export function processingHeld(
  { heldSeconds, withinSeconds }: Extract<OrdersClaim, { id: "processing-held" }>,
  { commitTimes, done, run }: Pick<ClaimEvidence, "commitTimes" | "done" | "run">,
): Assertion {
  const claim = { id: "processing-held", subject: "orders", expected: { heldSeconds, withinSeconds } } as const;
  if (commitTimes.kind !== "value") {
    const error = commitTimes.kind === "gap" ? commitTimes.error : "they were not read";
    return inconclusive(claim, null, causeOf("commits-unreadable", "orders", { error }));
  }
  const injected = done.injected.filter(({ atMs }) => atMs >= run.loadStartMs);
  const [faultMs, restoredMs] = [injected[0]?.atMs, injected.at(-1)?.atMs];
  if (faultMs === undefined || restoredMs === undefined) {
    return inconclusive(claim, null, causeOf("fault-not-seen", "orders", { rejected: 0 }));
  }
  const commits = [...commitTimes.value.values()].map(({ processedMs }) => processedMs).sort((a, b) => a - b);
  const resumedMs = commits.find((atMs) => atMs > restoredMs);
  const moments = [
    faultMs,
    ...commits.filter((atMs) => atMs > faultMs && atMs <= restoredMs),
    resumedMs ?? Math.max(run.endMs, restoredMs),
  ];
  const pauses = moments.slice(1).map((atMs, index) => atMs - (moments[index] ?? atMs));
  const measured = {
    heldSeconds: Math.max(...pauses) / 1000,
    resumedAfterSeconds: resumedMs === undefined ? null : (resumedMs - restoredMs) / 1000,
  };
  if (measured.resumedAfterSeconds === null || measured.resumedAfterSeconds > withinSeconds) {
    return failed(claim, measured, causeOf("processing-resumed-late", "orders", {}));
  }
  return measured.heldSeconds >= heldSeconds
    ? passed(claim, measured)
    : inconclusive(claim, measured, causeOf("fault-not-seen", "orders", { rejected: 0 }));
}
