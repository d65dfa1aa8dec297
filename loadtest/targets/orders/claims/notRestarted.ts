import { type Assertion, failed, passed } from "../../../model/assertion.ts";
import { causeOf } from "../../../model/cause.ts";
import type { OrdersClaim } from "../scenarios/claims.ts";
import type { ClaimEvidence } from "./evidence.ts";

/** No container was restarted in a pod that the proof did not kill: neither by a liveness probe nor since it crashed. */
export function notRestarted(
  { workload }: Extract<OrdersClaim, { id: "not-restarted" }>,
  { pods, done }: Pick<ClaimEvidence, "pods" | "done">,
): Assertion {
  const killed = new Set(done.killed.map(({ pod }) => pod));
  const own = pods.filter((pod) => pod.workload === workload && !killed.has(pod.name));
  const restarted = own.filter(({ restarts }) => restarts > 0);
  const claim = { id: "not-restarted", subject: workload, expected: {} } as const;
  const measured = { restarts: restarted.reduce((sum, { restarts }) => sum + restarts, 0), pods: own.length };
  if (restarted.length === 0) return passed(claim, measured);
  const causes = restarted.map(({ name, restarts, endedBecause }) =>
    causeOf("container-restarted", name, { restarts, endedBecause }),
  );
  return failed(claim, measured, ...causes);
}
