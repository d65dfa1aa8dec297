import { redeliveriesAtMost, ordersAreAccountedFor } from "./ledger.ts";
import { bystanderDidNothing, countersAgreeWithLedger } from "./counters.ts";
import { dashboardShowsTheSame } from "../prometheus/dashboard.ts";
import type { Agreement } from "../model/agreement.ts";
import type { Assertion } from "../model/assertion.ts";
import type { AutoscalingConfig } from "../model/autoscaling.ts";
import type { Counters } from "../model/counters.ts";
import type { Ledger } from "../model/ledger.ts";
import type { Reading } from "../model/reading.ts";
import type { Workload } from "../model/workload.ts";
import type { Load, ScalingExpectation, Scenario, Sizes } from "../model/scenario.ts";
import { whyLeftUndrained, whyLost } from "./causes.ts";
import { firstReplicaName } from "./configuration.ts";
import {
  deadlineMs,
  type Deadlines,
  drainDeadlineMs,
  drainedMs,
  movementFromMs,
  idleReplicasOf,
  returnSeconds,
  returnsSinceMs,
} from "./progress.ts";
import { noDrift } from "./drift.ts";
import {
  askedBySignal,
  latencyWithin,
  loadWasDelivered,
  queueHolds,
  queueStaysEmpty,
  reaches,
  requestsAnswered,
  returnsTo,
  type Run,
  startsAt,
  stays,
} from "./assertions.ts";
import { downgradeToInconclusive, detectExternalChanges } from "./externalChanges.ts";
import type { PodLife } from "../observe/pods.ts";
import type { Latency } from "../engine/k6Summary.ts";

/** What was done on purpose. */
export interface InjectedFaults {
  /** What was due, in words, and did not come to pass, with why. */
  skipped: { description: string; why: string }[];
  lastInjectionMs: number | null;
  restoredMs: number | null;
  /** What is still changed: what undoes it by hand, and why it could not be undone. */
  unrevertedChanges: { revertCommand: string; why: string }[];
  killed: { pod: string; atMs: number }[];
}

