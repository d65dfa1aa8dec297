import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { metricMatchesLedger, noTraffic } from "../../../loadtest/assertions/counters.ts";
import { durationSeconds } from "../../../loadtest/prometheus/client.ts";
import { readCounters } from "../../../loadtest/prometheus/counters.ts";
import { readMemoryByThirds } from "../../../loadtest/prometheus/memory.ts";
import { freePort } from "../../support/process.ts";
import type { TestPrometheus } from "../../support/prometheus.ts";
import type { Counters } from "../../../loadtest/model/counters.ts";
import type { Ledger } from "../../../loadtest/model/ledger.ts";
import type { Reading } from "../../../loadtest/model/reading.ts";
import { every, prometheusOver, type Scraped } from "./prometheusHistory.ts";

/** Toolsets are built at their first use. */
const FIRST_BUILD_LIMIT_MS = 15 * 60_000;
const START_MS = Date.UTC(2026, 0, 1, 1);
const NAMESPACE = "orders-dev";

/** A pod of a made-up history: scraped from one second to another, started shortly before. */
function podSeries(
  service: "api" | "worker",
  pod: string,
  life: { from: number; to: number; started?: number },
  counters: { metric: string; labels?: Record<string, string>; points: [number, number][] }[],
  namespace = NAMESPACE,
): Scraped[] {
  const labels = { namespace, service, pod, container: service };
  return [
    { metric: "up", labels, points: every(life.from, life.to, () => 1) },
    {
      metric: "process_start_time_seconds",
      labels,
      points: every(life.from, life.to, () => Math.floor(START_MS / 1000) + (life.started ?? life.from - 2)),
    },
    ...counters.map((counter) => ({ ...counter, labels: { ...labels, ...counter.labels } })),
  ];
}

function requests(points: [number, number][], route = "/api/v1/orders/{confirmationId}", status = "200") {
  return { metric: "http_requests_total", labels: { route, method: "GET", status }, points };
}

function processed(points: [number, number][], outcome = "processed") {
  return { metric: "orders_processed_total", labels: { outcome }, points };
}

/** Each test has a stretch of the history to itself: so many seconds after its start. */
const QUIET = 0;
const GROWING = 600;
const VANISHING = 1200;
const RESTARTED = 1800;
const STRANGER = 2400;
const NEXT_LOAD = 3000;
const GROWING_MEMORY = 3600;
const DRAINED = 4200;
const KILLED = 4800;

