import { messageOf } from "../../src/shared/messageOf.ts";
import { evaluateScenario } from "../assertions/evaluateScenario.ts";
import { podCauses } from "../assertions/notStarting.ts";
import { type Deadlines, idleReplicasOf, isAt } from "../assertions/progress.ts";
import { idleSinceMs } from "../assertions/quiescence.ts";
import { causeOf } from "../model/cause.ts";
import type { Recording } from "../model/recording.ts";
import type { Load } from "../model/scenario.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";
import { verdictOf } from "../model/verdict.ts";
import { autoscalingConfigOf } from "../observe/autoscalingConfig.ts";
import { podLives } from "../observe/podLives.ts";
import type { PodsSample, PodState } from "../observe/pods.ts";
import type { Sampler } from "../observe/sampler.ts";
import { elasticityOf } from "../timings/elasticity.ts";
import { podSecondsOf } from "../timings/podSeconds.ts";
import { timingsOf } from "../timings/timings.ts";
import { awaitIdle, ruledOutByConfiguration } from "./beforeLoad.ts";
import { createFaultInjector } from "./faultInjection.ts";
import { neverStarted, queueOfReport } from "./neverStarted.ts";
import type { InjectedFaults } from "../assertions/faults.ts";
import type { Workload } from "../model/workload.ts";
import { type LoadRun, observeLoad, type ObservedRun } from "./observeLoad.ts";
import type { ScenarioRun } from "./proofOptions.ts";
import type { ScenarioEnvironment } from "./scenarioEnvironment.ts";

/**
 * Reads the live configuration, waits until everything is idle, runs the load, injects the declared faults, observes until the outcome is
 * decided, and evaluates it. Never rejects for what the cluster does: that is the report's business. What it changes it reverts.
 * @param load the scenario's, with all that it is told.
 */
export async function runScenario(
  { scenario, repeat }: ScenarioRun,
  load: Load,
  environment: ScenarioEnvironment,
  deadlines: Deadlines,
): Promise<ScenarioReport> {
  const { workloads, queues } = environment.target;
  const { sampler, pods } = environment;
  let observedUntilMs: number | undefined;
  const faults = createFaultInjector(scenario, environment);
  try {
    const failures = await ruledOutByConfiguration(scenario, repeat, environment);
    if (failures !== undefined) return failures;
    environment.log(`${scenario.name}: waiting until everything is idle`);
    const blockers = await awaitIdle(environment, deadlines);
    const live = autoscalingConfigOf(sampler.samples, workloads, environment.metricsResolutionSeconds);
    if (blockers.length > 0 || live === undefined) {
      const unread = causeOf("hpa-unreadable", "workloads", { error: "not all of them could be read" });
      const causes = blockers.length > 0 ? [...blockers, ...podCauses(podsNow(pods))] : [unread];
      return neverStarted(scenario, repeat, sampler.samples, ...causes);
    }
    const system = { workloads, queues: Object.keys(queues) };
    const idleFromMs = idleSinceMs(sampler.samples, system) ?? environment.nowMs();
    try {
      await faults.prepare();
    } catch (error) {
      const cause = causeOf("proof-error", "scenario", { message: messageOf(error) });
      return neverStarted(scenario, repeat, sampler.samples, cause);
    }
    const name = repeat === null ? scenario.name : `${scenario.name}-${repeat}`;
    const loadRun = { scenario, load, name, faults, live, idleSinceMs: idleFromMs, environment, deadlines };
    const observed = await observeLoad(loadRun);
    await faults.restore();
    await pods.settled();
    const replaced = await replacePods(loadRun);
    if (!replaced && scenario.faultInjections.length === 0) observedUntilMs = observed.run.endMs;
    return await reportOf(observed, loadRun, repeat);
  } finally {
    await faults.restore();
    // What the proof itself changed is not seen idle by what was read before.
    const fromMs = observedUntilMs ?? environment.nowMs();
    sampler.forget(fromMs);
    pods.forget(fromMs);
  }
}