/** All that was measured of one scenario. */
export interface Evidence {
  run: Run;
  pods: readonly PodLife[];
  live: AutoscalingConfig;
  ledger: Reading<Ledger> | null;
  /** Null where the cluster has no Prometheus: then nothing is claimed by it. */
  counters: Reading<Counters> | null;
  dashboard: Reading<Agreement[]> | null;
  thirds: readonly Latency[] | null;
  /** Of a worker by thirds of the load, in MiB; null where the cluster has no Prometheus, or the scenario is not about it. */
  workerMemory: Reading<number[]> | null;
  done: InjectedFaults;
  load: Load;
}

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
  const meddled = detectExternalChanges(run.samples, pods, ownChanges);
  const of = (workload: Workload, ...assertions: Assertion[]): Assertion[] =>
    assertions.map((assertion) => downgradeToInconclusive(assertion, meddled[workload]));
  const known = { ...run, restoredMs: done.restoredMs, lastInjectionMs: done.lastInjectionMs };
  const drained = scenario.queue === "drains" ? drainedMs(known) : null;

  const assertions: Assertion[] = [
    loadWasDelivered(run, load.iterations),
    ...of("api", requestsAnswered(run, objectives.failedShare)),
    ...(objectives.latencyP95Ms === undefined ? [] : of("api", latencyWithin(run, objectives.latencyP95Ms))),
    ...doneAsDeclared(scenario, done, run),
  ];
  for (const movement of scenario.mustScale) assertions.push(...of(movement.workload, ...judgeMovement(movement)));
  if (scenario.belowThreshold !== undefined) {
    const until = { atMs: done.restoredMs, says: "the threshold is restored" };
    assertions.push(
      ...of(
        "worker",
        stays(run, "worker", live.workerIdleReplicas, until),
        queueHolds(run, scenario.belowThreshold(sizes), until),
      ),
    );
  }
  for (const workload of scenario.mustNotScale) {
    assertions.push(...of(workload, stays(run, workload, idleReplicasOf(live, workload))));
    if (counters !== null) assertions.push(...of(workload, bystanderDidNothing(workload, counters)));
  }
  if (scenario.queue === "stays empty") assertions.push(queueStaysEmpty(run));
  if (scenario.steady) assertions.push(...noDrift(run, evidence.thirds, evidence.workerMemory));
  if (scenario.orders !== null) {
    const waited = drained !== null || (run.loadEndMs !== null && run.endMs >= drainDeadlineMs(known, deadlines));
    const accounted = ordersAreAccountedFor({ ledger, waited, cutShort: run.cutShort });
    assertions.push(...accounted.map(withCauseOfLoss));
    if (counters !== null) assertions.push(countersAgreeWithLedger(counters, ledger));
    if (counters !== null && objectives.orderAgeP95Seconds !== undefined) {
      assertions.push(orderAgeWithin(counters, objectives.orderAgeP95Seconds));
    }
  }
  if (scenario.faultInjections.some(({ action }) => action.kind === "kill")) assertions.push(...judgeKill(evidence));
  if (evidence.dashboard !== null) assertions.push(dashboardShowsTheSame(evidence.dashboard));
  return assertions;

  function judgeMovement(movement: ScalingExpectation): Assertion[] {
    const { workload, atLeast, within } = movement;
    const rest = idleReplicasOf(live, workload);
    const decidedMs = workload === "worker" ? drained : null;
    const fromMs = movementFromMs(known, movement);
    const looked = within.of === "the load's end" ? run.loadStartMs : fromMs;
    const deadline = deadlineMs(known, movement, deadlines) ?? run.endMs;
    const claimed = { workload, declaredIterations: load.iterations, decidedMs, fromMs: looked };
    const back = movement.back.judged
      ? [
          returnsTo(run, {
            workload,
            replicas: rest,
            sinceMs: returnsSinceMs(known, movement),
            since: workload === "worker" ? "the empty queue" : "the load's end",
            deadlineSeconds: returnSeconds(movement, live, deadlines),
          }),
        ]
      : [];
    const firstSeconds = Math.min(movement.firstWithinSeconds ?? Infinity, deadlines.scaleOutSeconds);
    const first =
      movement.firstWithinSeconds === undefined || live.workerScaler !== "keda"
        ? []
        : [
            reaches(run, {
              ...claimed,
              name: firstReplicaName(workload),
              floor: rest + 1,
              deadlineMs: (fromMs ?? run.endMs) + firstSeconds * 1000,
              by: `within ${firstSeconds} s of ${within.of}`,
            }),
          ];
    const seconds = Math.min(within.seconds, deadlines.scaleOutSeconds);
    return [
      startsAt(run, workload, rest),
      ...first,
      reaches(run, { ...claimed, floor: atLeast, deadlineMs: deadline, by: `within ${seconds} s of ${within.of}` }),
      // A single replica comes by KEDA's own decision, of which the HPA knows nothing.
      ...(atLeast > rest + 1 || workload === "api"
        ? [askedBySignal(run, workload, movement.signal, (name) => isSignal(name, movement.signal), load.iterations)]
        : []),
      ...back,
    ];
  }
}

/** The HPA's name of a queue is the scaler's: `s0-azure-servicebus-orders`. */
function isSignal(name: string, signal: ScalingExpectation["signal"]): boolean {
  return signal === "queue" ? !name.startsWith("cpu") && !name.startsWith("memory") : name.startsWith(signal);
}

function doneAsDeclared(scenario: Scenario, done: InjectedFaults, run: Run): Assertion[] {
  if (scenario.faultInjections.length === 0) return [];
  const claim = {
    name: "all was done that was to be done on purpose, and restored",
    expected: scenario.faultInjections.map(({ description }) => description).join("; "),
  };
  const [undone] = done.skipped;
  if (done.unrevertedChanges.length > 0) {
    const reason = done.unrevertedChanges
      .map(({ revertCommand, why }) => `still changed (${why}); to restore it: ${revertCommand}`)
      .join("; ");
    return [{ ...claim, status: "inconclusive", measured: "not everything was restored", reason }];
  }
  if (undone !== undefined) {
    return [
      {
        ...claim,
        status: "inconclusive",
        measured: `not done: ${undone.description}`,
        reason: run.cutShort ?? undone.why,
      },
    ];
  }
  const killed = done.killed.map(({ pod }) => `, killed ${pod}`).join("");
  return [{ ...claim, status: "pass", measured: `all done and restored${killed}` }];
}

