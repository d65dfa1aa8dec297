import type { Counters } from "../../../loadtest/model/counters.ts";
import type { PodLife } from "../../../loadtest/model/pods.ts";
import { evaluateBacklog, processedBacklog, type Readings, evaluateReads, reads, REQUESTS } from "./evaluation.ts";
import { deployment, GAP, ledgerOf, LOAD_START_MS, samples, value, SCALED_OBJECT, ran } from "./fixtures.ts";

describe("the ledger", () => {
  const worked = { samples: samples(-10, 85, processedBacklog) };

  test("a lost order fails, with what loses orders", () => {
    const { verdict, not } = evaluateBacklog(worked, value(ledgerOf({ processedOnce: 3999, lost: 1 })));
    expect(verdict).toBe("fail");
    expect(not["orders/none-lost"]).toBe("fail: orders-lost, completed-before-commit");
    expect(not["orders/all-processed"]).toMatch(/^fail/);
  });

  test("orders that still wait after the queue had its time fail", () => {
    const slow = (at: number): Readings => ({
      ...processedBacklog(Math.min(at, 30)),
      queue: value({ active: at >= 1 ? 900 : 0, deadLettered: 0 }),
    });
    const ledger = value(ledgerOf({ processedOnce: 3100, waiting: 900 }));
    const { not } = evaluateBacklog({ samples: samples(-10, 304, slow) }, ledger);
    expect(not["orders/all-processed"]).toMatch(/^fail/);
    expect(not["orders/none-lost"]).toBeUndefined();
  });

  test("a ledger that could not be read is inconclusive", () => {
    const { verdict, not } = evaluateBacklog(worked, { kind: "gap", error: "Redis cannot be read" });
    expect(verdict).toBe("inconclusive");
    expect(not["orders/none-lost"]).toBe("inconclusive: ledger-unreadable");
  });
});

describe("external changes", () => {
  const evicted: PodLife = {
    name: "api-1",
    workload: "api",
    createdMs: LOAD_START_MS - 60_000,
    readyMs: LOAD_START_MS - 50_000,
    goneMs: LOAD_START_MS + 31_000,
    endedBecause: "EvictionByEvictionAPI: Eviction API: evicting",
    restarts: 0,
    removedExternally: true,
    exitCode: 0,
  };
  const without = (at: number): Readings => ({
    ...processedBacklog(at),
    ...(at === 30 ? { apiDeployment: value({ desired: 1, replicas: 0, ready: 0, rolledOut: false }) } : {}),
  });

  test("an evicted API pod makes the failure about API replicas inconclusive, and is named", () => {
    const { verdict, not } = evaluateBacklog({ samples: samples(-10, 85, without) }, undefined, { pods: [evicted] });
    expect(verdict).toBe("inconclusive");
    expect(not["api/does-not-scale"]).toMatch(/^inconclusive: external-pod-removal, replicas-changed/);
  });

  test("a removed pod makes assertions about its own workload inconclusive, and no other", () => {
    const { not } = evaluateBacklog({ samples: samples(-10, 85, without) }, undefined, {
      pods: [{ ...evicted, workload: "worker" }],
    });
    expect(not["api/does-not-scale"]).toMatch(/^fail/);
  });

  test("an evicted API pod leaves failed requests a failure where the load goes straight to the queue", () => {
    const load = ran({ iterations: 40, failedRequests: 3 });
    const { not } = evaluateBacklog({ samples: samples(-10, 85, without), load }, undefined, { pods: [evicted] });
    expect(not["load/failed-requests-within-objective"]).toBe("fail: requests-failed");
  });

  test("an evicted API pod makes failed requests inconclusive where the load goes to the API", () => {
    const { not } = evaluateReads(
      { samples: samples(-10, 155, reads), load: ran({ iterations: REQUESTS, failedRequests: 2 }) },
      { pods: [evicted] },
    );
    expect(not["load/failed-requests-within-objective"]).toBe("inconclusive: external-pod-removal, requests-failed");
  });

  test("a pod that crashed leaves failures failures", () => {
    const crashed = { ...evicted, removedExternally: false, endedBecause: "container api ended with 137 (OOMKilled)" };
    const { not } = evaluateBacklog({ samples: samples(-10, 85, without) }, undefined, { pods: [crashed] });
    expect(not["api/does-not-scale"]).toMatch(/^fail/);
  });

  test("a ScaledObject that is paused during the run makes failures inconclusive, and is named", () => {
    const stuck = (at: number): Readings => ({
      ...processedBacklog(at),
      workerDeployment: deployment(at < 5 ? 0 : 1),
      ...(at > 3
        ? { workerScaledObject: value({ ...SCALED_OBJECT, pausedBy: ['autoscaling.keda.sh/paused: "true"'] }) }
        : {}),
    });
    const { not } = evaluateBacklog({ samples: samples(-10, 205, stuck) });
    expect(not["worker/scales-out"]).toMatch(/^inconclusive: external-pause, /);
  });
});

describe("the services' own counters", () => {
  const counters: Counters = {
    apiRequests: 0,
    ordersProcessed: 4000,
    locksLost: 0,
    orderAgeSeconds: { p50: 10, p95: 20, max: 30 },
    scrapes: { api: 20, worker: 20 },
    lostScrapes: { api: 0, worker: 0 },
    uncountedOrdersUpperBound: 0,
  };

  test("that are flat pass beside the replicas", () => {
    const { verdict, all } = evaluateBacklog({ samples: samples(-10, 85, processedBacklog) }, undefined, {
      counters: value(counters),
    });
    expect(verdict).toBe("pass");
    expect(all.map(({ id }) => id)).toContain("no-traffic");
  });

  test("that show traffic of a workload that must not scale fail, although its replicas did not change", () => {
    const { not } = evaluateBacklog({ samples: samples(-10, 85, processedBacklog) }, undefined, {
      counters: value({ ...counters, apiRequests: 4000 }),
    });
    expect(not["api/no-traffic"]).toMatch(/^fail/);
  });

  test("that cannot be read are inconclusive; without Prometheus nothing is asserted", () => {
    const seen = { samples: samples(-10, 85, processedBacklog) };
    expect(evaluateBacklog(seen, undefined, { counters: GAP }).verdict).toBe("inconclusive");
    expect(evaluateBacklog(seen, undefined, { counters: null }).verdict).toBe("pass");
  });
});
