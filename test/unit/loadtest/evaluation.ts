import { sizesOf } from "../../../loadtest/k6/lib/profiles.ts";
import { type Evidence, evaluateScenario } from "../../../loadtest/assertions/evaluateScenario.ts";
import type { InjectedFaults } from "../../../loadtest/assertions/faults.ts";
import { DEADLINES } from "../../../loadtest/assertions/progress.ts";
import type { Run } from "../../../loadtest/assertions/run.ts";
import type { Assertion } from "../../../loadtest/model/assertion.ts";
import type { Ledger } from "../../../loadtest/model/ledger.ts";
import type { Sample } from "../../../loadtest/model/observed.ts";
import type { Reading } from "../../../loadtest/model/reading.ts";
import type { ScenarioName, Sizes } from "../../../loadtest/model/scenario.ts";
import { verdictOf } from "../../../loadtest/model/verdict.ts";
import { scenarioNamed } from "../../../loadtest/targets/orders/scenarios/catalogue.ts";
import {
  containerMetric,
  deployment,
  ledgerOf,
  LIVE,
  LOAD_START_MS,
  notPassed,
  queueMetric,
  ran,
  run,
  value,
  WORKER_AUTOSCALER,
  API_AUTOSCALER,
} from "./fixtures.ts";

/** As the loads are declared in these tests: 40 requests of orders, reads for 105 s. */
export const SIZES: Sizes = {
  ...sizesOf.smoke,
  backlogOrders: 4000,
  readSteps: [{ requestsPerSecond: 1500, seconds: 105 }],
};
export const NOTHING_DONE: InjectedFaults = {
  skipped: [],
  lastInjectionMs: null,
  restoredMs: null,
  unrevertedChanges: [],
  killed: [],
};

export type Readings = Partial<Sample["readings"]>;

/** Backlog at 0 s, first worker at 5 s, four at 20 s, queue empty at 60 s, worker gone at 80 s. */
export function processedBacklog(at: number): Readings {
  const workers = at < 5 ? 0 : at < 20 ? 1 : at < 80 ? 5 : 0;
  const waiting = at >= 1 && at < 60 ? 4000 - 60 * at : 0;
  return {
    workerDeployment: deployment(workers),
    workerAutoscaler: value({
      ...WORKER_AUTOSCALER,
      metrics: [queueMetric(waiting / Math.max(1, workers), 50)],
    }),
    queue: value({ active: waiting, deadLettered: 0 }),
  };
}

export function evaluate(name: ScenarioName, evidence: Partial<Evidence> & Pick<Evidence, "run">): Evaluated {
  const scenario = scenarioNamed(name);
  const unmeasured = {
    pods: [],
    live: LIVE,
    ledger: null,
    counters: null,
    workerConcurrency: value(16),
    thirds: null,
    workerMemory: null,
    done: NOTHING_DONE,
  };
  return evaluated(
    evaluateScenario(scenario, SIZES, { ...unmeasured, load: scenario.load(SIZES), ...evidence }, DEADLINES),
  );
}

export function evaluateBacklog(
  of: Partial<Run> & Pick<Run, "samples">,
  ledger: Reading<Ledger> | null = value(ledgerOf()),
  evidence: Partial<Evidence> = {},
): Evaluated {
  return evaluate("queue-backlog", { run: run(of), ledger, ...evidence });
}

/** 10 s idle, reads from 0 s to 105 s, three replicas at 40 s, one again at 150 s. */
export function reads(at: number): Readings {
  const api = at < 30 ? 1 : at < 150 ? 3 : 1;
  const cpu = containerMetric("cpu", "api", at > 20 && at < 110 ? 170 : 5, 60);
  return {
    apiDeployment: deployment(api, at >= 30 && at < 40 ? 1 : api),
    apiAutoscaler: value({ ...API_AUTOSCALER, desired: api, metrics: [cpu] }),
  };
}

export const REQUESTS = 157_500;

export function evaluateReads(of: Partial<Run> & Pick<Run, "samples">, evidence: Partial<Evidence> = {}): Evaluated {
  return evaluate("api-cpu", {
    run: run({ loadEndMs: LOAD_START_MS + 105_000, load: ran({ iterations: REQUESTS }), ...of }),
    ...evidence,
  });
}

export interface Evaluated {
  verdict: string;
  not: Record<string, string>;
  all: Assertion[];
}

/** The verdict, and each assertion that did not pass with its status and causes. */
function evaluated(all: Assertion[]): Evaluated {
  return {
    verdict: verdictOf(all.map(({ status }) => status)),
    not: notPassed(all),
    all,
  };
}
