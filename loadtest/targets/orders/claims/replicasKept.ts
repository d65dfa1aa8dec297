import { type Assertion, failed, inconclusive, passed } from "../../../model/assertion.ts";
import { causeOf } from "../../../model/cause.ts";
import { replicasOf } from "../../../model/observed.ts";
import { valueOf } from "../../../model/reading.ts";
import type { OrdersClaim } from "../scenarios/claims.ts";
import type { ClaimEvidence } from "./evidence.ts";

/** What scales a workload could not see its metric, and left the replicas that there were. */
export function replicasKept(
  { workload, seconds }: Extract<OrdersClaim, { id: "replicas-kept" }>,
  { run, done }: Pick<ClaimEvidence, "run" | "done">,
): Assertion {
  const claim = { id: "replicas-kept", subject: workload, expected: { seconds } } as const;
  const faultMs = done.injected.find(({ fault }) => fault.id !== "changes-reverted")?.atMs;
  if (faultMs === undefined) return inconclusive(claim, null, causeOf("fault-not-seen", workload, { rejected: 0 }));
  const read = run.samples.flatMap((sample) => {
    const state = valueOf(replicasOf(sample, workload));
    return state === undefined ? [] : [{ atMs: sample.atMs, desired: state.desired }];
  });
  // Where nothing could be read for all of that time, the next reading tells.
  const endMs = faultMs + seconds * 1000;
  const lastMs = read.find(({ atMs }) => atMs >= endMs)?.atMs ?? endMs;
  const desired = read.filter(({ atMs }) => atMs <= lastMs);
  const atFault = desired.findLast(({ atMs }) => atMs <= faultMs)?.desired;
  const after = desired.filter(({ atMs }) => atMs > faultMs).map((one) => one.desired);
  if (atFault === undefined || after.length === 0) {
    return inconclusive(claim, null, causeOf("no-samples", workload, { seconds, error: null }));
  }
  const measured = { atFault, fewest: Math.min(...after), readings: after.length };
  return measured.fewest >= atFault
    ? passed(claim, measured)
    : failed(claim, measured, causeOf("replicas-fell", workload, {}));
}
