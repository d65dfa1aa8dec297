import { every, type Scraped } from "./prometheusHistory.ts";

export const START_MS = Date.UTC(2026, 0, 1, 1);
export const NAMESPACE = "orders-dev";

const DRAINED_GAUGE = "ownsignal_worker_drained";

/** A pod of an invented history: scraped from one second to another, started shortly before. */
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

/** Each test has a stretch of the history to itself, which begins so many seconds after its start. */
export const QUIET = 0;
export const GROWING = 600;
export const VANISHING = 1200;
export const RESTARTED = 1800;
export const STRANGER = 2400;
export const NEXT_LOAD = 3000;
export const GROWING_MEMORY = 3600;
export const DRAINED = 4200;
export const KILLED = 4800;

export const history: Scraped[] = [
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
  ...restartedInItsPod("worker-anew", [KILLED + 18, KILLED + 53], [KILLED + 21, KILLED + 91]),
];

/** A worker that processes until 20 s after the stretch's 21st second; `isDrained` is the gauge in its last scrape. */
function leavingWorker(pod: string, isDrained: number): Scraped[] {
  const [from, to] = [DRAINED + 21, DRAINED + 46];
  return podSeries("worker", pod, { from, to, started: DRAINED + 18 }, [
    processed(every(from, to, (second) => 4 * Math.min(20, second - from))),
    { metric: DRAINED_GAUGE, labels: {}, points: every(from, to, (second) => (second === to ? isDrained : 0)) },
  ]);
}

/** A worker's pod whose container is started twice; each process does 4 orders a second. */
function restartedInItsPod(pod: string, [first, second]: [number, number], [from, to]: [number, number]): Scraped[] {
  const startedAt = (at: number): number => (at < second ? first : second);
  const [up, start, ...counters] = podSeries("worker", pod, { from, to }, [
    processed(every(from, to, (at) => 4 * (at - startedAt(at)))),
    { metric: DRAINED_GAUGE, labels: {}, points: every(from, to, (at) => (at === to ? 1 : 0)) },
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
