import type { Sent } from "../ledger/sent.ts";
import { podSecondsOf } from "../timings/podSeconds.ts";
import { timingsOf } from "../timings/timings.ts";
import type { Sizes } from "../model/profiles.ts";
import type { Agreement } from "../model/agreement.ts";
import type { AutoscalingConfig } from "../model/autoscaling.ts";
import type { Counters } from "../model/counters.ts";
import type { Ledger } from "../model/ledger.ts";
import { type Observed, type Sample, deploymentOf } from "../model/observed.ts";
import { type Reading, valueOf } from "../model/reading.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";
import { verdictOf } from "../model/verdict.ts";
import type { Load, Scenario } from "../model/scenario.ts";
import { configurationFailures } from "../assertions/configuration.ts";
import { pendingCondition, type Progress, type Deadlines, isAt, idleReplicasOf } from "../assertions/progress.ts";
import { type FaultInjector, createFaultInjector, type ClusterActions } from "./faultInjection.ts";
import { abortReason } from "../model/abortReason.ts";
import type { Run } from "../assertions/assertions.ts";
import { evaluateScenario } from "../assertions/evaluateScenario.ts";
import type { RunningLoad } from "./load.ts";
import { autoscalingConfigOf, scaledObjectOf } from "../observe/autoscalingConfig.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { type PodEnds, podLives, type PodsSeen } from "../observe/pods.ts";
import type { Recording } from "../model/recording.ts";
import type { Sampler } from "../observe/sampler.ts";
import { idleSinceMs, idleBlockers } from "../assertions/quiescence.ts";
import type { Latency } from "./k6Summary.ts";

/** What the outside world does for a scenario. */
export interface ScenarioEnvironment extends ClusterActions {
  /** Looks at the whole cluster at a steady pace. */
  startSampler(intervalMs: number): Sampler<Observed>;
  /** Looks at the pods, at the same pace. */
  startPods(intervalMs: number): Sampler<PodsSeen>;
  /** Notes how pods end. */
  watchPodEnds(): PodEnds;
  /** metrics-server's resolution, in seconds. */
  metricsResolutionSeconds: number;
  /** The queue that the load's orders go to. */
  queue: string;
  startLoad(load: Load, name: string): Promise<RunningLoad>;
  readSent(outputFile: string): Promise<Sent>;
  /** Of the load of this name, durations by thirds; null where it has none. */
  readThirds(name: string): Promise<Latency[] | null>;
  readLedger(sent: Sent): Promise<Reading<Ledger>>;
  /** A worker's by thirds, in MiB; null where the cluster has no Prometheus. */
  readWorkerMemory(fromMs: number, toMs: number): Promise<Reading<number[]> | null>;
  /** Null where the cluster has no Prometheus. */
  readCounters(fromMs: number, toMs: number): Promise<Reading<Counters> | null>;
  compareWithDashboard(samples: readonly Sample[]): Promise<Reading<Agreement[]> | null>;
  signal: AbortSignal;
}

const PROGRESS_EVERY_MS = 5000;
/** How often something can be read before it has to be known what the live objects say. */
const FIRST_LOOKS = 5;

/** What a scenario leaves: its report, and the orders that it sent. */
export interface Outcome {
  report: ScenarioReport;
  sent: Sent;
}

const NOTHING_SENT: Sent = { accepted: [], unconfirmed: [] };

/**
 * Looks at the live configuration, waits until everything is at rest, runs the load, does on purpose what is declared, looks on until the outcome is
 * decided, and judges it. Never rejects for what the cluster does: that is the report's business. What it changes it restores.
 */
