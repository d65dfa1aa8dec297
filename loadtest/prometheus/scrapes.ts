import type { Series } from "./client.ts";

/** Which process's series it is, as long as its pod lives. */
export function instanceOf({ pod = "", container = "" }: Series["labels"]): string {
  return `${pod}/${container}`;
}

/** Whether it was still scraped then. */
export function lastedUntil(points: Series["points"], atMs: number): boolean {
  const last = points.at(-1);
  return last !== undefined && last.atMs >= atMs;
}

/** How much a counter grew from one scrape to the next; one that fell began anew. */
export function growth(before: number, after: number): number {
  return after >= before ? after - before : after;
}

/** By when a process had started, from its `process_start_time_seconds`: it tells whole seconds, rounded down. */
export function startedByMs(startSeconds: number): number {
  return (startSeconds + 1) * 1000;
}
