import { metricMatchesLedger } from "../../../loadtest/targets/orders/assertions/counters.ts";
import { readCounters } from "../../../loadtest/targets/orders/prometheus/counters.ts";
import { readMemoryByThirds } from "../../../loadtest/targets/orders/prometheus/memory.ts";
import type { TestPrometheus } from "../../support/prometheus.ts";
import type { Counters } from "../../../loadtest/model/counters.ts";
import type { Ledger } from "../../../loadtest/model/ledger.ts";
import type { Reading } from "../../../loadtest/model/reading.ts";
import {
  DRAINED,
  GROWING,
  GROWING_MEMORY,
  history,
  KILLED,
  NAMESPACE,
  NEXT_LOAD,
  QUIET,
  RESTARTED,
  START_MS,
  STRANGER,
  VANISHING,
} from "./countersHistory.ts";
import { prometheusOver } from "./prometheusHistory.ts";

/** Toolsets are built at their first use. */
const FIRST_BUILD_LIMIT_MS = 15 * 60_000;
let prometheus: TestPrometheus;
beforeAll(async () => {
  prometheus = await prometheusOver(START_MS, history);
}, FIRST_BUILD_LIMIT_MS);
afterAll(() => prometheus.close());

/** In the minute that begins 10 s after the stretch. */
async function of(stretch: number, toSecond = 70): Promise<Reading<Counters>> {
  const fromMs = START_MS + (stretch + 10) * 1000;
  return readCounters(prometheus, { namespace: NAMESPACE, fromMs, toMs: START_MS + (stretch + toSecond) * 1000 });
}

async function valueOf(stretch: number): Promise<Counters> {
  const read = await of(stretch);
  if (read.kind !== "value") throw new Error(JSON.stringify(read));
  return read.value;
}

describe("service metrics, from a real Prometheus", () => {
  test("count nothing without traffic, whatever was counted before; the API's description does not count", async () => {
    expect(await valueOf(QUIET)).toEqual({
      apiRequests: 0,
      ordersProcessed: 0,
      locksLost: 0,
      orderAgeSeconds: null,
      scrapes: { api: 13, worker: 0 },
      lostScrapes: { api: 0, worker: 0 },
      uncountedOrdersUpperBound: 0,
    });
  });

  test("count each pod's increase: an old pod's from its value before, a new pod's and a new route's from 0", async () => {
    expect((await valueOf(GROWING)).apiRequests).toBe(600 + 3 + 800);
  });

  test("of pods that ended have all that was scraped, and an upper bound of what is missing", async () => {
    const counters = await valueOf(VANISHING);
    // The last scrape of each saw 100 fulfilled, 2 duplicates and 1 dead-lettered; what was abandoned is no end.
    expect(counters).toMatchObject({
      ordersProcessed: 206,
      locksLost: 2,
      lostScrapes: { api: 0, worker: 2 },
      uncountedOrdersUpperBound: 40,
      orderAgeSeconds: { p50: 10, p95: 30, max: 60 },
    });
    expect(counters.scrapes.worker).toBe(12);
  });

  test("of a pod whose last scrape shows it drained miss nothing", async () => {
    expect(await valueOf(DRAINED)).toMatchObject({
      ordersProcessed: 160,
      lostScrapes: { api: 0, worker: 1 },
      uncountedOrdersUpperBound: 20,
    });
  });

  test("of a process that was killed in its pod miss what it did after its last scrape", async () => {
    // 132 until 51 s, and 68 of the new process by 70 s, of which the scrape at 71 s tells 72; 3 s were never scraped.
    expect(await valueOf(KILLED)).toMatchObject({
      ordersProcessed: 132 + 72,
      lostScrapes: { api: 0, worker: 1 },
      uncountedOrdersUpperBound: 12,
    });
  });

  test("go on after a counter was reset", async () => {
    // 100 to 150, then 30 of the new process, then 15 more.
    expect((await valueOf(RESTARTED)).apiRequests).toBe(50 + 30 + 15);
  });

  test("are a gap where a pod was working before its first scrape", async () => {
    expect(await of(STRANGER)).toEqual({
      kind: "gap",
      error: expect.stringMatching(/saw http_requests_total of api-stranger for the first time .* at 5000/) as string,
    });
  });

  test("leave out what the next load adds", async () => {
    expect((await valueOf(NEXT_LOAD)).apiRequests).toBe(0);
  });

  test("are a gap where Prometheus has nothing of that time", async () => {
    const fromMs = START_MS - 3_600_000;
    expect(await readCounters(prometheus, { namespace: NAMESPACE, fromMs, toMs: fromMs + 60_000 })).toEqual({
      kind: "gap",
      error: "Prometheus has no scrape of the API in orders-dev from the time of the load",
    });
  });
});