export async function runScenario(
  scenario: Scenario,
  sizes: Sizes,
  load: Load,
  world: ScenarioEnvironment,
  deadlines: Deadlines,
): Promise<Outcome> {
  const sampler = world.startSampler(scenario.samplingIntervalMs);
  const pods = world.startPods(scenario.samplingIntervalMs);
  const ends = world.watchPodEnds();
  const disturbs = createFaultInjector(scenario, world);
  try {
    const failures = await configuration(scenario, sizes, sampler, world);
    if (failures !== undefined) return { report: failures, sent: NOTHING_SENT };
    world.log(`${scenario.name}: waiting for everything to be at rest`);
    const unrest = await settle(sampler, world, deadlines);
    const live = autoscalingConfigOf(sampler.samples, world.metricsResolutionSeconds);
    if (unrest !== null || live === undefined) {
      const reason = unrest ?? "the API's HPA could not be read";
      return { report: neverStarted(scenario, sampler.samples, reason), sent: NOTHING_SENT };
    }
    const restSinceMs = idleSinceMs(sampler.samples) ?? world.nowMs();
    try {
      await disturbs.prepare();
    } catch (error) {
      return { report: neverStarted(scenario, sampler.samples, messageOf(error)), sent: NOTHING_SENT };
    }
    return await runLoad({ scenario, sizes, load, sampler, pods, ends, disturbs, live, restSinceMs, world, deadlines });
  } finally {
    await disturbs.restore();
    ends.stop();
    await Promise.all([sampler.stop(), pods.stop()]);
  }
}

/** A report where the live configuration alone fails the scenario; undefined where it is worth running, or nobody could read it. */
async function configuration(
  scenario: Scenario,
  sizes: Sizes,
  sampler: Sampler<Observed>,
  world: ScenarioEnvironment,
): Promise<ScenarioReport | undefined> {
  for (let look = 0; look < FIRST_LOOKS; look++) {
    if ((await nextSample(sampler, world.signal)) === undefined) return undefined;
    const live = autoscalingConfigOf(sampler.samples, world.metricsResolutionSeconds);
    const seen = sampler.samples.at(-1)?.readings;
    if (live === undefined || seen?.workerScaledObject.kind === "gap") continue;
    const scaledObject = scaledObjectOf(sampler.samples);
    const failures = configurationFailures(scenario, sizes, { live, scaledObject, queue: world.queue });
    if (failures.length === 0) return undefined;
    for (const { name, reason } of failures) world.log(`${scenario.name}: FAIL, ${name}: ${reason ?? ""}`);
    return { ...neverStarted(scenario, sampler.samples, ""), verdict: "fail", assertions: failures, live };
  }
  return undefined;
}

/** Why there was no rest; null when there is. */
async function settle(
  sampler: Sampler<Observed>,
  world: ScenarioEnvironment,
  deadlines: Deadlines,
): Promise<string | null> {
  const startMs = world.nowMs();
  let saidMs = startMs;
  for (;;) {
    const sample = await nextSample(sampler, world.signal);
    if (sample === undefined) return abortReason(world.signal);
    const since = idleSinceMs(sampler.samples);
    if (since !== undefined && sample.atMs - since >= deadlines.quiescenceSeconds * 1000) return null;
    const inTheWay = idleBlockers(sample).join("; ");
    if (sample.atMs - startMs > deadlines.quiescenceTimeoutSeconds * 1000) {
      return `after ${deadlines.quiescenceTimeoutSeconds} s: ${inTheWay || `not at rest for ${deadlines.quiescenceSeconds} s on end`}`;
    }
    if (inTheWay !== "" && world.nowMs() - saidMs >= PROGRESS_EVERY_MS) {
      saidMs = world.nowMs();
      const seconds = Math.round((saidMs - startMs) / 1000);
      world.log(`  ${seconds} s, at most ${deadlines.quiescenceTimeoutSeconds} s: ${inTheWay}`);
    }
  }
}

interface Running {
  scenario: Scenario;
  sizes: Sizes;
  load: Load;
  sampler: Sampler<Observed>;
  pods: Sampler<PodsSeen>;
  ends: PodEnds;
  disturbs: FaultInjector;
  live: AutoscalingConfig;
  restSinceMs: number;
  world: ScenarioEnvironment;
  deadlines: Deadlines;
}

