import { spawnSync } from "node:child_process";
import { readFileSync, statfsSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";

/** Names of file systems by their magic number: {@link https://man7.org/linux/man-pages/man2/statfs.2.html | statfs}. */
const FILE_SYSTEMS = new Map([
  [0xef53, "ext4"],
  [0x5846_5342, "xfs"],
  [0x9123_683e, "btrfs"],
  [0x2fc1_2fc1, "zfs"],
  [0x794c_7630, "overlayfs"],
  [0x0102_1994, "tmpfs"],
]);

const GIBIBYTE = 2 ** 30;

/** @throws when the directory's file system is memory: figures of durable writes from there mean nothing. */
export function describeMachine(dataDirectory: string): string {
  const magic = statfsSync(dataDirectory).type;
  const fileSystem = FILE_SYSTEMS.get(magic) ?? `file system 0x${magic.toString(16)}`;
  if (fileSystem === "tmpfs")
    throw new Error(`${dataDirectory} is in memory (tmpfs); name one on a disk with --directory`);
  const processors = cpus();
  return [
    `${processors.length} × ${processors[0]?.model.trim() ?? "unknown processor"}`,
    `${(totalmem() / GIBIBYTE).toFixed(0)} GiB of memory`,
    `${type()} ${release()}`,
    `Node.js ${process.versions.node}`,
    `data on ${fileSystem}`,
  ].join(", ");
}

/** The command that puts a process on the machine's last core, or none where there is no taskset. */
export function pinToOneCore(): readonly string[] {
  const command = ["taskset", "--cpu-list", String(cpus().length - 1)];
  const [program = "", ...args] = command;
  return spawnSync(program, [...args, "true"]).status === 0 ? command : [];
}

/** Moves this process, and what it starts from now on, to the other cores. Without effect where there is no taskset, or one core only. */
export function leaveLastCore(): void {
  const others = cpus().length - 1;
  if (others === 0) return;
  spawnSync("taskset", ["--all-tasks", "--cpu-list", "--pid", `0-${others - 1}`, String(process.pid)]);
}

/** Processes that are ready to run now, and the cores that there are: what else runs shows in the figures. */
export function loadNow(): string {
  return `${readFileSync("/proc/loadavg", "utf8").split(" ")[0] ?? "?"} on ${cpus().length} cores`;
}
