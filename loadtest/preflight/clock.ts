import { VersionApi, type KubeConfig } from "@kubernetes/client-node";
import { requestOptions } from "./apiRequest.ts";
import type { PreflightFinding } from "./finding.ts";

/** Times of pods are the cluster's, times of samples this machine's: above this, their difference shows in the timings. */
export const TOLERATED_SKEW_SECONDS = 2;
/** Above this a timing says nothing: dev's scaler polls the queue as often. */
export const LARGEST_SKEW_SECONDS = 5;

/** One answer of the API server: its `Date` header, in whole seconds, and this machine's clock before and after. All in milliseconds since 1970. */
export interface ClockReading {
  askedMs: number;
  answeredMs: number;
  dateMs: number;
}

const LATE_HEADER_MS = 500;

/** How far the cluster's clock is ahead of this machine's, at least and at most; negative where it is behind. */
export interface Skew {
  leastMs: number;
  mostMs: number;
}

/**
 * What several answers say together. A header leaves a second open, and so does the way there and back; each further answer narrows it.
 * Undefined without a reading, or where they contradict each other, as they do when a clock was set in between; a server may be a little late with its header.
 */
export function skewOf(readings: readonly ClockReading[]): Skew | undefined {
  if (readings.length === 0) return undefined;
  const leastMs = Math.max(...readings.map(({ answeredMs, dateMs }) => dateMs - answeredMs));
  const mostMs = Math.min(...readings.map(({ askedMs, dateMs }) => dateMs + 1000 - askedMs));
  if (leastMs > mostMs + LATE_HEADER_MS) return undefined;
  return { leastMs: Math.min(leastMs, mostMs), mostMs: Math.max(leastMs, mostMs) };
}

/** The finding about a skew, by its least amount; undefined where that is small enough. */
export function skewFinding(skew: Skew | undefined): PreflightFinding | undefined {
  if (skew === undefined) return { id: "clocks-not-compared", severity: "WARN", params: {} };
  const seconds = (skew.leastMs > 0 ? skew.leastMs : Math.min(0, skew.mostMs)) / 1000;
  if (Math.abs(seconds) <= TOLERATED_SKEW_SECONDS) return undefined;
  return {
    id: "clock-skew",
    severity: Math.abs(seconds) > LARGEST_SKEW_SECONDS ? "ERROR" : "WARN",
    params: { seconds },
  };
}

const READINGS = 4;
/** So that the readings do not all fall into the same part of a second. */
const BETWEEN_MS = 230;

/** Compares the clocks by a few answers of the API server; undefined where it sends no date. */
export async function measureSkew(kubeConfig: KubeConfig, nowMs: () => number = Date.now): Promise<Skew | undefined> {
  const readings: ClockReading[] = [];
  const version = kubeConfig.makeApiClient(VersionApi);
  for (let reading = 0; reading < READINGS; reading++) {
    if (reading > 0) await new Promise((wake) => setTimeout(wake, BETWEEN_MS));
    const askedMs = nowMs();
    let date: string | undefined;
    await version.getCode(
      {},
      requestOptions(({ headers }) => {
        date = headers.date;
      }),
    );
    const answeredMs = nowMs();
    const dateMs = Date.parse(date ?? "");
    if (!Number.isNaN(dateMs)) readings.push({ askedMs, answeredMs, dateMs });
  }
  return skewOf(readings);
}
