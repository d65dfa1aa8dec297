import { type Assertion, failed, inconclusive, passed } from "../model/assertion.ts";
import { causeOf } from "../model/cause.ts";
import { directionChangesIn } from "../model/directionChanges.ts";
import { valueOf } from "../model/reading.ts";
import { coverageGap } from "../model/sampleCoverage.ts";
import type { Inspected } from "./inspected.ts";
import { shortfall } from "./load.ts";
import { peakReadings } from "./peakMetrics.ts";
import { interruption, replicaReadings, type Run } from "./run.ts";

/** Two syncs of the HPA controller: a load that is over before them is a single push, under which nothing can go to and fro. */
const SHORTEST_STEADY_MS = 30_000;

/** Whether the load lasted long enough, or was meant to, for replicas to oscillate under it. */
export function isSteady({ loadStartMs, loadEndMs }: Pick<Run, "loadStartMs" | "loadEndMs">): boolean {
  return loadEndMs === null || loadEndMs - loadStartMs >= SHORTEST_STEADY_MS;
}

/**
 * While the load lasted, desired replicas did not go to and fro: each change of direction beyond the first rise counts. Changes that were seen fail whatever
 * could not be read between them; a load that was not the declared one may have caused them itself.
 * @param delivered as for `loadDelivered`.
 */
export function doesNotOscillate(
  run: Run,
  inspected: Inspected,
  maxDirectionChanges: number,
  delivered: number | null,
): Assertion {
  const { workload } = inspected;
  const claim = { id: "does-not-oscillate", subject: workload, expected: { maxDirectionChanges } } as const;
  const { loadStartMs, loadEndMs } = run;
  const toMs = loadEndMs ?? run.endMs;
  const all = replicaReadings(run, workload).filter(({ atMs }) => atMs >= loadStartMs && atMs <= toMs);
  const desired = all.map(({ reading }) => valueOf(reading)?.desired).filter((replicas) => replicas !== undefined);
  const path = desired.filter((replicas, index) => replicas !== desired[index - 1]);
  const directionChanges = directionChangesIn(path);
  const measured = path.length === 0 ? null : { directionChanges, path };

  const other = shortfall(run.load, delivered);
  if (other !== undefined) return inconclusive(claim, measured, other);
  if (measured !== null && directionChanges > maxDirectionChanges) {
    const oscillated = causeOf("oscillated", workload, { directionChanges, allowed: maxDirectionChanges });
    const during = run.samples.filter(({ atMs }) => atMs >= loadStartMs && atMs <= toMs);
    return failed(claim, measured, oscillated, ...peakReadings(during, inspected));
  }
  const doubt =
    loadEndMs === null
      ? (interruption(run) ?? causeOf("moment-not-reached", workload, { moment: "load-end" }))
      : coverageGap(all, loadStartMs, toMs, workload);
  return doubt === undefined && measured !== null
    ? passed(claim, measured)
    : inconclusive(claim, measured, ...(doubt === undefined ? [] : [doubt]));
}