/** A worker that is taken away in the middle of its work gives it back or ends it; only the killed one may leave its work to the locks. */
function judgeKill({ pods, counters, ledger, done, run }: Evidence): Assertion[] {
  const killed = new Set(done.killed.map(({ pod }) => pod));
  const scaledIn = pods.filter(
    ({ name, workload, goneMs }) => workload === "worker" && goneMs !== null && !killed.has(name),
  );
  const untidy = scaledIn.filter(({ endedBecause, takenAway }) => endedBecause !== null && !takenAway);
  const unknown = scaledIn.filter(({ exitCode }) => exitCode === null);
  const claim = {
    name: "workers that are scaled in leave in good order",
    expected: "each ends by itself, with exit code 0, but for the killed one",
  };
  const measured = `${scaledIn.filter(({ exitCode }) => exitCode === 0).length} of ${scaledIn.length} did`;
  const assertions: Assertion[] = [
    untidy.length > 0
      ? {
          ...claim,
          status: "fail",
          measured,
          reason: `${untidy.map(({ name, endedBecause }) => `${name}: ${endedBecause ?? ""}`).join("; ")}: ${whyLeftUndrained()}`,
        }
      : scaledIn.length === 0
        ? { ...claim, status: "inconclusive", measured, reason: run.cutShort ?? "no worker was seen to be scaled in" }
        : unknown.length > 0
          ? {
              ...claim,
              status: "inconclusive",
              measured,
              reason: `nobody saw how ${unknown.map(({ name }) => name).join(", ")} ended`,
            }
          : { ...claim, status: "pass", measured },
  ];
  if (counters !== null) {
    const locks = { name: "no worker lost a lock", expected: "0 locks lost but for the killed worker's" };
    assertions.push(
      counters.kind !== "value"
        ? {
            ...locks,
            status: "inconclusive",
            measured: "nothing",
            reason: counters.kind === "gap" ? counters.error : "the counters were not read",
          }
        : counters.value.locksLost > 0
          ? { ...locks, status: "fail", measured: `${counters.value.locksLost} lost`, reason: whyLeftUndrained() }
          : { ...locks, status: "pass", measured: "0 lost" },
    );
  }
  assertions.push(
    redeliveriesAtMost(ledger, MOST_IN_FLIGHT * Math.max(1, killed.size), "what the killed worker had in hand"),
  );
  return assertions;
}

/** Of one worker: WORKER_CONCURRENCY is 4 in dev and 16 in the base, and a bus hands some out that were just done. */
const MOST_IN_FLIGHT = 32;

function orderAgeWithin(counters: Reading<Counters>, p95Seconds: number): Assertion {
  const claim = { name: "orders were processed in time", expected: `95 % of them within ${p95Seconds} s` };
  if (counters.kind !== "value" || counters.value.orderAgeSeconds === null) {
    const reason = counters.kind === "gap" ? counters.error : "the workers counted no order";
    return { ...claim, status: "inconclusive", measured: "nothing", reason };
  }
  const { p50, p95, max } = counters.value.orderAgeSeconds;
  const measured = `p50 ${p50.toFixed(1)} s, p95 ${p95.toFixed(1)} s, at most ${max.toFixed(1)} s`;
  return p95 <= p95Seconds
    ? { ...claim, status: "pass", measured }
    : { ...claim, status: "fail", measured, reason: "orders waited longer than they may" };
}

function withCauseOfLoss(assertion: Assertion): Assertion {
  return assertion.name === "no order was lost" && assertion.status === "fail"
    ? { ...assertion, reason: [assertion.reason, whyLost()].filter(Boolean).join("; ") }
    : assertion;
}
