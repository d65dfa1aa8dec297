import { type Assertion, failed, inconclusive, passed } from "../../../model/assertion.ts";
import { causeOf } from "../../../model/cause.ts";
import { autoscalerOf, replicasOf, scaledObjectOf } from "../../../model/observed.ts";
import type { OrdersClaim } from "../scenarios/claims.ts";
import type { ClaimEvidence } from "./evidence.ts";

/** Nothing could be read of Kubernetes: what the report has of it for that time is a gap, and neither a value nor that something is not there. */
export function unseenCalledGap(
  { workload, seconds }: Extract<OrdersClaim, { id: "unseen-called-gap" }>,
  { run, done }: Pick<ClaimEvidence, "run" | "done">,
): Assertion {
  const claim = { id: "unseen-called-gap", subject: workload, expected: { seconds } } as const;
  const faultMs = done.injected.find(({ fault }) => fault.id === "node-fault")?.atMs;
  if (faultMs === undefined) return inconclusive(claim, null, causeOf("fault-not-seen", workload, { rejected: 0 }));
  const readings = run.samples
    .filter(({ atMs }) => atMs > faultMs && atMs <= faultMs + seconds * 1000)
    .flatMap((sample) =>
      [replicasOf, autoscalerOf, scaledObjectOf].map((of) => ({ atMs: sample.atMs, kind: of(sample, workload).kind })),
    );
  const otherwise = readings.filter(({ kind }) => kind !== "gap");
  const measured = { readings: readings.length, gaps: readings.length - otherwise.length };
  const [first] = otherwise;
  if (readings.length === 0) {
    return inconclusive(claim, measured, causeOf("no-samples", workload, { seconds, error: null }));
  }
  if (first === undefined) return passed(claim, measured);
  const atSeconds = (first.atMs - faultMs) / 1000;
  return failed(claim, measured, causeOf("unseen-called-otherwise", workload, { atSeconds }));
}
