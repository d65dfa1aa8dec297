import type { Address } from "../../../model/endpoint.ts";
import type { Reading } from "../../../model/reading.ts";
import type { Workload } from "../../../model/workload.ts";
import { type Prometheus, readFrom, type Series } from "../../../prometheus/client.ts";

/** Whose memory, and when. */
interface MemoryOf {
  namespace: string;
  workload: Workload;
  fromMs: number;
  toMs: number;
  signal?: AbortSignal;
}

/** The most that one pod of a workload took at any scrape, in MiB. @returns a gap where there is none, or Prometheus gives no answer. */
export async function readMostMemory(address: Address, of: MemoryOf): Promise<Reading<number>> {
  return readFrom(address, of.signal, async (prometheus) => {
    const points = await residentMemory(prometheus, of);
    if (points.length === 0) return { kind: "gap", error: `Prometheus has no scrape of ${of.workload}'s memory` };
    return { kind: "value", value: Math.max(...points.map(({ value }) => value)) / 2 ** 20 };
  });
}

/**
 * Resident memory of one pod of a workload, in MiB, on average over pods and scrapes in each third of a stretch of time. No HPA reads the worker's, so only its
 * own metrics tell.
 * @returns a gap where a third has no scrape of it, or Prometheus gives no answer.
 */
export async function readMemoryByThirds(address: Address, of: MemoryOf): Promise<Reading<number[]>> {
  const { workload, fromMs, toMs, signal } = of;
  return readFrom(address, signal, async (prometheus) => {
    const points = await residentMemory(prometheus, of);
    const thirdMs = (toMs - fromMs) / 3;
    const thirds = [0, 1, 2].map((third) => {
      const within = points.filter(({ atMs }) => Math.min(2, Math.floor((atMs - fromMs) / thirdMs)) === third);
      return within.reduce((sum, { value }) => sum + value, 0) / within.length / 2 ** 20;
    });
    const missing = thirds.findIndex((mean) => Number.isNaN(mean));
    return missing === -1
      ? { kind: "value", value: thirds }
      : { kind: "gap", error: `Prometheus has no scrape of ${workload}'s memory in third ${missing + 1} of the load` };
  });
}

async function residentMemory(
  prometheus: Prometheus,
  { namespace, workload, fromMs, toMs }: MemoryOf,
): Promise<Series["points"]> {
  const selector = `process_resident_memory_bytes{namespace="${namespace}",service="${workload}",container="${workload}"}`;
  return (await prometheus.scraped(selector, fromMs, toMs)).flatMap((series) => series.points);
}
