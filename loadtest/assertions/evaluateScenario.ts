import type { Assertion } from "../model/assertion.ts";
import { type AutoscalingConfig, scalingOf } from "../model/autoscaling.ts";
import type { Elasticity } from "../model/elasticity.ts";
import type { Ledger } from "../model/ledger.ts";
import type { PodLife } from "../model/pods.ts";
import type { Reading } from "../model/reading.ts";
import type { QueueExpectation, ScalingExpectation, Scenario } from "../model/scenario.ts";
import type { Traffic } from "../model/traffic.ts";
import type { Workload, WorkloadDeclaration } from "../model/workload.ts";
import { elasticityWithin } from "./elasticity.ts";
import { detectExternalChanges, downgradeToInconclusive } from "./externalChanges.ts";
import { faultsInjected, type InjectedFaults } from "./faults.ts";
import type { Inspected } from "./inspected.ts";
import { ordersAccountedFor } from "./ledger.ts";
import { failedRequestsWithin, latencyWithin, loadDelivered } from "./load.ts";
import { drainedMs, expectedFromMs, returnMoment, returnsSinceMs } from "./moments.ts";
import { doesNotScale } from "./noScaling.ts";
import { doesNotOscillate, isSteady } from "./oscillation.ts";
import { scaledOnOwnMetric } from "./ownMetric.ts";
import { deadlineMs, type Deadlines, drainDeadlineMs, idleReplicasOf, returnSeconds } from "./progress.ts";
import { messagesWait, queueStaysEmpty } from "./queue.ts";
import { scalesIn, scalesOut, startsIdle } from "./replicas.ts";
import { replicasByKeda } from "./replicasByKeda.ts";
import type { Run } from "./run.ts";
import { noTraffic } from "./traffic.ts";

/** All that was measured of one scenario. */
export interface Evidence {
  run: Run;
  pods: readonly PodLife[];
  live: AutoscalingConfig;
  /** Of all workloads of the target. */
  workloads: readonly WorkloadDeclaration[];
  /** What became of all that was accepted: absent where that was not counted, null where nothing is claimed of it. */
  ledger: Reading<Ledger> | null;
  /** By workload that must not scale. Of what is not in it nothing is claimed. */
  traffic: Readonly<Record<Workload, Reading<Traffic>>>;
  /** Of the workloads whose demand is known. */
  elasticity: readonly Elasticity[];
  done: InjectedFaults;
  /** The target's own, with the workloads whose external changes make their failures inconclusive. */
  targetAssertions: readonly { about: readonly Workload[]; assertion: Assertion }[];
}

