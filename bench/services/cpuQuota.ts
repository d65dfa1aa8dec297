import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = "/sys/fs/cgroup";
const PERIOD_US = 100_000;

/** A group of processes that may use so much CPU and no more, as a container with a limit. */
export interface CpuQuota {
  /** Runs the command after it within the group. */
  readonly wrapper: readonly string[];
  remove(): void;
}

/** @returns undefined where this process may make no group, or its controller is not there. */
export function createCpuQuota(millicores: number): CpuQuota | undefined {
  const version1 = existsSync(join(ROOT, "cpu"));
  const directory = join(ROOT, version1 ? "cpu" : "", `ownsignal-bench-${process.pid}`);
  const quotaUs = (millicores * PERIOD_US) / 1_000;
  try {
    mkdirSync(directory);
    if (version1) {
      writeFileSync(join(directory, "cpu.cfs_period_us"), String(PERIOD_US));
      writeFileSync(join(directory, "cpu.cfs_quota_us"), String(quotaUs));
    } else {
      writeFileSync(join(directory, "cpu.max"), `${quotaUs} ${PERIOD_US}`);
    }
  } catch {
    if (existsSync(directory)) rmdirSync(directory);
    return undefined;
  }
  return {
    wrapper: ["bash", "-c", 'echo $$ > "$0" && exec "$@"', join(directory, "cgroup.procs")],
    remove: () => {
      rmdirSync(directory);
    },
  };
}
