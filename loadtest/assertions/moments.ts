import { type AutoscalingConfig, externalTriggers, scalingOf } from "../model/autoscaling.ts";
import type { Moment } from "../model/moment.ts";
import { type Sample, scaledObjectOf } from "../model/observed.ts";
import { valueOf } from "../model/reading.ts";
import type { ScalingExpectation, Scenario } from "../model/scenario.ts";
import type { Workload } from "../model/workload.ts";
import { messagesOn } from "./inspected.ts";

/** What of a run decides when something counts from; times are milliseconds since 1970. */
export interface Known {
  samples: readonly Sample[];
  loadStartMs: number;
  loadEndMs: number | null;
  /** When the last fault was injected; null where none was. */
  lastInjectionMs: number | null;
  /** When the changes were reverted; null where they are not. */
  restoredMs: number | null;
}

/** From when an expectation's time counts; null where that moment has not come. */
export function expectedFromMs(
  { loadStartMs, loadEndMs, restoredMs }: Known,
  { within }: ScalingExpectation,
): number | null {
  switch (within.after) {
    case "load-start":
      return loadStartMs;
    case "load-end":
      return loadEndMs;
    case "threshold-restored":
      return restoredMs;
  }
}

/** How long after the load a queue in which nothing was ever seen counts as drained: its own counts may come late. */
const UNSEEN_SECONDS = 10;

/**
 * When the queue was first seen empty after the load and the last fault injection; null where it was not. A short load may end before anything of it
 * is seen on the queue: what is empty then is the queue from before.
 */
export function drainedMs(
  { samples, loadStartMs, loadEndMs, lastInjectionMs }: Omit<Known, "restoredMs">,
  queueName: string,
): number | null {
  if (loadEndMs === null) return null;
  const filledMs = samples.find(
    (sample) => sample.atMs >= loadStartMs && (messagesOn(sample, queueName) ?? 0) > 0,
  )?.atMs;
  const fromMs = Math.max(loadEndMs, lastInjectionMs ?? 0, filledMs ?? loadEndMs + UNSEEN_SECONDS * 1000);
  return samples.find((sample) => sample.atMs >= fromMs && messagesOn(sample, queueName) === 0)?.atMs ?? null;
}

/** The moment from which a workload's way back counts: that at which its demand is gone. */
export function returnMoment(
  scenario: Pick<Scenario, "queue">,
  live: AutoscalingConfig,
  workload: Workload,
): Extract<Moment, "queue-empty" | "metric-inactive" | "load-end"> {
  if (scenario.queue?.workload === workload && scenario.queue.expected === "drains") return "queue-empty";
  const { scaler, keda } = scalingOf(live, workload);
  return scaler === "keda" && externalTriggers(keda?.triggers ?? []).length > 0 ? "metric-inactive" : "load-end";
}

/** When that moment was; null where it has not come. */
export function returnsSinceMs(
  known: Known,
  scenario: Pick<Scenario, "queue">,
  live: AutoscalingConfig,
  { workload }: Pick<ScalingExpectation, "workload">,
): number | null {
  switch (returnMoment(scenario, live, workload)) {
    case "queue-empty":
      return scenario.queue === null ? null : drainedMs(known, scenario.queue.name);
    case "metric-inactive":
      return inactiveMs(known, live, workload);
    case "load-end":
      return known.loadEndMs;
  }
}

/**
 * When KEDA was first seen to find no trigger active, after the load and the last fault injection. A load that ends between two polls is not seen by KEDA
 * until the next: what is inactive then is from before it.
 */
function inactiveMs(known: Known, live: AutoscalingConfig, workload: Workload): number | null {
  const { samples, loadStartMs, loadEndMs, lastInjectionMs } = known;
  if (loadEndMs === null) return null;
  const seen = samples.flatMap((sample) => {
    const status = valueOf(scaledObjectOf(sample, workload))?.conditions.Active?.status;
    return status === undefined || sample.atMs < loadStartMs ? [] : [{ atMs: sample.atMs, status }];
  });
  // KEDA's own status may come late, too.
  const unseenSeconds = (scalingOf(live, workload).keda?.pollingIntervalSeconds ?? 0) + UNSEEN_SECONDS;
  const activeMs = seen.find(({ status }) => status === "True")?.atMs;
  const fromMs = Math.max(loadEndMs, lastInjectionMs ?? 0, activeMs ?? loadEndMs + unseenSeconds * 1000);
  return seen.find(({ atMs, status }) => atMs >= fromMs && status === "False")?.atMs ?? null;
}
