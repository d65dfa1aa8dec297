import { sizesOf } from "../../../loadtest/k6/lib/profiles.ts";
import { type Deadlines, DEADLINES } from "../../../loadtest/assertions/progress.ts";
import { type Outcome, runScenario } from "../../../loadtest/engine/runScenario.ts";
import type { ScenarioEnvironment } from "../../../loadtest/engine/scenarioEnvironment.ts";
import type { LoadResult } from "../../../loadtest/model/load.ts";
import type { Sample } from "../../../loadtest/model/observed.ts";
import type { ScenarioReport } from "../../../loadtest/model/scenarioReport.ts";
import { scenarioNamed } from "../../../loadtest/targets/orders/scenarios/catalogue.ts";
import type { ScenarioName, Sizes } from "../../../loadtest/model/scenario.ts";
import { deployment, ledgerOf, LOAD_START_MS, ran, sample, value, WORKER_AUTOSCALER, queueMetric } from "./fixtures.ts";

/** What differs from idle, so many seconds after the load's start; undefined before it. */
export type States = (seconds: number | undefined, cluster: FakeCluster) => Partial<Sample["readings"]>;

export interface FakeCluster {
  environment: ScenarioEnvironment;
  loadsStarted: number;
  stops: string[];
  /** Changes to the running system, in order. */
  actions: string[];
  abort: AbortController;
}

export const SIZES: Sizes = { ...sizesOf.smoke, readSteps: [{ requestsPerSecond: 1, seconds: 40 }] };

/** A made-up cluster whose clock moves on by a second with each sample. */
export function fakeCluster(
  states: States,
  result: LoadResult = ran({ iterations: 40 }),
  loadSeconds = 3,
): FakeCluster {
  let nowMs = LOAD_START_MS;
  let loadStartMs: number | undefined;
  let end: ((result: LoadResult) => void) | undefined;
  const samples: Sample[] = [];
  const abort = new AbortController();

  function take(): Sample {
    nowMs += 1000;
    const seconds = loadStartMs === undefined ? undefined : (nowMs - loadStartMs) / 1000;
    if (seconds !== undefined && seconds >= loadSeconds) end?.(result);
    const taken = { atMs: nowMs, readings: sample(0, states(seconds, cluster)).readings };
    samples.push(taken);
    return taken;
  }

  const cluster: FakeCluster = {
    loadsStarted: 0,
    stops: [],
    actions: [],
    abort,
    environment: {
      startSampler: () => ({ samples, next: () => Promise.resolve(take()), stop: () => Promise.resolve() }),
      startPods: () => ({ samples: [], next: () => Promise.resolve(undefined), stop: () => Promise.resolve() }),
      watchPodEnds: () => ({ ends: new Map(), stop: () => undefined }),
      metricsResolutionSeconds: 15,
      queue: "orders",
      nowMs: () => nowMs,
      startLoad: () => {
        cluster.loadsStarted += 1;
        loadStartMs = nowMs;
        const ended = new Promise<LoadResult>((resolve) => (end = resolve));
        const stop = (reason: string): void => {
          cluster.stops.push(reason);
          end?.({ kind: "broke", exitCode: null, reason });
        };
        return Promise.resolve({ result: ended, outputFile: "ids", stop });
      },
      readSent: () => Promise.resolve({ accepted: ["a"], unconfirmed: [] }),
      readThirds: () => Promise.resolve(null),
      readLedger: ({ accepted: { length } }) =>
        Promise.resolve(value(ledgerOf({ accepted: length, processedOnce: length }))),
      readWorkerMemory: () => Promise.resolve(null),
      readCounters: () => Promise.resolve(null),
      readWorkerConcurrency: () => Promise.resolve(value(16)),
      change: (field, to) => {
        cluster.actions.push(`${field} = ${to}`);
        const undo = (): Promise<void> => {
          cluster.actions.push(`${field} restored`);
          return Promise.resolve();
        };
        return Promise.resolve({ revertCommand: `kubectl patch ${field}`, undo });
      },
      kill: (workload) => {
        cluster.actions.push(`kill ${workload}`);
        return Promise.resolve(`${workload}-1`);
      },
      restart: (workload) => {
        cluster.actions.push(`restart ${workload}`);
        return Promise.resolve();
      },
      log: () => undefined,
      signal: abort.signal,
    },
  };
  return cluster;
}

export function run(
  name: ScenarioName,
  { environment }: FakeCluster,
  deadlines: Partial<Deadlines> = {},
): Promise<Outcome> {
  const scenario = scenarioNamed(name);
  return runScenario(scenario, SIZES, scenario.load(SIZES), environment, { ...DEADLINES, ...deadlines });
}

/** Seconds from a moment of the report to its end. */
export function secondsUntilEnd(report: ScenarioReport, from: "loadStartedAt" | "loadEndedAt"): number {
  return (Date.parse(report.endedAt) - Date.parse(report[from] ?? "")) / 1000;
}

export const ASKED = value({
  ...WORKER_AUTOSCALER,
  metrics: [queueMetric(90, 50)],
});

export const workedOff: States = (seconds = 0) => ({
  workerDeployment: deployment(seconds > 5 && seconds < 60 ? 4 : 0),
  workerAutoscaler: ASKED,
  queue: value({ active: seconds > 1 && seconds < 40 ? 100 : 0, deadLettered: 0 }),
});
