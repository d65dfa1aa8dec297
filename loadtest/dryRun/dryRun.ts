import { configurationFailures } from "../assertions/configuration.ts";
import { nothingInjected } from "../assertions/faults.ts";
import { evaluateScenario, type Evidence } from "../assertions/evaluateScenario.ts";
import { DEADLINES, pendingCondition } from "../assertions/progress.ts";
import { idleBlockers } from "../assertions/quiescence.ts";
import type { Run } from "../assertions/run.ts";
import { type Assertion, inconclusive } from "../model/assertion.ts";
import type { AutoscalingConfig } from "../model/autoscaling.ts";
import { causeOf } from "../model/cause.ts";
import type { Elasticity } from "../model/elasticity.ts";
import type { Sample, WorkloadReadings } from "../model/observed.ts";
import { ABSENT } from "../model/reading.ts";
import type { Scenario } from "../model/scenario.ts";
import type { Workload } from "../model/workload.ts";
import { autoscalingConfigOf } from "../observe/autoscalingConfig.ts";
import type { SimulatedRun } from "../planner/simulateWorkload.ts";
import { elasticityOfRun } from "../planner/statistics.ts";
import { RESOLUTION_MILLIS } from "../simulator/metricsServer.ts";
import { readingsOf } from "./readings.ts";
import { type SimulatedSystem, simulateSystem, type Variations } from "./simulateSystem.ts";

/** Of the idle system before the load, as many seconds. */
const BEFORE_SECONDS = 5;
/** Second 0 is none before the load. */
const LOOK_MS = 1;
const FIRST_GUESS_SECONDS = 240;
/** A run that is undecided by then stays so. */
const LONGEST_SECONDS = 4 * 3600;
/** How often it is asked whether the outcome is decided. */
const DECIDED_EVERY = 5;

/** What the system's manifests say, as the proof would read it of live objects; undefined where nothing idle can be told. */
export function configOf(system: SimulatedSystem, variations: Variations): AutoscalingConfig | undefined {
  const [idle] = samplesOf(system, simulateSystem(system, variations, 0), null);
  return idle === undefined ? undefined : autoscalingConfigOf([idle], system.declared, RESOLUTION_MILLIS / 1000);
}

/**
 * A scenario's proof in simulation: the assertions of the proof itself, over what its sampler would have read. The load is taken as delivered; requests, ledger,
 * queries and the exit of pods are not simulated, and nothing is claimed of them.
 */
export function dryRun(declared: Scenario, system: SimulatedSystem, variations: Variations): Assertion[] {
  const scenario = simulable(declared);
  for (let seconds = FIRST_GUESS_SECONDS; ; seconds *= 2) {
    const forSeconds = Math.ceil(system.loadSeconds) + Math.min(seconds, LONGEST_SECONDS);
    const runs = simulateSystem(system, variations, forSeconds);
    const samples = samplesOf(system, runs, scenario.queue);
    const live = autoscalingConfigOf(samples.slice(0, 1), system.declared, RESOLUTION_MILLIS / 1000);
    const rejected = beforeLoad(scenario, system, samples.slice(0, 1), live);
    if (live === undefined || rejected.length > 0) return rejected;
    const run = decided(scenario, system, samples, live);
    if (run === undefined && seconds < LONGEST_SECONDS) continue;
    return evaluated(scenario, system, { run: run ?? runOver(system, samples), live, runs });
  }
}

/** What is claimed of requests, and what a fault does, is left out. */
function simulable(scenario: Scenario): Scenario {
  const objectives = { ...scenario.objectives, failedShare: null, latencyP95Ms: null };
  return { ...scenario, reaches: [], load: { ...scenario.load, delivered: null }, objectives, faultInjections: [] };
}

/** The proof runs no load where the configuration rules a pass out, or where the system does not become idle. */
function beforeLoad(
  scenario: Scenario,
  { declared }: SimulatedSystem,
  samples: readonly Sample[],
  live: AutoscalingConfig | undefined,
): Assertion[] {
  const ruledOut = live === undefined ? [] : configurationFailures(scenario, { live, samples });
  if (ruledOut.length > 0) return ruledOut;
  const queues = scenario.queue === null ? [] : [scenario.queue.name];
  const blockers = samples.flatMap((sample) => idleBlockers(sample, { workloads: declared, queues }));
  const unread = causeOf("hpa-unreadable", "workloads", { error: "not all of them could be read" });
  const causes = blockers.length > 0 || live !== undefined ? blockers : [unread];
  if (causes.length === 0) return [];
  return [inconclusive({ id: "preconditions-met", subject: "scenario", expected: {} }, {}, ...causes)];
}

