import { readFile } from "node:fs/promises";

/** What a thread got of the machine since its start. */
export interface CpuTime {
  ranMs: number;
  /** It could have run, and every core had something else. */
  waitedMs: number;
}

/** Of this process's main thread, by /proc/self/schedstat (https://docs.kernel.org/scheduler/sched-stats.html); null where the system does not tell. */
export async function ownCpuTime(): Promise<CpuTime | null> {
  const text = await readFile("/proc/self/schedstat", "utf8").catch(() => "");
  const [ranNs = NaN, waitedNs = NaN] = text.split(" ").map(Number);
  return Number.isFinite(ranNs + waitedNs) ? { ranMs: ranNs / 1e6, waitedMs: waitedNs / 1e6 } : null;
}

/** Of the time in which it had work to do, how much it waited for a core; null where that is not known. */
export function waitedShare(from: CpuTime | null, to: CpuTime | null): number | null {
  if (from === null || to === null) return null;
  const waitedMs = to.waitedMs - from.waitedMs;
  const busyMs = waitedMs + to.ranMs - from.ranMs;
  return busyMs > 0 ? Math.round((100 * waitedMs) / busyMs) / 100 : null;
}
