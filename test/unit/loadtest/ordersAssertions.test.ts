import { ordersAssertions } from "../../../loadtest/targets/orders/assertions/ordersAssertions.ts";
import { evaluate, NOTHING_DONE, scenarioOf } from "./evaluation.ts";
import {
  API_AUTOSCALER,
  containerMetric,
  deployment,
  ledgerOf,
  LOAD_START_MS,
  ran,
  run,
  samples,
  value,
} from "./fixtures.ts";

const COUNTERS = {
  ...{ apiRequests: 0, ordersProcessed: 4000, locksLost: 0, orderAgeSeconds: { p50: 1, p95: 2, max: 3 } },
  ...{ scrapes: { api: 9, worker: 9 }, lostScrapes: { api: 0, worker: 0 }, uncountedOrdersUpperBound: 0 },
};

test("the orders system adds its own assertions in a fixed order, and nothing without Prometheus that needs it", () => {
  const idsOf = (name: Parameters<typeof scenarioOf>[0], counters: typeof COUNTERS | null): string[] =>
    ordersAssertions(scenarioOf(name), {
      ...{ run: run({ samples: [] }), pods: [], done: NOTHING_DONE, ledger: value(ledgerOf()) },
      ...{ thirds: null, workerMemory: counters === null ? null : value([1, 1, 1]), workerConcurrency: value(16) },
      counters: counters === null ? null : value(counters),
    }).map(({ assertion }) => `${assertion.subject}/${assertion.id}`);
  expect(idsOf("soak", COUNTERS)).toEqual([
    ...["api/memory-steady", "worker/memory-steady", "api/replicas-steady", "worker/replicas-steady"],
    ...["load/latency-steady", "worker/metric-matches-ledger", "orders/processing-time-within-objective"],
  ]);
  expect(idsOf("scale-in-under-load", COUNTERS)).toEqual([
    ...["worker/metric-matches-ledger", "worker/terminated-gracefully", "worker/no-lock-lost"],
    "orders/redeliveries-within-bound",
  ]);
  expect(idsOf("scale-in-under-load", null)).toEqual([
    "worker/terminated-gracefully",
    "orders/redeliveries-within-bound",
  ]);
  expect(idsOf("api-cpu", COUNTERS)).toEqual([]);
});

test("an API whose HPA has memory as an amount may grow by so many MiB, not by a share of a request", () => {
  const MIB = 2 ** 20;
  const memoryGrows = (fromMiB: number, toMiB: number): unknown => {
    const memory = (at: number) => ({
      ...containerMetric("memory", "api", (at < 200 ? fromMiB : toMiB) * MIB, 400 * MIB),
      targetType: "AverageValue" as const,
    });
    const seen = samples(-10, 340, (at) => ({
      workerDeployment: deployment(at >= 4 && at < 330 ? 1 : 0),
      queue: value({ active: at >= 1 && at < 305 ? 3 : 0, deadLettered: 0 }),
      apiAutoscaler: value({ ...API_AUTOSCALER, metrics: [memory(at)] }),
    }));
    const soak = scenarioOf("soak");
    const load = ran({ iterations: soak.load.delivered ?? 0 });
    const { all } = evaluate("soak", {
      run: run({ samples: seen, loadEndMs: LOAD_START_MS + 300_000, load }),
      ledger: value(ledgerOf()),
    });
    return all.find(({ id }) => id === "memory-steady");
  };
  expect(memoryGrows(40, 49)).toMatchObject({
    status: "pass",
    expected: { unit: "MiB", allowedAtLeast: 10 },
    measured: { before: expect.closeTo(40, 0) as number, last: expect.closeTo(49, 0) as number },
  });
  expect(memoryGrows(40, 52)).toMatchObject({ status: "fail" });
});
