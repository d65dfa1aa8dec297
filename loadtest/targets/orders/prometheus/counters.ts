import type { Address } from "../../../model/endpoint.ts";
import type { Counters } from "../../../model/counters.ts";
import type { Reading } from "../../../model/reading.ts";
import type { Workload } from "../../../model/workload.ts";
import { askUntil, type Prometheus, PrometheusError, readFrom, type Series } from "../../../prometheus/client.ts";
import { growth, instanceOf, lastedUntil, startedByMs } from "../../../prometheus/scrapes.ts";
import { type LostScrape, lostScrapes, fastestPerMs, unscrapedMs } from "./lostScrapes.ts";

/** A counter's value at the window's start is the last one before it: so far back it may lie, in scrapes. */
const LOOK_BACK_SCRAPES = 3;
/** How long the last scrape may take to come in, in scrapes: a target that is up is scraped at every one. */
const LAST_SCRAPE_WITHIN = 3;
/** The scrape that ends the window comes this much after its end at the latest, in scrapes: they do not come to the millisecond. */
const LAST_SCRAPE_LATE = 1.2;
/** How much later than a scrape its sample may be answered for. */
const INGESTION_MS = 2000;

/**
 * What the services' own metrics counted between two moments: for each series its increase from the last scrape before the window to the first one
 * after it. A series that began within the window began at 0, as these services' counters do. What a pod counted after its last scrape is lost with
 * it, one scrape's worth at the most; nothing is where that scrape shows it as drained. Waits for the scrape after `toMs`, a few scrapes at the most.
 * @returns a gap that says why where Prometheus gives no answer, or one from which nothing follows.
 */
export async function readCounters(
  address: Address,
  { namespace, fromMs, toMs, signal }: { namespace: string; fromMs: number; toMs: number; signal?: AbortSignal },
): Promise<Reading<Counters>> {
  return readFrom(address, signal, async (prometheus) => ({
    kind: "value",
    value: await countersBetween(prometheus, { namespace, fromMs, toMs, signal }),
  }));
}

async function countersBetween(
  prometheus: Prometheus,
  of: { namespace: string; fromMs: number; toMs: number; signal: AbortSignal | undefined },
): Promise<Counters> {
  const { namespace, fromMs, toMs, signal } = of;
  const { scrapeSeconds } = await prometheus.pace();
  const scrapeMs = scrapeSeconds * 1000;
  const lookBackMs = LOOK_BACK_SCRAPES * scrapeMs;
  const untilMs = toMs + LAST_SCRAPE_WITHIN * scrapeMs;
  const scraped = (selector: string): Promise<Series[]> =>
    prometheus.scraped(`{namespace="${namespace}",${selector}}`, fromMs - lookBackMs, untilMs);

  // A pod that Prometheus still scrapes has one more scrape to come; one that it has lost has none.
  await askUntil(
    () => scraped(`__name__="up",service=~"api|worker"`),
    (up) => up.length > 0 && up.every(({ points }) => lastedUntil(points, toMs) || isOver(points, scrapeMs)),
    { withinMs: untilMs + INGESTION_MS - Date.now(), signal },
  );
  const [up, drained, starts, requests, processed, locksLost, ages] = await Promise.all([
    scraped(`__name__="up",service=~"api|worker"`),
    scraped(`__name__="ownsignal_worker_drained"`),
    scraped(`__name__="process_start_time_seconds",service=~"api|worker"`),
    scraped(`__name__="http_requests_total",service="api",route!="/openapi.json"`),
    scraped(`__name__="orders_processed_total",outcome=~"processed|duplicate|dead_lettered"`),
    scraped(`__name__="message_locks_lost_total"`),
    scraped(`__name__="order_age_seconds_bucket"`),
  ]);
  if (!up.some(({ labels }) => labels.service === "api")) {
    throw new PrometheusError(`Prometheus has no scrape of the API in ${namespace} from the time of the load`);
  }
  // What came more than a scrape after the end belongs to something else, such as the next load.
  const window: Window = {
    fromMs,
    toMs,
    lastMs: toMs + LAST_SCRAPE_LATE * scrapeMs,
    seenBefore: seenBefore(up, starts, fromMs),
  };
  const total = (series: readonly Series[]): number => sum(series.map((one) => increase(one, window)));
  const lost = (service: Workload): LostScrape[] => lostScrapes({ service, up, starts, drained, scrapeMs }, window);
  const lostOfWorker = lost("worker");
  const scrapesOf = (service: string): number =>
    sum(
      up
        .filter(({ labels }) => labels.service === service && labels.container === service)
        .map(({ points }) => points.filter(({ atMs, value }) => atMs >= fromMs && atMs <= toMs && value === 1).length),
    );
  return {
    apiRequests: total(requests),
    ordersProcessed: total(processed),
    locksLost: total(locksLost),
    orderAgeSeconds: agesOf(ages, window),
    scrapes: { api: scrapesOf("api"), worker: scrapesOf("worker") },
    lostScrapes: { api: lost("api").length, worker: lostOfWorker.length },
    uncountedOrdersUpperBound: Math.ceil(fastestPerMs(processed, scrapeMs) * sum(lostOfWorker.map(unscrapedMs))),
  };
}