const history: Scraped[] = [
  // An API that was there all the time, called before and after but not within the quiet minute.
  ...podSeries("api", "api-quiet", { from: QUIET, to: QUIET + 90, started: QUIET - 100 }, [
    requests(every(QUIET, QUIET + 90, () => 700)),
    requests(
      every(QUIET + 50, QUIET + 90, (second) => second - QUIET - 45),
      "/openapi.json",
    ),
  ]),
  // One pod from before, one that comes 20 s into the load; and another namespace's.
  ...podSeries("api", "api-old", { from: GROWING, to: GROWING + 90, started: GROWING - 1000 }, [
    requests(every(GROWING, GROWING + 90, (second) => 1000 + 10 * Math.min(60, Math.max(0, second - GROWING - 10)))),
    requests(
      every(GROWING + 35, GROWING + 90, () => 3),
      "other",
      "404",
    ),
  ]),
  ...podSeries("api", "api-new", { from: GROWING + 32, to: GROWING + 90, started: GROWING + 30 }, [
    requests(every(GROWING + 32, GROWING + 90, (second) => 20 * Math.min(40, second - GROWING - 30))),
  ]),
  ...podSeries(
    "api",
    "api-other",
    { from: GROWING, to: GROWING + 90 },
    [requests(every(GROWING, GROWING + 90, (second) => 7 * second))],
    "orders",
  ),
  // Two workers that come and go within the window: 100 orders each, one of them unseen after its last scrape.
  ...podSeries("api", "api-idle", { from: VANISHING, to: VANISHING + 120, started: VANISHING - 100 }, []),
  ...["worker-a", "worker-b"].flatMap((pod, index) =>
    podSeries("worker", pod, { from: VANISHING + 21 + index, to: VANISHING + 46 + index, started: VANISHING + 18 }, [
      processed(
        every(VANISHING + 21 + index, VANISHING + 46 + index, (second) => 4 * (second - VANISHING - 21 - index)),
      ),
      processed(
        every(VANISHING + 21 + index, VANISHING + 46 + index, () => 2),
        "duplicate",
      ),
      processed(
        every(VANISHING + 21 + index, VANISHING + 46 + index, () => 1),
        "dead_lettered",
      ),
      processed(
        every(VANISHING + 21 + index, VANISHING + 46 + index, () => 9),
        "abandoned",
      ),
      {
        metric: "message_locks_lost_total",
        labels: {},
        points: every(VANISHING + 21 + index, VANISHING + 46 + index, (second) => (second > VANISHING + 30 ? 1 : 0)),
      },
      ...[
        ["1.0", 0],
        ["10.0", 50],
        ["30.0", 95],
        ["60.0", 100],
        ["+Inf", 100],
      ].map(([le, count]) => ({
        metric: "order_age_seconds_bucket",
        labels: { le: String(le) },
        points: every(VANISHING + 21 + index, VANISHING + 46 + index, (second) =>
          second > VANISHING + 30 ? Number(count) : 0,
        ),
      })),
    ]),
  ),
  // A container that starts anew within its pod.
  ...podSeries("api", "api-restarted", { from: RESTARTED, to: RESTARTED + 90, started: RESTARTED - 100 }, [
    requests([
      [RESTARTED + 5, 100],
      [RESTARTED + 20, 150],
      [RESTARTED + 40, 30],
      [RESTARTED + 60, 45],
      [RESTARTED + 65, 45],
    ]),
  ]),
  // A pod that had been at work for long when Prometheus first saw it, in mid-load.
  ...podSeries("api", "api-stranger", { from: STRANGER + 30, to: STRANGER + 90, started: STRANGER - 500 }, [
    requests(every(STRANGER + 30, STRANGER + 90, () => 5000)),
  ]),
  // One whose counter begins with the next load, 20 s after the window.
  ...podSeries("api", "api-next", { from: NEXT_LOAD, to: NEXT_LOAD + 150, started: NEXT_LOAD - 100 }, [
    requests(every(NEXT_LOAD + 80, NEXT_LOAD + 150, (second) => 100 * (second - NEXT_LOAD))),
  ]),
  // Two workers, 50 and 60 MiB in the first minute, 20 more in the second, and nobody in the third; a sidecar that is no worker.
  ...[50, 60].map((mebibytes) => memory("worker", GROWING_MEMORY, GROWING_MEMORY + 119, mebibytes)),
  memory("proxy", GROWING_MEMORY, GROWING_MEMORY + 119, 500),
  // One worker that was scraped once more when it had drained, and one that was killed before.
  ...podSeries("api", "api-beside", { from: DRAINED, to: DRAINED + 120, started: DRAINED - 100 }, []),
  ...leavingWorker("worker-heard-out", 1),
  ...leavingWorker("worker-killed", 0),
  // One whose container was killed 52 s after the stretch's begin, and began anew 1 s later; after the window it is drained.
  ...podSeries("api", "api-beside", { from: KILLED, to: KILLED + 120, started: KILLED - 100 }, []),
  ...anewInItsPod("worker-anew", [KILLED + 18, KILLED + 53], [KILLED + 21, KILLED + 91]),
];

