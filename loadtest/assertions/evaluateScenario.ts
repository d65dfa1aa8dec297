import type { Assertion } from "../model/assertion.ts";
import type { AutoscalingConfig } from "../model/autoscaling.ts";
import type { Counters } from "../model/counters.ts";
import type { Ledger } from "../model/ledger.ts";
import type { Latency } from "../model/load.ts";
import type { PodLife } from "../model/pods.ts";
import type { Reading } from "../model/reading.ts";
import type { Load, Needs, ScalingExpectation, Scenario, Sizes } from "../model/scenario.ts";
import type { Workload } from "../model/workload.ts";
import { metricMatchesLedger, noTraffic, processingTimeWithin } from "./counters.ts";
import { noDrift } from "./drift.ts";
import { detectExternalChanges, downgradeToInconclusive } from "./externalChanges.ts";
import { faultsInjected, type InjectedFaults } from "./faults.ts";
import { ordersAccountedFor } from "./ledger.ts";
import { failedRequestsWithin, latencyWithin, loadDelivered } from "./load.ts";
import { doesNotScale } from "./noScaling.ts";
import { scaledOnOwnMetric } from "./ownMetric.ts";
import {
  deadlineMs,
  type Deadlines,
  drainDeadlineMs,
  drainedMs,
  idleReplicasOf,
  expectedFromMs,
  returnSeconds,
  returnsSinceMs,
} from "./progress.ts";
import { messagesWait, queueStaysEmpty } from "./queue.ts";
import { scalesIn, scalesOut, startsIdle } from "./replicas.ts";
import type { Run } from "./run.ts";
import { noLockLost, redeliveriesWithinBound, terminatedGracefully } from "./termination.ts";

/** All that was measured of one scenario. */
export interface Evidence {
  run: Run;
  pods: readonly PodLife[];
  live: AutoscalingConfig;
  ledger: Reading<Ledger> | null;
  /** Null where the cluster has no Prometheus: then nothing is claimed by it. */
  counters: Reading<Counters> | null;
  thirds: readonly Latency[] | null;
  /** Of a worker by thirds of the load, in MiB; null where the cluster has no Prometheus, or the scenario is not about it. */
  workerMemory: Reading<number[]> | null;
  /** Messages that one worker processes at once, as the live Deployment says. */
  workerConcurrency: Reading<number>;
  done: InjectedFaults;
  load: Load;
}

/** The workloads that a load's own requests reach: a broken one fails them. What goes straight to the bus reaches neither. */
const REQUESTS_REACH: Record<Needs, readonly Workload[]> = {
  bus: [],
  api: ["api"],
  "api and orders that exist": ["api"],
};

