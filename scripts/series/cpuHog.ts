import { spawn } from "node:child_process";
import { once } from "node:events";

/** Ends by itself when its parent is gone, or after this long. */
const LONGEST_SECONDS = 900;
const BUSY = `
const parent = process.ppid, endMs = Date.now() + ${LONGEST_SECONDS * 1000};
while (process.ppid === parent && Date.now() < endMs) for (let i = 0; i < 1e6; i++);
`;

export interface CpuHog {
  pid: number;
  /** Ends it, and waits until it is gone. */
  stop: () => Promise<void>;
}

/** Starts a process of ordinary priority that takes as much of one core as the machine gives it. @throws {Error} where none can be started. */
export async function startCpuHog(): Promise<CpuHog> {
  const child = spawn(process.execPath, ["-e", BUSY], { stdio: "ignore" });
  const ended = once(child, "close");
  await once(child, "spawn");
  return {
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
