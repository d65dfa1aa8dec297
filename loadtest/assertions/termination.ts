import { type Assertion, failed, inconclusive, passed } from "../model/assertion.ts";
import { causeOf } from "../model/cause.ts";
import type { PodLife } from "../model/pods.ts";
import type { Workload } from "../model/workload.ts";
import type { InjectedFaults } from "./faults.ts";
import { interruption, type Run } from "./run.ts";

interface Evidence {
  run: Run;
  pods: readonly PodLife[];
  done: InjectedFaults;
}

/**
 * Pods that are scaled in finish what they have in flight and end with exit code 0; only a killed one may leave it. One that no node had taken when
 * it was last seen has nothing to finish.
 */
export function terminatedGracefully(workload: Workload, { run, pods, done }: Evidence): Assertion {
  const claim = { id: "terminated-gracefully", subject: workload, expected: {} } as const;
  const killed = new Set(done.killed.map(({ pod }) => pod));
  const scaledIn = pods.filter(
    (pod) => pod.workload === workload && pod.goneMs !== null && !killed.has(pod.name) && !isUnscheduled(pod),
  );
  const gracefully = scaledIn.filter(({ exitCode }) => exitCode === 0).length;
  const measured = { gracefully, scaledIn: scaledIn.length };
  const abnormal = scaledIn.flatMap(({ name, endedBecause, removedExternally }) =>
    endedBecause === null || removedExternally ? [] : [causeOf("pod-terminated-abnormally", name, { endedBecause })],
  );
  if (abnormal.length > 0) {
    return failed(claim, measured, ...abnormal, causeOf("worker-does-not-drain", workload, {}));
  }
  if (scaledIn.length === 0) {
    return inconclusive(claim, measured, interruption(run) ?? causeOf("no-scale-in-seen", workload, {}));
  }
  const unseen = scaledIn.filter(({ exitCode }) => exitCode === null);
  if (unseen.length === 0) return passed(claim, measured);
  return inconclusive(claim, measured, ...unseen.map(({ name }) => causeOf("termination-not-seen", name, {})));
}

function isUnscheduled({ startedMs, trouble }: PodLife): boolean {
  return startedMs === null && trouble?.kind === "unschedulable";
}
