import { type Assertion, failed, inconclusive, passed } from "../model/assertion.ts";
import { causeOf } from "../model/cause.ts";
import type { ReplicaState } from "../model/observed.ts";
import type { Reading } from "../model/reading.ts";
import { coverageGap, secondsOf } from "../model/sampleCoverage.ts";
import { whyMoved } from "./causes.ts";
import type { Inspected } from "./inspected.ts";
import { seenOf } from "./replicas.ts";
import { interruption, replicaReadings, type Run } from "./run.ts";

/** An HPA writes its own status a moment after it has changed the Deployment. */
const HPA_STATUS_DELAY_MS = 5000;

/**
 * The workload kept its idle replicas, from before the load until the end. One sample is enough to break this. A pod that is not ready for
 * a moment is told, and is no scaling: on a machine that is busy with the other workload a probe can be late.
 * @param restoredMs when the activation threshold was restored, which ends a claim about staying below it; null where that never came.
 */
export function doesNotScale(run: Run, inspected: Inspected, replicas: number, restoredMs?: number | null): Assertion {
  const { workload } = inspected;
  const id = restoredMs === undefined ? "does-not-scale" : "does-not-scale-below-activation";
  const claim = { id, subject: workload, expected: { replicas } } as const;
  if (restoredMs === null) {
    const cause = interruption(run) ?? causeOf("moment-not-reached", workload, { moment: "threshold-restored" });
    return inconclusive(claim, null, cause);
  }
  const toMs = restoredMs ?? run.endMs;
  const all = replicaReadings(run, workload).filter(({ atMs }) => atMs <= toMs);
  const seen = all.filter(({ reading }) => reading.kind !== "gap");
  const deviations = seen.filter(({ reading }) => !hasReplicas(reading, replicas));
  const [first] = deviations;
  const measured = {
    readings: seen.length,
    notAllReady: seen.filter(({ reading }) => reading.kind === "value" && reading.value.ready < replicas).length,
    deviations: deviations.length,
    first:
      first === undefined ? null : { seen: seenOf(first.reading), atSeconds: secondsOf(first.atMs - run.loadStartMs) },
  };
  if (first !== undefined) {
    const scaled = deviations.some(
      ({ reading }) =>
        reading.kind === "value" && (reading.value.desired !== replicas || reading.value.replicas > replicas),
    );
    const upTo = run.samples.filter((sample) => sample.atMs <= first.atMs + HPA_STATUS_DELAY_MS);
    const causes = scaled
      ? whyMoved(upTo, inspected, replicas)
      : [causeOf("replicas-lost-without-scaling", workload, {})];
    return failed(claim, measured, causeOf("replicas-changed", workload, { replicas }), ...causes);
  }
  const doubt = coverageGap(all, all[0]?.atMs ?? run.loadStartMs, toMs, workload) ?? interruption(run);
  return doubt === undefined ? passed(claim, measured) : inconclusive(claim, measured, doubt);
}

/** Whether as many are desired and exist, ready or not. */
function hasReplicas(reading: Reading<ReplicaState>, replicas: number): boolean {
  return reading.kind === "value" && reading.value.desired === replicas && reading.value.replicas === replicas;
}
