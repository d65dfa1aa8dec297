import { type Sizes, sizesOf } from "../../../loadtest/k6/lib/profiles.ts";
import { type Evidence, evaluateScenario } from "../../../loadtest/assertions/evaluateScenario.ts";
import { nothingInjected } from "../../../loadtest/assertions/faults.ts";
import { DEADLINES } from "../../../loadtest/assertions/progress.ts";
import type { Run } from "../../../loadtest/assertions/run.ts";
import type { Assertion } from "../../../loadtest/model/assertion.ts";
import type { Counters } from "../../../loadtest/model/counters.ts";
import type { Ledger } from "../../../loadtest/model/ledger.ts";
import type { Reading } from "../../../loadtest/model/reading.ts";
import type { Traffic } from "../../../loadtest/model/traffic.ts";
import { verdictOf } from "../../../loadtest/model/verdict.ts";
import { type OrdersEvidence, ordersAssertions } from "../../../loadtest/targets/orders/assertions/ordersAssertions.ts";
import { ordersScenario } from "../../../loadtest/targets/orders/catalogue.ts";
import type { OrdersScenario } from "../../../loadtest/targets/orders/scenarios/declaration.ts";
import type { ScenarioName } from "../../../loadtest/targets/orders/scenarios/names.ts";
import {
  ABSENT,
  containerMetric,
  deployment,
  ledgerOf,
  LIVE,
  LOAD_START_MS,
  notPassed,
  queueMetric,
  ran,
  type Readings as AllReadings,
  run,
  value,
  WORKER_AUTOSCALER,
  WORKLOADS,
  API_AUTOSCALER,
} from "./fixtures.ts";

/** As the loads are declared in these tests: 40 requests of orders, reads for 105 s. */
export const SIZES: Sizes = {
  ...sizesOf.smoke,
  backlogOrders: 4000,
  readSteps: [{ requestsPerSecond: 1500, seconds: 105 }],
};
export const NOTHING_DONE = nothingInjected();

export type Readings = Partial<AllReadings>;

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

/** What is measured of the orders system, where not all is given. */
export type Measured = Partial<Evidence> & Partial<OrdersEvidence>;

export function scenarioOf(name: ScenarioName): OrdersScenario {
  return ordersScenario(name, SIZES, "orders-dev");
}

/** The claims that any system's scenario makes, and the orders system's own. */
export function evaluate(name: ScenarioName, measured: Measured & Pick<Evidence, "run">): Evaluated {
  const scenario = scenarioOf(name);
  const { counters = null } = measured;
  const given = {
    pods: [],
    live: LIVE,
    workloads: WORKLOADS,
    traffic: counters === null ? {} : { api: trafficIn(counters, "api"), worker: trafficIn(counters, "worker") },
    elasticity: [],
    counters,
    workerConcurrency: value(16),
    thirds: null,
    workerMemory: null,
    done: NOTHING_DONE,
    ...measured,
    // Where orders are sent something is claimed of them, counted or not.
    ledger: measured.ledger ?? (scenario.orders === null ? null : ABSENT),
  };
  const targetAssertions = ordersAssertions(scenario, given);
  return evaluated(evaluateScenario(scenario, { targetAssertions, ...given }, DEADLINES));
}

/** What the services count themselves, as the orders system's target tells it. */
function trafficIn(counters: Reading<Counters>, workload: "api" | "worker"): Reading<Traffic> {
  if (counters.kind !== "value") return counters;
  const { apiRequests, ordersProcessed, scrapes } = counters.value;
  return value({ counted: workload === "api" ? apiRequests : ordersProcessed, scrapes: scrapes[workload] });
}

export function evaluateBacklog(
  of: Partial<Run> & Pick<Run, "samples">,
  ledger: Reading<Ledger> | null = value(ledgerOf()),
  evidence: Measured = {},
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

export function evaluateReads(of: Partial<Run> & Pick<Run, "samples">, evidence: Measured = {}): Evaluated {
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
