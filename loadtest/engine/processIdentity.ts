import { readFile } from "node:fs/promises";

/** Names one process for ever: a number alone is given again, after a reboot for certain. */
export interface ProcessIdentity {
  pid: number;
  /** Null where the system does not tell, as on macOS. */
  bootId: string | null;
  /** Start time in clock ticks since boot, field 22 of /proc/PID/stat; null where the system does not tell. */
  startTicks: string | null;
}

export async function ownIdentity(): Promise<ProcessIdentity> {
  return { pid: process.pid, bootId: await bootId(), startTicks: await startTicksOf(process.pid) };
}

/** Whether that very process still runs. */
export async function isAlive({ pid, bootId: ofBoot, startTicks }: ProcessIdentity): Promise<boolean> {
  if (ofBoot !== (await bootId())) return false;
  if (startTicks !== null) return startTicks === (await startTicksOf(pid));
  return hasProcess(pid);
}

/** Whether some process has this number now. */
export function hasProcess(pid: number): boolean {
  try {
    // Signal 0 only asks whether the process is there.
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

export async function bootId(): Promise<string | null> {
  return readFile("/proc/sys/kernel/random/boot_id", "utf8").then(
    (text) => text.trim(),
    () => null,
  );
}

/** Null where the process is gone or only waits to be reaped. */
export async function startTicksOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold spaces; fields are counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}