function counted(of: Partial<Counters>): Reading<Counters> {
  return {
    kind: "value",
    value: {
      apiRequests: 0,
      ordersProcessed: 0,
      locksLost: 0,
      orderAgeSeconds: null,
      scrapes: { api: 12, worker: 0 },
      lostScrapes: { api: 0, worker: 0 },
      uncountedOrdersUpperBound: 0,
      ...of,
    },
  };
}

describe("the worker's count beside the ledger", () => {
  const ledger: Reading<Ledger> = {
    kind: "value",
    value: {
      accepted: 4002,
      processedOnce: 3990,
      processedAgain: 10,
      waiting: 0,
      deadLettered: { total: 2, byReason: {} },
      lost: 0,
      deadLetteredAfterCommit: 1,
      unconfirmed: { total: 1, processed: 1, waiting: 0, deadLettered: 0, nowhere: 0 },
      duplicatesAbsorbed: 12,
      examples: { lost: [], waiting: [], deadLettered: [], processedAgain: [] },
    },
  };
  const known = 3990 + 10 + 12 + 2 + 1 + 1;
  const verdict = (of: Partial<Counters>): string => metricMatchesLedger(counted(of), ledger).status;

  test("agrees to the delivery", () => {
    expect(verdict({ ordersProcessed: known })).toBe("pass");
    expect(verdict({ ordersProcessed: known - 1 })).toBe("fail");
    expect(verdict({ ordersProcessed: known + 1 })).toBe("fail");
  });

  test("but for what workers took along when they left", () => {
    const gone = { lostScrapes: { api: 0, worker: 1 }, uncountedOrdersUpperBound: 100 };
    expect(verdict({ ordersProcessed: known - 100, ...gone })).toBe("pass");
    expect(verdict({ ordersProcessed: known - 101, ...gone })).toBe("fail");
    expect(verdict({ ordersProcessed: known + 1, ...gone })).toBe("fail");
  });

  test("counts poison beside the orders", () => {
    const counters = counted({ ordersProcessed: known + 5 });
    expect(metricMatchesLedger(counters, ledger, 5).status).toBe("pass");
    expect(metricMatchesLedger(counters, ledger, 4).status).toBe("fail");
  });

  test("is unknown without either", () => {
    expect(metricMatchesLedger({ kind: "absent" }, ledger).status).toBe("inconclusive");
    expect(metricMatchesLedger(counted({}), { kind: "gap", error: "away" }).status).toBe("inconclusive");
  });
});

describe("memory by thirds", () => {
  const thirds = (seconds: number): Promise<Reading<number[]>> => {
    const fromMs = START_MS + GROWING_MEMORY * 1000;
    return readMemoryByThirds(prometheus, {
      namespace: NAMESPACE,
      workload: "worker",
      fromMs,
      toMs: fromMs + seconds * 1000,
    });
  };

  test("is of the workload's own container, on average over its pods", async () => {
    expect(await thirds(119)).toEqual({ kind: "value", value: [55, expect.closeTo(65, -1), 75] });
  });

  test("is a gap where a third has none", async () => {
    expect(await thirds(360)).toEqual({
      kind: "gap",
      error: "Prometheus has no scrape of worker's memory in third 2 of the load",
    });
  });
});
