import type { Workload } from "../../../model/workload.ts";
import type { Series } from "../../../prometheus/client.ts";
import { growth, instanceOf, lastedUntil, startedByMs } from "../../../prometheus/scrapes.ts";

/** A process that ended with counts that no scrape has read. */
export interface LostScrape {
  lastScrapedMs: number;
  /** It had ended by then. */
  goneByMs: number;
}

/** How long it may have counted without a scrape. */
export function unscrapedMs({ lastScrapedMs, goneByMs }: LostScrape): number {
  return goneByMs - lastScrapedMs;
}

/** The processes of a service that ended within the window, and not drained in their last scrape: in a pod that was removed, or in a restarted container. */
export function lostScrapes(
  of: {
    service: Workload;
    up: readonly Series[];
    starts: readonly Series[];
    drained: readonly Series[];
    scrapeMs: number;
  },
  { fromMs, toMs }: { fromMs: number; toMs: number },
): LostScrape[] {
  const drainedScrapes = new Set(
    of.drained.flatMap(({ labels, points }) =>
      points.filter(({ value }) => value === 1).map(({ atMs }) => `${instanceOf(labels)} ${atMs}`),
    ),
  );
  return of.starts
    .filter(({ labels }) => labels.service === of.service && labels.container === of.service)
    .flatMap(({ labels, points }) => {
      const scrapes = of.up.find((one) => instanceOf(one.labels) === instanceOf(labels))?.points ?? [];
      return points.flatMap(({ atMs, value }, index): LostScrape[] => {
        const next = points[index + 1];
        if (next?.value === value) return [];
        // Another process took its place; or the pod was removed, which the next scrape would have shown.
        const left = lastedUntil(scrapes, toMs) ? undefined : Math.max(atMs, scrapes.at(-1)?.atMs ?? 0) + of.scrapeMs;
        const goneByMs = next === undefined ? left : Math.min(next.atMs, startedByMs(next.value));
        if (goneByMs === undefined || goneByMs <= fromMs || atMs > toMs) return [];
        return drainedScrapes.has(`${instanceOf(labels)} ${atMs}`) ? [] : [{ lastScrapedMs: atMs, goneByMs }];
      });
    });
}

/** The fastest that a pod's counters grew from one scrape to the next, its first from 0 within a scrape; in units a millisecond. */
export function fastestPerMs(series: readonly Series[], scrapeMs: number): number {
  const paces = new Map<string, number>();
  for (const { labels, points } of series) {
    let last = { atMs: (points[0]?.atMs ?? 0) - scrapeMs, value: 0 };
    for (const { atMs, value } of points) {
      const key = `${instanceOf(labels)} ${atMs}`;
      paces.set(key, (paces.get(key) ?? 0) + growth(last.value, value) / (atMs - last.atMs));
      last = { atMs, value };
    }
  }
  return Math.max(0, ...paces.values());
}
