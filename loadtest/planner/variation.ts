import { SYNC_MILLIS } from "../simulator/hpaLoop.ts";
import { RESOLUTION_MILLIS } from "../simulator/metricsServer.ts";
import type { PlannedWorkload } from "./plannedWorkload.ts";
import { between, type Random } from "../model/random.ts";

/** What differs from one run to the next although nothing was changed. */
export interface Variation {
  /** From the HPA controller's sync to the one before the load: 0 up to a period. */
  readonly syncMillis: number;
  /** The same of KEDA's poll. */
  readonly pollMillis: number;
  /** When metrics-server scrapes first. */
  readonly scrapeMillis: number;
  /** From the load's begin to the first of the looks that a sampler takes each second. */
  readonly lookMillis: number;
  readonly startMillis: number;
  /** Of a pod that is created alone. */
  readonly aloneStartMillis: number;
  /** By which a replica is faster or slower than told. */
  readonly pace: number;
  /** How long one message takes, by its mean. */
  readonly ofMessage: () => number;
}

/** How far a run's pace may be from the one that is told, to each side. */
export const PACE_SPREAD = 0.05;
/** The same of one message. */
export const MESSAGE_SPREAD = 0.3;
/** The same of a pod start where only one was told. */
export const START_SPREAD = 0.2;
/** Kubernetes tells times in whole seconds: between two of them lies up to one more or less. */
const GRAIN_MILLIS = 500;

function pollMillisOf({ scaler }: PlannedWorkload): number {
  return scaler.kind === "scaled-object" ? scaler.spec.pollingSeconds * 1000 : 0;
}

/** A run as chance would have it. */
export function drawn(workload: PlannedWorkload, random: Random): Variation {
  const syncMillis = Math.floor(between(random, 0, SYNC_MILLIS));
  const pollMillis = Math.floor(between(random, 0, pollMillisOf(workload)));
  const scrapeMillis = Math.floor(between(random, 0, RESOLUTION_MILLIS));
  const lookMillis = Math.floor(between(random, 0, 1000));
  // The same share of both, since a slow machine is slow to either.
  const starts = startMillisAt(workload, random(), between(random, -1, 1));
  const pace = between(random, 1 - PACE_SPREAD, 1 + PACE_SPREAD);
  return {
    syncMillis,
    pollMillis,
    scrapeMillis,
    lookMillis,
    ...starts,
    pace,
    ofMessage: () => between(random, 1 - MESSAGE_SPREAD, 1 + MESSAGE_SPREAD),
  };
}

/** The run in the middle of all: half a period from sync and poll, the median pod start, the pace that was told. */
export function middle(workload: PlannedWorkload): Variation {
  return {
    syncMillis: SYNC_MILLIS / 2,
    pollMillis: Math.floor(pollMillisOf(workload) / 2),
    scrapeMillis: Math.floor(RESOLUTION_MILLIS / 2),
    lookMillis: 500,
    ...startMillisAt(workload, 0.5, 0),
    pace: 1,
    ofMessage: () => 1,
  };
}

/**
 * Pod starts of one run.
 * @param share of the known starts that are shorter, from 0 up to 1.
 * @param off where between the least and the most of what that start may have been, from -1 to 1.
 */
function startMillisAt(
  { startSeconds, aloneStartSeconds }: PlannedWorkload,
  share: number,
  off: number,
): Pick<Variation, "startMillis" | "aloneStartMillis"> {
  const millisOf = (seconds: readonly number[]): number => {
    const sorted = seconds.toSorted((a, b) => a - b);
    const start = (sorted[Math.floor(share * sorted.length)] ?? startSeconds[0]) * 1000;
    const spread = seconds.length === 1 ? start * START_SPREAD : GRAIN_MILLIS;
    return Math.max(0, Math.round(start + off * spread));
  };
  const startMillis = millisOf(startSeconds);
  return { startMillis, aloneStartMillis: aloneStartSeconds.length === 0 ? startMillis : millisOf(aloneStartSeconds) };
}