async function runLoad(running: Running): Promise<Outcome> {
  const { scenario, sizes, load, sampler, pods, ends, disturbs, live, restSinceMs, world, deadlines } = running;
  world.log(`${scenario.name}: the load starts; ${purposeOf(scenario)}`);
  const loadStartMs = world.nowMs();
  const started = await world.startLoad(load, scenario.name);
  const ending: { atMs: number | null; broke: boolean } = { atMs: null, broke: false };
  // The load is the first thing that stops when the proof does, before anybody tidies up.
  const onAbort = (): void => {
    started.stop("the proof was interrupted");
  };
  world.signal.addEventListener("abort", onAbort, { once: true });
  if (world.signal.aborted) onAbort();
  const ended = started.result.then((result) => {
    ending.atMs = world.nowMs();
    ending.broke = result.kind === "broke";
    if (result.kind === "broke") world.log(`  ${result.reason}`);
  });

  const measured = (): Sample[] => sampler.samples.filter(({ atMs }) => atMs >= restSinceMs);
  const seen = (): Omit<Progress, "pending" | "lastInjectionMs" | "restoredMs"> => ({
    samples: measured(),
    loadStartMs,
    loadEndMs: ending.atMs,
    loadBroke: ending.broke,
  });
  let saidMs = loadStartMs;
  for (;;) {
    const sample = await nextSample(sampler, world.signal);
    if (sample === undefined) break;
    if (!ending.broke) await disturbs.look(seen(), live);
    const { lastInjectionMs, restoredMs } = disturbs.done;
    const awaited = pendingCondition(
      scenario,
      { ...seen(), pending: disturbs.pending, lastInjectionMs, restoredMs },
      live,
      deadlines,
    );
    if (awaited === undefined) break;
    if (world.nowMs() - saidMs >= PROGRESS_EVERY_MS) {
      saidMs = world.nowMs();
      world.log(`  ${Math.round((saidMs - loadStartMs) / 1000)} s: ${describe(sample)}; waiting for ${awaited}`);
    }
  }
  // Not only where the wait was interrupted: the load may have noticed first, and its end have ended the wait.
  const cutShort = world.signal.aborted ? abortReason(world.signal) : null;
  const endMs = world.nowMs();
  started.stop("nothing was left to wait for");
  await ended;
  const result = await started.result;
  world.signal.removeEventListener("abort", onAbort);
  await disturbs.restore();
  await Promise.all([sampler.stop(), pods.stop()]);
  await replaceWhatStays(running);

  const samples = measured().filter(({ atMs }) => atMs <= endMs);
  const sent = scenario.orders === null ? NOTHING_SENT : await world.readSent(started.outputFile);
  const whole = cutShort === null;
  const ledger = scenario.orders !== null && whole ? await world.readLedger(sent) : null;
  const counters = whole ? await world.readCounters(loadStartMs, endMs) : null;
  const dashboard = whole ? await world.compareWithDashboard(samples) : null;
  const run: Run = {
    samples,
    loadStartMs,
    loadEndMs: result.kind === "ran" ? ending.atMs : null,
    endMs,
    load: result,
    cutShort,
  };
  const lives = podLives(
    pods.samples
      .filter(({ atMs }) => atMs >= restSinceMs && atMs <= endMs)
      .map(({ atMs, readings }) => ({ atMs, reading: readings.pods })),
    samples,
    { killed: new Set(disturbs.done.killed.map(({ pod }) => pod)), ends: ends.ends },
  );
  const thirds = scenario.steady && result.kind === "ran" ? await world.readThirds(scenario.name) : null;
  const workerMemory =
    scenario.steady && whole && run.loadEndMs !== null
      ? await world.readWorkerMemory(loadStartMs, run.loadEndMs)
      : null;
  const assertions = evaluateScenario(
    scenario,
    sizes,
    { run, pods: lives, live, ledger, counters, dashboard, thirds, workerMemory, done: disturbs.done, load },
    deadlines,
  );
  const records = lives.map(({ takenAway: _takenAway, exitCode: _exitCode, ...record }) => record);
  const recording: Recording = { ...run, pods: records };
  const orders = scenario.orders === null ? {} : { orders: sent.accepted.length };
  return {
    sent,
    report: {
      name: scenario.name,
      summary: scenario.summary,
      verdict: verdictOf(assertions.map(({ status }) => status)),
      assertions,
      mustScale: scenario.mustScale.map(({ workload }) => workload),
      mustNotScale: [...scenario.mustNotScale],
      live,
      loadStartedAt: new Date(loadStartMs).toISOString(),
      loadEndedAt: ending.atMs === null ? null : new Date(ending.atMs).toISOString(),
      endedAt: new Date(endMs).toISOString(),
      load: result,
      ledger,
      timings: timingsOf(
        recording,
        live,
        scenario.mustScale.map(({ workload }) => workload),
        orders,
      ),
      podSeconds: podSecondsOf(recording, live, orders),
      counters,
      dashboard,
      pods: records,
      samples,
    },
  };
}

