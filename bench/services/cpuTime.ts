import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/**
 * CPU time that a process has used up to now with all its threads, in seconds, to 10 ms: user and system of
 * {@link https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html | proc_pid_stat}.
 * @throws when the process is gone.
 */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name may hold blanks and brackets itself. After it the state is field 3, user time 14 and system time 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[14 - 3]) + Number(fields[15 - 3])) / ticksPerSecond;
}