/** A worker that is at work until 20 s after the stretch's 21st second; what its last scrape says of its drain. */
function leavingWorker(pod: string, isDrained: number): Scraped[] {
  const [from, to] = [DRAINED + 21, DRAINED + 46];
  return podSeries("worker", pod, { from, to, started: DRAINED + 18 }, [
    processed(every(from, to, (second) => 4 * Math.min(20, second - from))),
    {
      metric: "ownsignal_worker_drained",
      labels: {},
      points: every(from, to, (second) => (second === to ? isDrained : 0)),
    },
  ]);
}

/** A worker's pod whose container is started twice; each process does 4 orders a second. */
function anewInItsPod(pod: string, [first, second]: [number, number], [from, to]: [number, number]): Scraped[] {
  const startedAt = (at: number): number => (at < second ? first : second);
  const [up, start, ...counters] = podSeries("worker", pod, { from, to }, [
    processed(every(from, to, (at) => 4 * (at - startedAt(at)))),
    { metric: "ownsignal_worker_drained", labels: {}, points: every(from, to, (at) => (at === to ? 1 : 0)) },
  ]);
  if (up === undefined || start === undefined) throw new Error("a pod has series of its own");
  return [up, { ...start, points: every(from, to, (at) => Math.floor(START_MS / 1000) + startedAt(at)) }, ...counters];
}

function memory(container: string, from: number, to: number, mebibytes: number): Scraped {
  return {
    metric: "process_resident_memory_bytes",
    labels: { namespace: NAMESPACE, service: "worker", pod: `worker-${mebibytes}`, container },
    points: every(from, to, (second) => (mebibytes + (second >= GROWING_MEMORY + 60 ? 20 : 0)) * 2 ** 20),
  };
}

let prometheus: TestPrometheus;
beforeAll(async () => {
  prometheus = await prometheusOver(START_MS, history);
}, FIRST_BUILD_LIMIT_MS);
afterAll(() => prometheus.close());

/** Of the minute that begins 10 s after the stretch does. */
async function of(stretch: number, toSecond = 70): Promise<Reading<Counters>> {
  const fromMs = START_MS + (stretch + 10) * 1000;
  return readCounters(prometheus, { namespace: NAMESPACE, fromMs, toMs: START_MS + (stretch + toSecond) * 1000 });
}

async function valueOf(stretch: number): Promise<Counters> {
  const read = await of(stretch);
  if (read.kind !== "value") throw new Error(JSON.stringify(read));
  return read.value;
}

