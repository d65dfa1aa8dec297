import { type Assertion, failed, inconclusive, passed } from "../../../model/assertion.ts";
import { type Cause, causeOf } from "../../../model/cause.ts";
import { replicasOf } from "../../../model/observed.ts";
import { valueOf } from "../../../model/reading.ts";
import type { OrdersClaim } from "../scenarios/claims.ts";
import type { ClaimEvidence } from "./evidence.ts";

/** The pods of a workload were evicted as its PodDisruptionBudget allows it: one after the other, and each ended by itself. */
export function evictedWithinBudget(
  { workload, available }: Extract<OrdersClaim, { id: "evicted-within-budget" }>,
  { run, pods, done }: Pick<ClaimEvidence, "run" | "pods" | "done">,
): Assertion {
  const claim = { id: "evicted-within-budget", subject: workload, expected: { available } } as const;
  const own = new Map(pods.filter((pod) => pod.workload === workload).map((pod) => [pod.name, pod]));
  const attempts = done.evictions.filter(({ pod }) => own.has(pod));
  const evicted = new Set(attempts.filter(({ refusedBecause }) => refusedBecause === null).map(({ pod }) => pod));
  const refused = attempts.filter(({ refusedBecause }) => refusedBecause !== null);
  const sinceMs = attempts[0]?.atMs ?? Infinity;
  const ready = run.samples
    .filter(({ atMs }) => atMs >= sinceMs)
    .flatMap((sample) => valueOf(replicasOf(sample, workload))?.ready ?? []);
  const measured = {
    evicted: evicted.size,
    refused: refused.length,
    fewestReady: ready.length === 0 ? null : Math.min(...ready),
  };
  const stayed = refused.filter(({ pod }) => !evicted.has(pod));
  const causes: Cause[] = [
    ...new Map(
      stayed.map(({ pod, refusedBecause }) => [pod, causeOf("eviction-refused", pod, { error: refusedBecause ?? "" })]),
    ).values(),
    ...(measured.fewestReady !== null && measured.fewestReady < available
      ? [causeOf("fewer-than-budget", workload, { fewest: measured.fewestReady })]
      : []),
    ...[...evicted].flatMap((pod) => {
      const exitCode = own.get(pod)?.exitCode ?? null;
      return exitCode === null || exitCode === 0 ? [] : [causeOf("evicted-pod-failed", pod, { exitCode })];
    }),
  ];
  if (causes.length > 0) return failed(claim, measured, ...causes);
  if (refused.length === 0) return inconclusive(claim, measured, causeOf("no-eviction-refused", workload, {}));
  return passed(claim, measured);
}