/** A way back that nobody judges may never come; the next load needs rest all the same. */
async function replaceWhatStays({ scenario, sampler, live, world }: Running): Promise<void> {
  for (const { workload, back } of scenario.mustScale) {
    if (back.judged || !back.restartAfter || isAt(sampler.samples, workload, idleReplicasOf(live, workload))) continue;
    world.log(
      `  ${workload} is not back, which is not judged: its pods are replaced, so that the next load finds it at rest`,
    );
    await world.restart(workload).catch((error: unknown) => {
      world.log(`  ${workload}'s pods could not be replaced: ${messageOf(error)}`);
    });
  }
}

function purposeOf({ mustScale, mustNotScale }: Scenario): string {
  const movers = mustScale.map(({ workload }) => workload).join(" and ");
  return [
    `${movers} ${mustScale.length > 1 ? "have" : "has"} to follow it`,
    ...(mustNotScale.length === 0 ? [] : [`${mustNotScale.join(" and ")} must not move`]),
  ].join(", ");
}

/** A scenario that did not come to its load. */
export function neverStarted(
  scenario: Pick<Scenario, "name" | "summary" | "mustScale" | "mustNotScale">,
  samples: readonly Sample[],
  reason: string,
): ScenarioReport {
  return {
    name: scenario.name,
    summary: scenario.summary,
    verdict: "inconclusive",
    assertions: [
      {
        name: "the load could start",
        status: "inconclusive",
        expected:
          "all within reach and at rest: no work, the queue empty, each workload at its minimum and below its targets",
        measured: "it could not",
        reason,
      },
    ],
    mustScale: scenario.mustScale.map(({ workload }) => workload),
    mustNotScale: [...scenario.mustNotScale],
    live: null,
    loadStartedAt: null,
    loadEndedAt: null,
    endedAt: new Date().toISOString(),
    load: null,
    ledger: null,
    timings: [],
    podSeconds: [],
    counters: null,
    dashboard: null,
    pods: [],
    samples,
  };
}

async function nextSample(sampler: Sampler<Observed>, signal: AbortSignal): Promise<Sample | undefined> {
  if (signal.aborted) return undefined;
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<undefined>((resolve) => {
    onAbort = () => {
      resolve(undefined);
    };
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([sampler.next(), aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
  }
}

/** One sample in a line of progress. */
function describe(sample: Sample): string {
  const replicas = (workload: "api" | "worker"): string => {
    const reading = deploymentOf(sample, workload);
    const state = valueOf(reading);
    return state === undefined ? `${workload} ${reading.kind}` : `${workload} ${state.ready}/${state.desired}`;
  };
  const { queue, apiAutoscaler } = sample.readings;
  const metrics = (valueOf(apiAutoscaler)?.metrics ?? []).map(
    ({ name, current, target }) => `${name.split(" ")[0] ?? name} ${current ?? "?"}/${target ?? "?"} %`,
  );
  return [
    `queue ${valueOf(queue)?.active ?? queue.kind}`,
    replicas("worker"),
    replicas("api"),
    `api's ${metrics.join(", ")}`,
  ].join(", ");
}
