import { messageOf } from "../../src/shared/messageOf.ts";
import { evaluateScenario } from "../assertions/evaluateScenario.ts";
import { type Deadlines, idleReplicasOf, isAt } from "../assertions/progress.ts";
import { idleSinceMs } from "../assertions/quiescence.ts";
import type { Sent } from "../targets/orders/ledger/sent.ts";
import { causeOf } from "../model/cause.ts";
import { ABSENT } from "../model/reading.ts";
import type { Recording } from "../model/recording.ts";
import type { Load, Scenario, Sizes } from "../model/scenario.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";
import { verdictOf } from "../model/verdict.ts";
import { autoscalingConfigOf } from "../observe/autoscalingConfig.ts";
import { type PodEnds, podLives, type PodsSeen } from "../observe/pods.ts";
import type { Sampler } from "../observe/sampler.ts";
import { podSecondsOf } from "../timings/podSeconds.ts";
import { timingsOf } from "../timings/timings.ts";
import { awaitIdle, ruledOutByConfiguration } from "./beforeLoad.ts";
import { createFaultInjector } from "./faultInjection.ts";
import { neverStarted } from "./neverStarted.ts";
import { type LoadRun, observeLoad, type ObservedRun } from "./observeLoad.ts";
import type { ScenarioEnvironment } from "./scenarioEnvironment.ts";

/** What a scenario leaves: its report, and the orders that it sent. */
export interface Outcome {
  report: ScenarioReport;
  sent: Sent;
}

const NOTHING_SENT: Sent = { accepted: [], unconfirmed: [] };

/**
 * Reads the live configuration, waits until everything is idle, runs the load, injects the declared faults, observes until the outcome is
 * decided, and evaluates it. Never rejects for what the cluster does: that is the report's business. What it changes it reverts.
 */
export async function runScenario(
  scenario: Scenario,
  sizes: Sizes,
  load: Load,
  environment: ScenarioEnvironment,
  deadlines: Deadlines,
): Promise<Outcome> {
  const sampler = environment.startSampler();
  const pods = environment.startPods();
  const ends = environment.watchPodEnds();
  const faults = createFaultInjector(scenario, environment);
  try {
    const failures = await ruledOutByConfiguration(scenario, sizes, sampler, environment);
    if (failures !== undefined) return { report: failures, sent: NOTHING_SENT };
    environment.log(`${scenario.name}: waiting until everything is idle`);
    const blockers = await awaitIdle(sampler, environment, deadlines);
    const live = autoscalingConfigOf(sampler.samples, environment.metricsResolutionSeconds);
    if (blockers.length > 0 || live === undefined) {
      const unread = causeOf("hpa-unreadable", "api", { error: "it was never read" });
      const causes = blockers.length > 0 ? blockers : [unread];
      return { report: neverStarted(scenario, sampler.samples, ...causes), sent: NOTHING_SENT };
    }
    const idleFromMs = idleSinceMs(sampler.samples) ?? environment.nowMs();
    try {
      await faults.prepare();
    } catch (error) {
      const cause = causeOf("proof-error", "scenario", { message: messageOf(error) });
      return { report: neverStarted(scenario, sampler.samples, cause), sent: NOTHING_SENT };
    }
    const loadRun = { scenario, load, sampler, faults, live, idleSinceMs: idleFromMs, environment, deadlines };
    const observed = await observeLoad(loadRun);
    await faults.restore();
    await Promise.all([sampler.stop(), pods.stop()]);
    await replacePods(loadRun);
    return await outcomeOf(observed, loadRun, sizes, pods, ends);
  } finally {
    await faults.restore();
    ends.stop();
    await Promise.all([sampler.stop(), pods.stop()]);
  }
}

async function outcomeOf(
  { run, loadEndedMs, outputFile }: ObservedRun,
  { scenario, load, faults, live, idleSinceMs: idleFromMs, environment, deadlines }: LoadRun,
  sizes: Sizes,
  pods: Sampler<PodsSeen>,
  ends: PodEnds,
): Promise<Outcome> {
  const { loadStartMs, loadEndMs, endMs, samples } = run;
  const sendsOrders = scenario.orders !== null;
  const sent = sendsOrders ? await environment.readSent(outputFile) : NOTHING_SENT;
  const whole = run.cutShort === null;
  const ledger = sendsOrders && whole ? await environment.readLedger(sent) : null;
  const counters = whole ? await environment.readCounters(loadStartMs, endMs) : null;
  const lives = podLives(
    pods.samples
      .filter(({ atMs }) => atMs >= idleFromMs && atMs <= endMs)
      .map(({ atMs, readings }) => ({ atMs, reading: readings.pods })),
    samples,
    { killed: new Set(faults.done.killed.map(({ pod }) => pod)), ends: ends.ends },
  );
  const thirds = scenario.steady && run.load.kind === "ran" ? await environment.readThirds(scenario.name) : null;
  const workerMemory =
    scenario.steady && whole && loadEndMs !== null ? await environment.readWorkerMemory(loadStartMs, loadEndMs) : null;
  const kills = scenario.faultInjections.some(({ action }) => action.kind === "kill");
  const workerConcurrency = kills ? await environment.readWorkerConcurrency() : ABSENT;
  const assertions = evaluateScenario(
    scenario,
    sizes,
    { run, pods: lives, live, ledger, counters, thirds, workerMemory, workerConcurrency, done: faults.done, load },
    deadlines,
  );
  const records = lives.map(({ removedExternally: _removed, exitCode: _exitCode, ...record }) => record);
  const recording: Recording = { ...run, pods: records };
  const orders = sendsOrders ? { orders: sent.accepted.length } : {};
  const mustScale = scenario.mustScale.map(({ workload }) => workload);
  return {
    sent,
    report: {
      name: scenario.name,
      summary: scenario.summary,
      verdict: verdictOf(assertions.map(({ status }) => status)),
      assertions,
      mustScale,
      mustNotScale: [...scenario.mustNotScale],
      autoscalingConfig: live,
      loadStartedAt: new Date(loadStartMs).toISOString(),
      loadEndedAt: loadEndedMs === null ? null : new Date(loadEndedMs).toISOString(),
      endedAt: new Date(endMs).toISOString(),
      load: run.load,
      ledger,
      timings: timingsOf(recording, live, mustScale, orders),
      podSeconds: podSecondsOf(recording, live, orders),
      counters,
      pods: records,
      samples,
    },
  };
}

/** A scale-in that is not asserted may never come; the next load needs idle replicas all the same. */
async function replacePods({ scenario, sampler, live, environment }: LoadRun): Promise<void> {
  for (const { workload, scaleIn } of scenario.mustScale) {
    if (scaleIn.asserted || isAt(sampler.samples, workload, idleReplicasOf(live, workload))) continue;
    environment.log(
      `  ${workload} has not scaled in, which is not asserted: its pods are replaced, so that the next load finds it idle`,
    );
    await environment.restart(workload).catch((error: unknown) => {
      environment.log(`  ${workload}'s pods could not be replaced: ${messageOf(error)}`);
    });
  }
}
