import { type Sizes, sizesOf } from "../../../loadtest/k6/lib/profiles.ts";
import { type Deadlines, DEADLINES } from "../../../loadtest/assertions/progress.ts";
import { runScenario } from "../../../loadtest/engine/runScenario.ts";
import type { ScenarioEnvironment } from "../../../loadtest/engine/scenarioEnvironment.ts";
import type { LoadResult } from "../../../loadtest/model/load.ts";
import { type LiveField, nameOf } from "../../../loadtest/model/scenario.ts";
import type { Sample } from "../../../loadtest/model/observed.ts";
import { ordersAssertions } from "../../../loadtest/targets/orders/assertions/ordersAssertions.ts";
import { watchesOtherQueue } from "../../../loadtest/targets/orders/assertions/watchedQueue.ts";
import { type OrdersScenario, QUEUE } from "../../../loadtest/targets/orders/scenarios/declaration.ts";
import { ordersWorkloads } from "../../../loadtest/targets/orders/workloads.ts";
import type { ScenarioReport } from "../../../loadtest/model/scenarioReport.ts";
import { ordersScenario } from "../../../loadtest/targets/orders/catalogue.ts";
import type { ScenarioName } from "../../../loadtest/targets/orders/scenarios/names.ts";
import {
  deployment,
  ledgerOf,
  LOAD_START_MS,
  queueMetric,
  ran,
  type Readings,
  sample,
  value,
  WORKER_AUTOSCALER,
} from "./fixtures.ts";

const NAMESPACE = "orders-dev";

/** What differs from idle, so many seconds after the load's start; undefined before it. */
export type States = (seconds: number | undefined, cluster: FakeCluster) => Partial<Readings>;

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
    const taken = { ...sample(0, states(seconds, cluster)), atMs: nowMs };
    samples.push(taken);
    return taken;
  }

  const stopped = { settled: () => Promise.resolve(), stop: () => Promise.resolve() };
  const cluster: FakeCluster = {
    loadsStarted: 0,
    stops: [],
    actions: [],
    abort,
    environment: {
      sampler: {
        ...stopped,
        samples,
        next: () => Promise.resolve(take()),
        forget: (beforeMs) => {
          samples.splice(0, samples.filter(({ atMs }) => atMs < beforeMs).length);
        },
      },
      pods: { ...stopped, samples: [], next: () => Promise.resolve(undefined), forget: () => undefined },
      podEnds: { ends: new Map() },
      metricsResolutionSeconds: 15,
      cpuTime: () => Promise.resolve(null),
      target: {
        workloads: ordersWorkloads(NAMESPACE),
        queues: { [QUEUE]: () => Promise.resolve(undefined) },
        externalMetrics: false,
        replacesPods: true,
        ruledOut: (scenario, live) => watchesOtherQueue(scenario, live, "orders"),
        environmentOf: () => Promise.resolve({}),
        evidenceOf: (scenario, seen) => {
          const declared = orderScenarioNamed(scenario.name as ScenarioName);
          const sends = declared.orders !== null;
          const ledger =
            sends && seen.run.cutShort === null ? value(ledgerOf({ accepted: 1, processedOnce: 1 })) : null;
          const unmeasured = { counters: null, thirds: null, workerMemory: null, workerConcurrency: value(16) };
          return Promise.resolve({
            ledger,
            messages: sends ? 1 : null,
            traffic: {},
            counters: null,
            assertions: ordersAssertions(declared, { ...seen, ...unmeasured, ledger }),
          });
        },
        close: () => undefined,
      },
      nowMs: () => nowMs,
      startLoad: () => {
        cluster.loadsStarted += 1;
        loadStartMs = nowMs;
        const ended = new Promise<LoadResult>((resolve) => (end = resolve));
        const stop = (reason: string): void => {
          cluster.stops.push(reason);
          end?.({ kind: "broke", exitCode: null, reason });
        };
        return Promise.resolve({ result: ended, outputFile: "ids", summaryFile: "ids", stop });
      },
      change: (field, to) => {
        cluster.actions.push(`${lastOf(field)} = ${to}`);
        const undo = (): Promise<void> => {
          cluster.actions.push(`${lastOf(field)} restored`);
          return Promise.resolve();
        };
        return Promise.resolve({ revertCommand: `kubectl patch ${lastOf(field)}`, undo });
      },
      kill: ({ pods }) => {
        cluster.actions.push(`kill ${nameOf(pods)}`);
        return Promise.resolve([{ pod: `${nameOf(pods)}-1`, namespace: NAMESPACE, refusedBecause: null }]);
      },
      evict: ({ pod }) => {
        cluster.actions.push(`evict ${pod}`);
        return Promise.resolve(null);
      },
      cordon: (pods) => {
        cluster.actions.push(`cordon ${nameOf(pods)}`);
        const undo = (): Promise<void> => {
          cluster.actions.push("uncordon");
          return Promise.resolve();
        };
        return Promise.resolve([{ revertCommand: "kubectl uncordon node", undo }]);
      },
      exec: (pods, command) => {
        cluster.actions.push(`${command.join(" ")} in ${nameOf(pods)}`);
        return Promise.resolve(`${nameOf(pods)}-1`);
      },
      injectOnNode: (fault) => {
        cluster.actions.push(fault.kind);
        const undo = (): Promise<void> => {
          cluster.actions.push(`${fault.kind} reverted`);
          return Promise.resolve();
        };
        return Promise.resolve({ revertCommand: "./scripts/up", undo });
      },
      injectOnTarget: ({ name }) => {
        cluster.actions.push(name);
        const undo = (): Promise<void> => {
          cluster.actions.push(`${name} reverted`);
          return Promise.resolve();
        };
        return Promise.resolve({ revertCommand: "./scripts/up", undo });
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

/** The last part of a field's path. */
export function lastOf({ paths }: LiveField): string {
  return paths[0].split(".").at(-1) ?? "";
}

export function orderScenarioNamed(name: ScenarioName): OrdersScenario {
  return ordersScenario(name, SIZES, NAMESPACE);
}

export function run(
  name: ScenarioName,
  { environment }: FakeCluster,
  deadlines: Partial<Deadlines> = {},
): Promise<ScenarioReport> {
  const scenario = orderScenarioNamed(name);
  return runScenario({ scenario, repeat: null }, scenario.load, environment, { ...DEADLINES, ...deadlines });
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
