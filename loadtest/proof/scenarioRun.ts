import type { RunningLoad } from "./k6.ts";
import type { Run } from "./judge.ts";
import type { Ledger } from "./ledger.ts";
import { deploymentOf, newest, type Observed, type Reading, type Sample, valueOf } from "./observed.ts";
import type { Sampler } from "./sampler.ts";
import type { Deadlines, Live, Load, Scenario } from "./scenarios.ts";
import { apiMinimum, atRestSinceMs, obstacles } from "./settle.ts";
import { type Assertion, type Verdict, verdictOf } from "./verdict.ts";

/** What the outside world does for a scenario. */
export interface World {
  /** Looks at the whole cluster once a second. */
  startSampler(): Sampler<Observed>;
  /** Milliseconds since 1970, on the clock of the samples. */
  nowMs(): number;
  startLoad(load: Load, name: string): Promise<RunningLoad>;
  /** The ids that a load logged as accepted. */
  acceptedIds(outputFile: string): Promise<string[]>;
  readLedger(accepted: readonly string[], deadLetteredBefore: number): Promise<Reading<Ledger>>;
  log(line: string): void;
  signal: AbortSignal;
}

/** One scenario as it goes into report.json. */
export interface ScenarioReport {
  name: string;
  verdict: Verdict;
  assertions: Assertion[];
  /** What the live objects said, which the deadlines come from; null where the scenario did not get that far. */
  live: Live | null;
  loadStartedAt: string | null;
  loadEndedAt: string | null;
  endedAt: string;
  load: Run["load"] | null;
  ledger: Reading<Ledger> | null;
  samples: readonly Sample[];
}

const PROGRESS_EVERY_MS = 5000;

/**
 * Waits until everything is at rest, runs the load, looks on until the outcome is decided, and judges it. Never rejects for what the cluster
 * does: that is the report's business.
 * @returns the report, and the ids of the orders that were accepted, for later scenarios to look up.
 */
export async function runScenario(
  scenario: Scenario,
  world: World,
  deadlines: Deadlines,
): Promise<{ report: ScenarioReport; accepted: string[] }> {
  const sampler = world.startSampler();
  try {
    world.log(`${scenario.name}: waiting for everything to be at rest`);
    const unrest = await settle(sampler, world, deadlines);
    const live = liveOf(sampler.samples);
    if (unrest !== null || live === undefined) {
      const reason = unrest ?? "the API's HPA could not be read";
      return { report: neverStarted(scenario, sampler.samples, reason), accepted: [] };
    }
    return await runLoad(scenario, sampler, live, world, deadlines);
  } finally {
    await sampler.stop();
  }
}

/** Why there was no rest; null when there is. */
async function settle(sampler: Sampler<Observed>, world: World, deadlines: Deadlines): Promise<string | null> {
  const startMs = world.nowMs();
  let saidMs = startMs;
  for (;;) {
    const sample = await nextSample(sampler, world.signal);
    if (sample === undefined) return "interrupted";
    const since = atRestSinceMs(sampler.samples);
    if (since !== undefined && sample.atMs - since >= deadlines.restSeconds * 1000) return null;
    const inTheWay = obstacles(sample).join("; ");
    if (sample.atMs - startMs > deadlines.settleSeconds * 1000) {
      return `after ${deadlines.settleSeconds} s: ${inTheWay || `not at rest for ${deadlines.restSeconds} s on end`}`;
    }
    if (inTheWay !== "" && world.nowMs() - saidMs >= PROGRESS_EVERY_MS) {
      saidMs = world.nowMs();
      const seconds = Math.round((saidMs - startMs) / 1000);
      world.log(`  ${seconds} s, at most ${deadlines.settleSeconds} s: ${inTheWay}`);
    }
  }
}