interface Window {
  fromMs: number;
  toMs: number;
  /** The first sample from `toMs` on still counts if it is no later than this. */
  lastMs: number;
  /** Whether a series that has no sample before the window had none because it was 0, and not because there was no scrape. */
  seenBefore: (labels: Series["labels"]) => boolean;
}

/** From the last sample before the window to the first after it; a counter that fell began anew. */
function increase({ labels, points }: Series, { fromMs, toMs, lastMs, seenBefore: wasScraped }: Window): number {
  const before = points.findLast(({ atMs }) => atMs <= fromMs);
  const after = points.findIndex(({ atMs }) => atMs >= toMs);
  const within = points
    .slice(0, after === -1 ? undefined : after + 1)
    .filter(({ atMs }) => atMs > fromMs && atMs <= lastMs);
  const first = within[0];
  if (first === undefined) return 0;
  if (before === undefined && first.value > 0 && !wasScraped(labels)) {
    const { __name__: metric = "a counter", pod = "a pod" } = labels;
    throw new PrometheusError(
      `Prometheus saw ${metric} of ${pod} for the first time after the load's start, at ${first.value}, though the pod existed before: how much of it is of this load cannot be told`,
    );
  }
  let last = before?.value ?? 0;
  let grown = 0;
  for (const { value } of within) {
    grown += growth(last, value);
    last = value;
  }
  return grown;
}

/** Of a pod whose process started within the window, or that was scraped before it, everything is known: a series that is absent was 0. */
function seenBefore(up: readonly Series[], starts: readonly Series[], fromMs: number): Window["seenBefore"] {
  const known = new Set<string>();
  for (const { labels, points } of up) {
    if (points.some(({ atMs, value }) => atMs <= fromMs && value === 1)) known.add(instanceOf(labels));
  }
  for (const { labels, points } of starts) {
    if (points.some(({ value }) => startedByMs(value) > fromMs)) known.add(instanceOf(labels));
  }
  return (labels) => known.has(instanceOf(labels));
}

function isOver(points: Series["points"], scrapeMs: number): boolean {
  const last = points.at(-1);
  return last === undefined || last.atMs < Date.now() - 2 * scrapeMs - INGESTION_MS;
}

/** Quantiles as `histogram_quantile` computes them, evenly within a bucket; the maximum is the upper bound of the last bucket that got one. */
function agesOf(series: readonly Series[], window: Window): Counters["orderAgeSeconds"] {
  const byBound = new Map<number, number>();
  for (const one of series) {
    const bound = one.labels.le === "+Inf" ? Infinity : Number(one.labels.le);
    byBound.set(bound, (byBound.get(bound) ?? 0) + increase(one, window));
  }
  const buckets = [...byBound].map(([bound, count]) => ({ bound, count })).sort((a, b) => a.bound - b.bound);
  const total = buckets.at(-1)?.count ?? 0;
  if (total === 0) return null;
  const quantile = (share: number): number => {
    const rank = share * total;
    const index = buckets.findIndex(({ count }) => count >= rank);
    const bucket = buckets[index];
    const below = buckets[index - 1];
    if (bucket === undefined || bucket.bound === Infinity) return below?.bound ?? 0;
    const lower = below ?? { bound: 0, count: 0 };
    const inBucket = bucket.count - lower.count;
    const into = inBucket === 0 ? 1 : (rank - lower.count) / inBucket;
    return Number((lower.bound + (bucket.bound - lower.bound) * into).toFixed(3));
  };
  const last = buckets.findIndex(({ count }) => count === total);
  const bound = buckets[last]?.bound ?? 0;
  return { p50: quantile(0.5), p95: quantile(0.95), max: bound === Infinity ? (buckets[last - 1]?.bound ?? 0) : bound };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
