import { join } from "node:path";
import { apiCpuSteps, declaredRequests, durationSeconds, formatSteps, queueBacklog, type Step } from "../profiles.ts";
import {
  loadWasDelivered,
  noRequestFailed,
  ordersAreAccountedFor,
  queueStaysEmpty,
  reaches,
  returnsTo,
  type Run,
  startsAt,
  stays,
} from "./judge.ts";
import type { Ledger } from "./ledger.ts";
import { deploymentOf, type Reading, type Sample, valueOf, type Workload } from "./observed.ts";
import type { Assertion } from "./verdict.ts";

const SCRIPTS = join(import.meta.dirname, "..");

/** How long the proof waits, in seconds. Generous: each bounds a failure, a set-up that works is far quicker. */
export interface Deadlines {
  /** For everything to come to rest before a load. */
  settleSeconds: number;
  /** How long everything has to be at rest before a load. */
  restSeconds: number;
  /** From the start of the backlog to enough workers. */
  scaleOutSeconds: number;
  /** From the end of the look-ups to enough API replicas: a CPU sample is up to 40 s old when the HPA acts on it, and a pod has to start. */
  scaleOutGraceSeconds: number;
  /** From the backlog's last message to an empty queue. */
  drainSeconds: number;
  /** On top of the cooldown or stabilisation window, for the way back. */
  returnMarginSeconds: number;
}

export const DEADLINES: Deadlines = {
  settleSeconds: 240,
  restSeconds: 10,
  scaleOutSeconds: 180,
  scaleOutGraceSeconds: 45,
  drainSeconds: 240,
  returnMarginSeconds: 120,
};

/** What the live objects say about how this cluster scales; read from them so that it is written only once. */
export interface Live {
  apiMinimum: number;
  apiStabilisationSeconds: number;
  workerPollingIntervalSeconds: number;
  workerCooldownSeconds: number;
}

/** A k6 script with what it needs to run. */
export interface Load {
  script: string;
  environment: Record<string, string>;
  declaredIterations: number;
  longestSeconds: number;
}

/** A run that is still going on, as far as it has been seen. */
export interface Progress {
  samples: readonly Sample[];
  loadStartMs: number;
  loadEndMs: number | null;
  loadBroke: boolean;
}

export type ScenarioName = "queue-backlog" | "api-cpu";

/** A load, what it has to move, and what it must not. */
export interface Scenario {
  name: ScenarioName;
  /** Who follows this load's signal, and to at least how many ready replicas. */
  mover: Workload;
  floor: number;
  /** Who must not notice. */
  bystander: Workload;
  load: Load;
  /** Whether the load puts orders on the queue that have to be accounted for. */
  sendsOrders: boolean;
  /** What is still to be waited for, in words; undefined when the outcome is decided. */
  awaits(progress: Progress, live: Live, deadlines: Deadlines): string | undefined;
  judge(run: Run, ledger: Reading<Ledger> | null, live: Live, deadlines: Deadlines): Assertion[];
}

/** A backlog straight on the queue: the worker goes 0 → N → 0 and fulfils every order, the API does not move. */
export function queueBacklogScenario({
  orders = queueBacklog.orders,
  environment = {},
}: {
  orders?: number;
  environment?: Record<string, string>;
}): Scenario {
  const declaredIterations = Math.ceil(orders / queueBacklog.ordersPerRequest);
  const floor = 4;
  return {
    name: "queue-backlog",
    mover: "worker",
    floor,
    bystander: "api",
    load: {
      script: join(SCRIPTS, "queue-backlog.ts"),
      environment: { ...environment, ORDERS: String(orders) },
      declaredIterations,
      longestSeconds: queueBacklog.longestSeconds + 30,
    },
    sendsOrders: true,

    awaits: (progress, live, deadlines) => {
      const { loadStartMs, loadEndMs } = progress;
      if (progress.loadBroke) return undefined;
      if (loadEndMs === null) return "k6 to send the backlog";
      const nowMs = progress.samples.at(-1)?.atMs ?? loadStartMs;
      const drained = drainedMs(progress.samples, loadEndMs);
      const reached = reachedMs(progress.samples, loadStartMs, "worker", floor) !== null;
      if (!reached && drained === null && nowMs <= loadStartMs + deadlines.scaleOutSeconds * 1000) {
        return `worker to have ${floor} ready`;
      }
      if (!reached && !hasMoved(progress.samples, loadStartMs, "worker", 0)) return undefined;
      if (drained === null) {
        return nowMs <= loadEndMs + deadlines.drainSeconds * 1000 ? "the queue to drain" : undefined;
      }
      if (isAt(progress.samples, "worker", 0)) return undefined;
      return nowMs <= drained + workerReturnSeconds(live, deadlines) * 1000 ? "worker to come back to 0" : undefined;
    },

    judge: (run, ledger, live, deadlines) => {
      const drained = run.loadEndMs === null ? null : drainedMs(run.samples, run.loadEndMs);
      const waited =
        drained !== null || (run.loadEndMs !== null && run.endMs >= run.loadEndMs + deadlines.drainSeconds * 1000);
      return [
        loadWasDelivered(run, declaredIterations, { workload: "worker", floor }),
        noRequestFailed(run),
        startsAt(run, "worker", 0),
        reaches(run, {
          workload: "worker",
          floor,
          deadlineMs: run.loadStartMs + deadlines.scaleOutSeconds * 1000,
          decidedMs: drained,
          declaredIterations,
        }),
        returnsTo(run, {
          workload: "worker",
          replicas: 0,
          sinceMs: drained,
          since: "the empty queue",
          deadlineSeconds: workerReturnSeconds(live, deadlines),
        }),
        stays(run, "api", live.apiMinimum),
        ...ordersAreAccountedFor(run, ledger, waited),
      ];
    },
  };
}

