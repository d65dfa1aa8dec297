import { terminatedGracefully } from "../../../assertions/termination.ts";
import type { Seen, TargetAssertion } from "../../../engine/proofTarget.ts";
import type { Counters } from "../../../model/counters.ts";
import type { Ledger } from "../../../model/ledger.ts";
import type { Latency } from "../../../model/load.ts";
import type { Reading } from "../../../model/reading.ts";
import type { OrdersScenario } from "../scenarios/declaration.ts";
import { metricMatchesLedger, processingTimeWithin } from "./counters.ts";
import { noDrift } from "./drift.ts";
import { noLockLost, redeliveriesWithinBound } from "./redeliveries.ts";

/** What was measured of a scenario that only the orders system has. */
export interface OrdersEvidence extends Pick<Seen, "run" | "pods" | "done"> {
  ledger: Reading<Ledger> | null;
  /** Messages that the load sent and that can never be an order: they are in no ledger. */
  poison?: number;
  /** Null where the cluster has no Prometheus: then nothing is claimed by it. */
  counters: Reading<Counters> | null;
  /** Latencies of requests by thirds of the load; null where there are none. */
  thirds: readonly Latency[] | null;
  /** Of a worker by thirds of the load, in MiB; null where the cluster has no Prometheus, or the scenario is not about it. */
  workerMemory: Reading<number[]> | null;
  /** Messages that one worker processes at once, as the live Deployment says. */
  workerConcurrency: Reading<number>;
}

/** The orders system's own assertions. No external change of a workload makes their failures inconclusive. */
export function ordersAssertions(scenario: OrdersScenario, evidence: OrdersEvidence): TargetAssertion[] {
  const { run, ledger, counters, done } = evidence;
  const { orders, orderAgeP95Seconds, steady } = scenario;
  const assertions = steady ? noDrift(run, evidence.thirds, evidence.workerMemory) : [];
  if (orders !== null && counters !== null) {
    assertions.push(metricMatchesLedger(counters, ledger, evidence.poison));
    if (orderAgeP95Seconds !== null) assertions.push(processingTimeWithin(counters, orderAgeP95Seconds));
  }
  if (killsWorkers(scenario)) {
    assertions.push(terminatedGracefully("worker", evidence));
    if (counters !== null) assertions.push(noLockLost(counters, { killed: true }));
    assertions.push(redeliveriesWithinBound(ledger, evidence.workerConcurrency, done.killed.length));
  }
  return assertions.map((assertion) => ({ about: [], assertion }));
}

/** Whether workers are killed, so that what they held comes again. */
export function killsWorkers({ faultInjections }: Pick<OrdersScenario, "faultInjections">): boolean {
  return faultInjections.some(
    ({ action }) => action.kind === "kill" && "workload" in action.pods && action.pods.workload === "worker",
  );
}