/** The pods as they were last seen. */
function podsNow({ samples }: Sampler<PodsSample>): readonly PodState[] {
  const last = samples.map(({ reading }) => reading).findLast(({ kind }) => kind === "value");
  return last?.kind === "value" ? last.value : [];
}

async function reportOf(
  { run, loadEndedMs, outputFile, summaryFile }: ObservedRun,
  { scenario, faults, live, idleSinceMs: idleFromMs, environment, deadlines }: LoadRun,
  repeat: number | null,
): Promise<ScenarioReport> {
  const { pods, podEnds } = environment;
  const { loadStartMs, endMs, samples } = run;
  const lives = podLives(
    pods.samples.filter(({ atMs }) => atMs >= idleFromMs && atMs <= endMs),
    samples,
    {
      killed: new Set(faults.done.killed.map(({ pod }) => pod)),
      restarted: rolledWorkloads(faults.done, environment),
      ends: podEnds.ends,
    },
  );
  const seen = { run, pods: lives, live, done: faults.done, outputFile, summaryFile };
  const evidence = await environment.target.evidenceOf(scenario, seen);
  const records = lives.map(({ removedExternally: _removed, exitCode: _exitCode, ...record }) => record);
  const recording: Recording = { ...run, pods: records };
  const messages = { messages: evidence.messages };
  const elasticity = elasticityOf(recording, live, scenario, messages);
  const assertions = evaluateScenario(
    scenario,
    {
      ...{ run, pods: lives, live, workloads: environment.target.workloads, done: faults.done, elasticity },
      ...{ ledger: evidence.ledger, traffic: evidence.traffic, targetAssertions: evidence.assertions },
    },
    deadlines,
  );
  return {
    name: scenario.name,
    summary: scenario.summary,
    repeat,
    verdict: verdictOf(assertions.map(({ status }) => status)),
    assertions,
    mustScale: scenario.mustScale.map(({ workload }) => workload),
    mustNotScale: [...scenario.mustNotScale],
    queue: queueOfReport(scenario),
    autoscalingConfig: live,
    loadStartedAt: new Date(loadStartMs).toISOString(),
    loadEndedAt: loadEndedMs === null ? null : new Date(loadEndedMs).toISOString(),
    endedAt: new Date(endMs).toISOString(),
    load: run.load,
    ledger: evidence.ledger,
    timings: timingsOf(recording, live, scenario, messages),
    podSeconds: podSecondsOf(
      recording,
      live,
      environment.target.workloads.map(({ name }) => name),
      scenario.queue,
      messages,
    ),
    elasticity,
    counters: evidence.counters,
    pods: records,
    samples,
  };
}

/** Whose rollout the proof itself restarted, or set a field that does. */
function rolledWorkloads({ injected }: InjectedFaults, { target }: ScenarioEnvironment): Set<Workload> {
  const names = injected.flatMap(({ fault }): Workload[] => {
    if (fault.id === "rollout-restarted") return [fault.params.workload];
    if (fault.id !== "field-set") return [];
    return target.workloads
      .filter(({ kind, object }) => fault.params.object === `${kind} ${object}`)
      .map(({ name }) => name);
  });
  return new Set(names);
}

/** A scale-in that is not asserted may never come; the next load needs idle replicas all the same. @returns whether any were replaced. */
async function replacePods({ scenario, live, environment }: LoadRun): Promise<boolean> {
  if (!environment.target.replacesPods) return false;
  let replaced = false;
  for (const { workload, scaleIn } of scenario.mustScale) {
    if (scaleIn.asserted || isAt(environment.sampler.samples, workload, idleReplicasOf(live, workload))) continue;
    replaced = true;
    environment.log(
      `  ${workload} has not scaled in, which is not asserted: its pods are replaced, so that the next load finds it idle`,
    );
    await environment.restart(workload).catch((error: unknown) => {
      environment.log(`  ${workload}'s pods could not be replaced: ${messageOf(error)}`);
    });
  }
  return replaced;
}