/** Look-ups at a rising rate: the API goes from its minimum to at least 3 and back and answers every one, the worker stays at 0. */
export function apiCpuScenario({
  steps = apiCpuSteps,
  environment = {},
}: {
  steps?: readonly Step[];
  environment?: Record<string, string>;
}): Scenario {
  const declaredIterations = declaredRequests(steps);
  const floor = 3;
  return {
    name: "api-cpu",
    mover: "api",
    floor,
    bystander: "worker",
    load: {
      script: join(SCRIPTS, "api-cpu.ts"),
      environment: { ...environment, API_STEPS: formatSteps(steps) },
      declaredIterations,
      longestSeconds: durationSeconds(steps) + 60,
    },
    sendsOrders: false,

    awaits: (progress, live, deadlines) => {
      const { loadStartMs, loadEndMs } = progress;
      if (progress.loadBroke) return undefined;
      if (loadEndMs === null) return "k6 to run the declared load";
      const nowMs = progress.samples.at(-1)?.atMs ?? loadStartMs;
      const reached = reachedMs(progress.samples, loadStartMs, "api", floor) !== null;
      if (!reached) {
        return nowMs <= loadEndMs + deadlines.scaleOutGraceSeconds * 1000 ? `api to have ${floor} ready` : undefined;
      }
      if (isAt(progress.samples, "api", live.apiMinimum)) return undefined;
      return nowMs <= loadEndMs + apiReturnSeconds(live, deadlines) * 1000
        ? `api to come back to ${live.apiMinimum}`
        : undefined;
    },

    judge: (run, _ledger, live, deadlines) => [
      loadWasDelivered(run, declaredIterations, { workload: "api", floor }),
      noRequestFailed(run),
      startsAt(run, "api", live.apiMinimum),
      reaches(run, {
        workload: "api",
        floor,
        deadlineMs: (run.loadEndMs ?? run.endMs) + deadlines.scaleOutGraceSeconds * 1000,
        decidedMs: null,
        declaredIterations,
      }),
      returnsTo(run, {
        workload: "api",
        replicas: live.apiMinimum,
        sinceMs: run.loadEndMs,
        since: "the load's end",
        deadlineSeconds: apiReturnSeconds(live, deadlines),
      }),
      stays(run, "worker", 0),
      queueStaysEmpty(run),
    ],
  };
}

function workerReturnSeconds(live: Live, deadlines: Deadlines): number {
  return live.workerCooldownSeconds + live.workerPollingIntervalSeconds + deadlines.returnMarginSeconds;
}

function apiReturnSeconds(live: Live, deadlines: Deadlines): number {
  return live.apiStabilisationSeconds + deadlines.returnMarginSeconds;
}

/** When the queue was first seen empty after the load; null where it was not. */
function drainedMs(samples: readonly Sample[], loadEndMs: number): number | null {
  return samples.find(({ atMs, readings }) => atMs >= loadEndMs && valueOf(readings.queue)?.active === 0)?.atMs ?? null;
}

function reachedMs(samples: readonly Sample[], fromMs: number, workload: Workload, floor: number): number | null {
  const reached = samples.find(
    (sample) => sample.atMs >= fromMs && (valueOf(deploymentOf(sample, workload))?.ready ?? 0) >= floor,
  );
  return reached?.atMs ?? null;
}

function hasMoved(samples: readonly Sample[], fromMs: number, workload: Workload, rest: number): boolean {
  return samples.some(
    (sample) => sample.atMs >= fromMs && (valueOf(deploymentOf(sample, workload))?.wanted ?? rest) > rest,
  );
}

/** Whether the newest sample shows the workload at rest. */
function isAt(samples: readonly Sample[], workload: Workload, rest: number): boolean {
  const newest = samples.at(-1);
  const state = newest === undefined ? undefined : valueOf(deploymentOf(newest, workload));
  return state?.wanted === rest && state.ready === rest && state.replicas === rest;
}