function samplesOf(
  { declared, simulated }: SimulatedSystem,
  runs: Readonly<Record<Workload, SimulatedRun>>,
  queue: Scenario["queue"],
): Sample[] {
  const readings = declared.map(({ name }): [Workload, readonly WorkloadReadings[]] => {
    const [workload, run] = [simulated[name], runs[name]];
    return [name, workload === undefined || run === undefined ? [UNSCALED] : readingsOf(workload, run)];
  });
  const length = Math.max(...readings.map(([, all]) => all.length));
  const fed = queue === null ? undefined : runs[queue.workload];
  const at = (index: number, atMs: number): Sample => {
    const active = fed?.seconds[index - 1]?.active ?? 0;
    return {
      atMs,
      workloads: Object.fromEntries(readings.map(([name, all]) => [name, all[index] ?? all.at(-1) ?? UNSCALED])),
      queues: queue === null ? {} : { [queue.name]: { kind: "value", value: { active, deadLettered: 0 } } },
    };
  };
  const before = Array.from({ length: BEFORE_SECONDS }, (_, index) => at(0, (index - BEFORE_SECONDS) * 1000 + LOOK_MS));
  const during = Array.from({ length: length - 1 }, (_, second) => at(second + 1, second * 1000 + LOOK_MS));
  return [...before, ...during];
}

/** What nothing scales keeps its replicas. */
const UNSCALED: WorkloadReadings = {
  replicas: { kind: "value", value: { desired: 1, ready: 1, replicas: 1, rolledOut: true } },
  autoscaler: ABSENT,
  scaledObject: ABSENT,
  externalMetrics: ABSENT,
};

/** Times are from the load's begin. */
function runOver({ loadSeconds }: SimulatedSystem, samples: readonly Sample[]): Run {
  const counts = { requests: 0, failedRequests: 0, iterations: 0, droppedIterations: 0, latencyMs: null };
  return {
    samples,
    loadStartMs: 0,
    loadEndMs: loadSeconds * 1000,
    endMs: samples.at(-1)?.atMs ?? 0,
    load: { kind: "ran", exitCode: 0, counts },
    cutShort: null,
  };
}

/** Up to the moment at which the proof itself would have stopped; undefined where that has not come. */
function decided(
  scenario: Scenario,
  system: SimulatedSystem,
  samples: readonly Sample[],
  live: AutoscalingConfig,
): Run | undefined {
  const nothing = { lastInjectionMs: null, restoredMs: null, loadBroke: false, pending: undefined };
  const first = samples.findIndex(({ atMs }) => atMs >= system.loadSeconds * 1000);
  for (let length = Math.max(first, 0) + 1; length <= samples.length; length += DECIDED_EVERY) {
    const run = runOver(system, samples.slice(0, length));
    if (pendingCondition(scenario, { ...run, ...nothing }, live, DEADLINES) === undefined) return run;
  }
  return undefined;
}

function evaluated(
  scenario: Scenario,
  { declared, simulated }: SimulatedSystem,
  { run, live, runs }: { run: Run; live: AutoscalingConfig; runs: Readonly<Record<Workload, SimulatedRun>> },
): Assertion[] {
  const elasticity = scenario.mustScale.flatMap(({ workload: name }): Elasticity[] => {
    const [workload, simulatedRun] = [simulated[name], runs[name]];
    if (workload === undefined || simulatedRun === undefined) return [];
    const metrics = elasticityOfRun(workload.planned, simulatedRun);
    const basis: Elasticity["basis"] = { id: "metric-target", params: { targets: [] } };
    return metrics === null ? [] : [{ workload: name, demand: "metric", basis, ...metrics }];
  });
  const nothing = { pods: [], ledger: null, traffic: {}, targetAssertions: [] };
  const evidence: Evidence = { run, live, workloads: declared, elasticity, done: nothingInjected(), ...nothing };
  return evaluateScenario(scenario, evidence, DEADLINES).filter(({ id }) => id !== "load-delivered");
}