describe("what the services counted, from a real Prometheus", () => {
  test("nothing, where nothing was asked for, whatever was counted before; the description of the API is not counted", async () => {
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

  test("of each pod its increase: of the old from where it stood, of the new one and the new route from 0, of this namespace", async () => {
    expect((await valueOf(GROWING)).apiRequests).toBe(600 + 3 + 800);
  });

  test("of pods that came and went all that was scraped, and how much may be missing", async () => {
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

  test("and nothing is missing with one whose last scrape shows it drained", async () => {
    expect(await valueOf(DRAINED)).toMatchObject({
      ordersProcessed: 160,
      lostScrapes: { api: 0, worker: 1 },
      uncountedOrdersUpperBound: 20,
    });
  });

  test("and what a process that was killed in its pod did after its last scrape is missing", async () => {
    // 132 until 51 s, and 68 of the new process by 70 s, of which the scrape at 71 s tells 72; 3 s were heard by nobody.
    expect(await valueOf(KILLED)).toMatchObject({
      ordersProcessed: 132 + 72,
      lostScrapes: { api: 0, worker: 1 },
      uncountedOrdersUpperBound: 12,
    });
  });

  test("on after a counter that began anew", async () => {
    // 100 to 150, then 30 of the new process, then 15 more.
    expect((await valueOf(RESTARTED)).apiRequests).toBe(50 + 30 + 15);
  });

  test("is a gap where a pod was at work before Prometheus looked", async () => {
    expect(await of(STRANGER)).toEqual({
      kind: "gap",
      error: expect.stringMatching(/saw http_requests_total of api-stranger for the first time .* at 5000/) as string,
    });
  });

  test("without what the next load adds", async () => {
    expect((await valueOf(NEXT_LOAD)).apiRequests).toBe(0);
  });

  test("is a gap where Prometheus has nothing of that time", async () => {
    const fromMs = START_MS - 3_600_000;
    expect(await readCounters(prometheus, { namespace: NAMESPACE, fromMs, toMs: fromMs + 60_000 })).toEqual({
      kind: "gap",
      error: "Prometheus has no scrape of the API in orders-dev from the time of the load",
    });
  });
});

describe("a Prometheus that cannot be asked", () => {
  const servers: Server[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  async function answering(status: number, body: string): Promise<string> {
    const server = createServer((_request, response) => response.writeHead(status).end(body));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const read = await readCounters({ host: "127.0.0.1", port }, { namespace: NAMESPACE, fromMs: 0, toMs: 1000 });
    return read.kind === "gap" ? read.error : JSON.stringify(read);
  }

  test("is a gap that says where and why", async () => {
    const port = await freePort();
    const read = await readCounters({ host: "127.0.0.1", port }, { namespace: NAMESPACE, fromMs: 0, toMs: 1000 });
    expect(read).toEqual({
      kind: "gap",
      error: expect.stringMatching(
        /^Prometheus at http:\/\/127\.0\.0\.1:\d+\/api\/v1\/status\/config: .*ECONNREFUSED/,
      ) as string,
    });
  });

  test("so is one that answers in other words, or refuses", async () => {
    expect(await answering(502, "<html>bad gateway</html>")).toMatch(/answered 502: <html>bad gateway/);
    expect(await answering(400, '{"status":"error","error":"parse error"}')).toMatch(/answered 400: parse error/);
    expect(await answering(200, '{"status":"success","data":{"config":""}}')).toMatch(/in a shape that is not/);
    expect(
      await answering(200, '{"status":"success","data":{"yaml":"global: {evaluation_interval: 1m}","groups":[]}}'),
    ).toMatch(/scrapes nothing/);
  });

  test("and one that is interrupted", async () => {
    const abort = new AbortController();
    abort.abort();
    expect(
      await readCounters(prometheus, { namespace: NAMESPACE, fromMs: 0, toMs: 1000, signal: abort.signal }),
    ).toMatchObject({ kind: "gap", error: expect.stringMatching(/interrupted/) as string });
  });
});

test("durations as Prometheus writes them", () => {
  expect([durationSeconds("5s"), durationSeconds("1m30s"), durationSeconds("500ms")]).toEqual([5, 90, 0.5]);
  expect(() => durationSeconds("soon")).toThrow('"soon" is no duration');
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

describe("no traffic", () => {
  test("passes without any, by the workload's own counter", () => {
    expect(noTraffic("api", counted({ ordersProcessed: 4000 }))).toMatchObject({
      ...{ id: "no-traffic", subject: "api", status: "pass" },
      measured: { counted: 0, scrapes: 12 },
    });
    expect(noTraffic("worker", counted({ apiRequests: 9 })).status).toBe("pass");
  });

  test("fails from the first request or order on", () => {
    expect(noTraffic("api", counted({ apiRequests: 1 }))).toMatchObject({
      status: "fail",
      causes: [{ id: "traffic-reached-workload", subject: "api" }],
    });
    expect(noTraffic("worker", counted({ ordersProcessed: 1 })).status).toBe("fail");
  });

  test("is inconclusive where the counter could not be read", () => {
    expect(noTraffic("api", { kind: "gap", error: "connect ECONNREFUSED" })).toMatchObject({
      status: "inconclusive",
      causes: [{ id: "counters-unreadable", params: { error: "connect ECONNREFUSED" } }],
    });
    expect(noTraffic("api", { kind: "absent" })).toMatchObject({
      status: "inconclusive",
      causes: [{ id: "prometheus-missing" }],
    });
  });
});

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