async function runLoad(
  scenario: Scenario,
  sampler: Sampler<Observed>,
  live: Live,
  world: World,
  deadlines: Deadlines,
): Promise<{ report: ScenarioReport; accepted: string[] }> {
  const deadLetteredBefore = newest(sampler.samples, (sample) => sample.readings.queue)?.deadLettered ?? 0;
  world.log(
    `${scenario.name}: the load starts; ${scenario.mover} has to follow it, ${scenario.bystander} must not move`,
  );
  const loadStartMs = world.nowMs();
  const load = await world.startLoad(scenario.load, scenario.name);
  const ending: { atMs: number | null; broke: boolean } = { atMs: null, broke: false };
  // The load is the first thing that stops when the proof does, before anybody tidies up.
  const onAbort = (): void => {
    load.stop("the proof was interrupted");
  };
  world.signal.addEventListener("abort", onAbort, { once: true });
  if (world.signal.aborted) onAbort();
  const ended = load.result.then((result) => {
    ending.atMs = world.nowMs();
    ending.broke = result.kind === "broke";
    if (result.kind === "broke") world.log(`  ${result.reason}`);
  });

  const firstShown = atRestSinceMs(sampler.samples) ?? loadStartMs;
  const measured = (): Sample[] => sampler.samples.filter(({ atMs }) => atMs >= firstShown);
  let saidMs = loadStartMs;
  for (;;) {
    const sample = await nextSample(sampler, world.signal);
    if (sample === undefined) break;
    const progress = { samples: measured(), loadStartMs, loadEndMs: ending.atMs, loadBroke: ending.broke };
    const awaits = scenario.awaits(progress, live, deadlines);
    if (awaits === undefined) break;
    if (world.nowMs() - saidMs >= PROGRESS_EVERY_MS) {
      saidMs = world.nowMs();
      world.log(`  ${Math.round((saidMs - loadStartMs) / 1000)} s: ${describe(sample)}; waiting for ${awaits}`);
    }
  }
  // Not only where the wait was interrupted: the load may have noticed first, and its end have ended the wait.
  const cutShort = world.signal.aborted ? "interrupted" : null;
  const endMs = world.nowMs();
  load.stop("nothing was left to wait for");
  await ended;
  const result = await load.result;
  world.signal.removeEventListener("abort", onAbort);
  await sampler.stop();

  const accepted = scenario.sendsOrders ? await world.acceptedIds(load.outputFile) : [];
  const ledger =
    scenario.sendsOrders && cutShort === null ? await world.readLedger(accepted, deadLetteredBefore) : null;
  const run: Run = {
    samples: measured().filter(({ atMs }) => atMs <= endMs),
    loadStartMs,
    loadEndMs: result.kind === "ran" ? ending.atMs : null,
    endMs,
    load: result,
    cutShort,
  };
  const assertions = scenario.judge(run, ledger, live, deadlines);
  return {
    accepted,
    report: {
      name: scenario.name,
      verdict: verdictOf(assertions.map(({ status }) => status)),
      assertions,
      live,
      loadStartedAt: new Date(loadStartMs).toISOString(),
      loadEndedAt: ending.atMs === null ? null : new Date(ending.atMs).toISOString(),
      endedAt: new Date(endMs).toISOString(),
      load: result,
      ledger,
      samples: run.samples,
    },
  };
}

/** A scenario that did not come to its load. */
export function neverStarted(
  scenario: Pick<Scenario, "name">,
  samples: readonly Sample[],
  reason: string,
): ScenarioReport {
  return {
    name: scenario.name,
    verdict: "inconclusive",
    assertions: [
      {
        name: "the load could start",
        status: "inconclusive",
        expected: "all within reach and at rest: worker 0, queue empty, API at its minimum and below its targets",
        measured: "it could not",
        reason,
      },
    ],
    live: null,
    loadStartedAt: null,
    loadEndedAt: null,
    endedAt: new Date().toISOString(),
    load: null,
    ledger: null,
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

/** KEDA's defaults stand in where the ScaledObject is not there: the load will find that out. */
function liveOf(samples: readonly Sample[]): Live | undefined {
  const minimum = apiMinimum(samples);
  const autoscaler = newest(samples, (sample) => sample.readings.apiAutoscaler);
  const scaledObject = newest(samples, (sample) => sample.readings.workerScaledObject);
  if (minimum === undefined || autoscaler === undefined) return undefined;
  return {
    apiMinimum: minimum,
    apiStabilisationSeconds: autoscaler.scaleDownStabilisationSeconds,
    workerPollingIntervalSeconds: scaledObject?.pollingIntervalSeconds ?? 30,
    workerCooldownSeconds: scaledObject?.cooldownSeconds ?? 300,
  };
}

/** One sample in a line of progress. */
function describe(sample: Sample): string {
  const replicas = (workload: "api" | "worker"): string => {
    const reading = deploymentOf(sample, workload);
    const state = valueOf(reading);
    return state === undefined ? `${workload} ${reading.kind}` : `${workload} ${state.ready}/${state.wanted}`;
  };
  const { queue, apiAutoscaler } = sample.readings;
  const cpu = valueOf(apiAutoscaler)?.metrics.find(({ name }) => name.startsWith("cpu"));
  return [
    `queue ${valueOf(queue)?.active ?? queue.kind}`,
    replicas("worker"),
    replicas("api"),
    `api cpu ${cpu?.current ?? "?"}/${cpu?.target ?? "?"} %`,
  ].join(", ");
}