/** What a declared scenario claims, held against what was measured. */
export function evaluateScenario(scenario: Scenario, evidence: Evidence, deadlines: Deadlines): Assertion[] {
  const { run, live, pods, ledger, done } = evidence;
  const { objectives, queue, load, reaches } = scenario;
  const ownFields = scenario.faultInjections.flatMap(({ action }) => (action.kind === "set" ? [action.field] : []));
  const changes = detectExternalChanges(run.samples, pods, Object.keys(live.workloads), ownFields);
  const of = (workloads: readonly Workload[], ...assertions: Assertion[]): Assertion[] =>
    assertions.map((assertion) =>
      downgradeToInconclusive(
        assertion,
        workloads.flatMap((workload) => changes[workload] ?? []),
      ),
    );
  const known = { ...run, restoredMs: done.restoredMs, lastInjectionMs: done.lastInjectionMs };
  const inspect = (workload: Workload): Inspected => {
    const declared = evidence.workloads.find(({ name }) => name === workload);
    const own = pods.filter((pod) => pod.workload === workload);
    return { workload, container: declared?.container ?? null, queue, pods: own };
  };
  const { failedShare, latencyP95Ms } = objectives;

  const assertions: Assertion[] = [
    loadDelivered(run, load.delivered),
    ...(failedShare === null ? [] : of(reaches, failedRequestsWithin(run, failedShare))),
    ...(latencyP95Ms === null ? [] : of(reaches, latencyWithin(run, latencyP95Ms))),
    ...faultsInjected(scenario, done, run),
  ];
  for (const expectation of scenario.mustScale) {
    assertions.push(...of([expectation.workload], ...scaling(expectation)));
  }
  if (queue !== null && queue.belowThreshold !== null) assertions.push(...belowThreshold(queue, queue.belowThreshold));
  for (const workload of scenario.mustNotScale) {
    const traffic = evidence.traffic[workload];
    assertions.push(...of([workload], doesNotScale(run, inspect(workload), idleReplicasOf(live, workload))));
    if (traffic !== undefined) assertions.push(...of([workload], noTraffic(workload, traffic)));
  }
  if (queue?.expected === "stays empty") assertions.push(queueStaysEmpty(run, queue.name));
  if (ledger !== null) {
    assertions.push(...ordersAccountedFor({ ledger, queue, waited: demandAwaited(), cutShort: run.cutShort }));
  }
  for (const { about, assertion } of evidence.targetAssertions) assertions.push(...of(about, assertion));
  return assertions;

  function scaling(expectation: ScalingExpectation): Assertion[] {
    const { workload, metric, atLeast, within, firstWithinSeconds, scaleIn } = expectation;
    const scaled = scalingOf(live, workload);
    const { idleReplicas } = scaled;
    const fromMs = expectedFromMs(known, expectation);
    const { after } = within;
    const drains = queue?.expected === "drains" && queue.workload === workload ? queue : null;
    const claimed = {
      inspected: inspect(workload),
      followsCpu: metric.kind === "resource" && metric.name === "cpu",
      delivered: load.delivered,
      decidedMs: drains === null ? null : drainedMs(known, drains.name),
      fromMs: after === "load-end" ? run.loadStartMs : fromMs,
    };
    const claims = [startsIdle(run, workload, idleReplicas)];
    // Its objective is KEDA's to meet: it polls, and wakes the workload.
    if (firstWithinSeconds !== undefined && scaled.scaler === "keda") {
      const withinSeconds = Math.min(firstWithinSeconds, deadlines.scaleOutSeconds);
      const expected = { ready: idleReplicas + 1, withinSeconds, after };
      const firstDeadlineMs = (fromMs ?? run.endMs) + withinSeconds * 1000;
      claims.push(scalesOut(run, { ...claimed, id: "first-replica-ready", expected, deadlineMs: firstDeadlineMs }));
    }
    const expected = { ready: atLeast, withinSeconds: Math.min(within.seconds, deadlines.scaleOutSeconds), after };
    const deadline = deadlineMs(known, expectation, deadlines) ?? run.endMs;
    claims.push(scalesOut(run, { ...claimed, id: "scales-out", expected, deadlineMs: deadline }));
    // What comes by KEDA's own decision the HPA knows nothing of.
    if (atLeast > replicasByKeda(scaled)) claims.push(scaledOnOwnMetric(run, expectation, load.delivered));
    if (scaleIn.asserted) {
      const withinSeconds = returnSeconds(expectation, live, deadlines);
      const since = returnMoment(scenario, live, workload);
      const sinceMs = returnsSinceMs(known, scenario, live, expectation);
      const back = { replicas: idleReplicas, withinSeconds, after: since };
      claims.push(scalesIn(run, { inspected: claimed.inspected, expected: back, sinceMs }));
    }
    const { directionChanges } = objectives;
    if (directionChanges !== null && isSteady(run)) {
      claims.push(doesNotOscillate(run, claimed.inspected, directionChanges, load.delivered));
    }
    return [...claims, ...elasticityWithin(run, workload, objectives.elasticity, evidence.elasticity)];
  }

  function belowThreshold({ name, workload }: QueueExpectation, messages: number): Assertion[] {
    const idleReplicas = idleReplicasOf(live, workload);
    return of(
      [workload],
      doesNotScale(run, inspect(workload), idleReplicas, done.restoredMs),
      messagesWait(run, name, messages, done.restoredMs),
    );
  }

  /** Whether all that was accepted had its time: until the demand was gone, or until that is given up. */
  function demandAwaited(): boolean {
    if (run.loadEndMs === null) return false;
    if (run.endMs >= drainDeadlineMs(known, deadlines)) return true;
    if (queue?.expected === "drains") return drainedMs(known, queue.name) !== null;
    return (
      run.cutShort === null &&
      scenario.mustScale.every((expectation) => returnsSinceMs(known, scenario, live, expectation) !== null)
    );
  }
}