/** What a declared scenario claims, held against what was measured. */
export function evaluateScenario(
  scenario: Scenario,
  sizes: Sizes,
  evidence: Evidence,
  deadlines: Deadlines,
): Assertion[] {
  const { run, live, pods, ledger, counters, done, load } = evidence;
  const { objectives } = scenario;
  const ownChanges = scenario.faultInjections.flatMap(({ action }) => (action.kind === "set" ? [action.field] : []));
  const changes = detectExternalChanges(run.samples, pods, ownChanges);
  const of = (workloads: readonly Workload[], ...assertions: Assertion[]): Assertion[] =>
    assertions.map((assertion) =>
      downgradeToInconclusive(
        assertion,
        workloads.flatMap((workload) => changes[workload]),
      ),
    );
  const known = { ...run, restoredMs: done.restoredMs, lastInjectionMs: done.lastInjectionMs };
  const drained = scenario.queue === "drains" ? drainedMs(known) : null;
  const reached = REQUESTS_REACH[scenario.needs];

  const assertions: Assertion[] = [
    loadDelivered(run, load.iterations),
    ...of(reached, failedRequestsWithin(run, objectives.failedShare)),
    ...(objectives.latencyP95Ms === undefined ? [] : of(reached, latencyWithin(run, objectives.latencyP95Ms))),
    ...faultsInjected(scenario, done, run),
  ];
  for (const expectation of scenario.mustScale) {
    assertions.push(...of([expectation.workload], ...scaling(expectation)));
  }
  if (scenario.belowThreshold !== undefined) {
    assertions.push(
      ...of(
        ["worker"],
        doesNotScale(run, "worker", live.workerIdleReplicas, done.restoredMs),
        messagesWait(run, scenario.belowThreshold(sizes), done.restoredMs),
      ),
    );
  }
  for (const workload of scenario.mustNotScale) {
    assertions.push(...of([workload], doesNotScale(run, workload, idleReplicasOf(live, workload))));
    if (counters !== null) assertions.push(...of([workload], noTraffic(workload, counters)));
  }
  if (scenario.queue === "stays empty") assertions.push(queueStaysEmpty(run));
  if (scenario.steady) assertions.push(...noDrift(run, evidence.thirds, evidence.workerMemory));
  if (scenario.orders !== null) {
    const waited = drained !== null || (run.loadEndMs !== null && run.endMs >= drainDeadlineMs(known, deadlines));
    assertions.push(...ordersAccountedFor({ ledger, waited, cutShort: run.cutShort }));
    if (counters !== null) assertions.push(metricMatchesLedger(counters, ledger));
    if (counters !== null && objectives.orderAgeP95Seconds !== undefined) {
      assertions.push(processingTimeWithin(counters, objectives.orderAgeP95Seconds));
    }
  }
  if (scenario.faultInjections.some(({ action }) => action.kind === "kill")) {
    assertions.push(terminatedGracefully(evidence));
    if (counters !== null) assertions.push(noLockLost(counters));
    assertions.push(redeliveriesWithinBound(ledger, evidence.workerConcurrency, done.killed.length));
  }
  return assertions;

  function scaling(expectation: ScalingExpectation): Assertion[] {
    const { workload, atLeast, within, firstWithinSeconds, scaleIn } = expectation;
    const idleReplicas = idleReplicasOf(live, workload);
    const fromMs = expectedFromMs(known, expectation);
    const { after } = within;
    const claimed = {
      workload,
      declaredIterations: load.iterations,
      decidedMs: workload === "worker" ? drained : null,
      fromMs: after === "load-end" ? run.loadStartMs : fromMs,
    };
    const assertions = [startsIdle(run, workload, idleReplicas)];
    if (firstWithinSeconds !== undefined && live.workerScaler === "keda") {
      const withinSeconds = Math.min(firstWithinSeconds, deadlines.scaleOutSeconds);
      const expected = { ready: idleReplicas + 1, withinSeconds, after };
      const firstDeadlineMs = (fromMs ?? run.endMs) + withinSeconds * 1000;
      assertions.push(scalesOut(run, { ...claimed, id: "first-replica-ready", expected, deadlineMs: firstDeadlineMs }));
    }
    const expected = { ready: atLeast, withinSeconds: Math.min(within.seconds, deadlines.scaleOutSeconds), after };
    const deadline = deadlineMs(known, expectation, deadlines) ?? run.endMs;
    assertions.push(scalesOut(run, { ...claimed, id: "scales-out", expected, deadlineMs: deadline }));
    // A single replica comes by KEDA's own decision, of which the HPA knows nothing.
    if (atLeast > idleReplicas + 1 || workload === "api") {
      assertions.push(scaledOnOwnMetric(run, expectation, load.iterations));
    }
    if (scaleIn.asserted) {
      const since = workload === "worker" ? ("queue-empty" as const) : ("load-end" as const);
      const withinSeconds = returnSeconds(expectation, live, deadlines);
      const sinceMs = returnsSinceMs(known, expectation);
      assertions.push(
        scalesIn(run, { workload, expected: { replicas: idleReplicas, withinSeconds, after: since }, sinceMs }),
      );
    }
    return assertions;
  }
}
