import { readdir, readFile, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { run, succeeds } from "../../process/command.ts";
import type { Image } from "../../images/archive.ts";
import { CONTAINERD_SOCKET, RUN, STATE } from "./layout.ts";
import { strayShims } from "./processes.ts";

const CTR = ["--address", CONTAINERD_SOCKET, "--namespace", "k8s.io"] as const;
/** Marks an imported image with its configuration's digest, so that the same is not imported twice. */
const ID_LABEL = "ownsignal.id";

/** Makes the images known to the kubelet; those that are there already cost nothing. */
export async function importImages(images: readonly Image[]): Promise<void> {
  const present = await run("ctr", [...CTR, "images", "list"]);
  for (const image of images) {
    const known = present
      .split("\n")
      .some((line) => line.startsWith(`${image.name} `) && line.includes(`${ID_LABEL}=${image.id}`));
    if (known) continue;
    await run("ctr", [...CTR, "images", "import", image.archive]);
    await run("ctr", [...CTR, "images", "label", image.name, `${ID_LABEL}=${image.id}`]);
  }
}

/** Ends the first process of a container by SIGKILL, past the kubelet, which would ask it first. */
export async function killTask(id: string): Promise<void> {
  await run("ctr", [...CTR, "tasks", "kill", "--signal", "SIGKILL", id]);
}

/** Ends every container of the cluster, by containerd while it runs, then what is left of shims and their processes. */
export async function endContainers(): Promise<void> {
  if (await succeeds("ctr", [...CTR, "version"])) {
    const list = async (kind: "tasks" | "containers"): Promise<string[]> =>
      (await run("ctr", [...CTR, kind, "list", "--quiet"])).split("\n").filter((id) => id !== "");
    await Promise.all(
      (await list("tasks")).map(async (id) => {
        await succeeds("ctr", [...CTR, "tasks", "delete", "--force", id]);
      }),
    );
    await Promise.all((await list("containers")).map((id) => succeeds("ctr", [...CTR, "containers", "delete", id])));
  }
  for (const pid of [...(await strayShims()), ...(await processesInPods())]) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself meanwhile.
    }
  }
}

const CGROUP_ROOT = "/sys/fs/cgroup";
/** The groups that the kubelet and containerd's runtime make at the top of each hierarchy. */
const CGROUPS = ["kubepods", "k8s.io"] as const;

async function processesInPods(): Promise<number[]> {
  const pids = new Set<number>();
  for (const group of await podGroups()) {
    const listing = await readFile(join(group, "cgroup.procs"), "utf8").catch(() => "");
    for (const pid of processesIn(listing)) pids.add(pid);
  }
  return [...pids];
}

/**
 * The processes of a `cgroup.procs`. One of another PID namespace, such as a pod of a cluster in a container beside this one, is listed as 0
 * (https://man7.org/linux/man-pages/man7/cgroups.7.html) and is not this cluster's; a signal to 0 would reach this command and all of its process group.
 */
export function processesIn(listing: string): number[] {
  return listing
    .split("\n")
    .map(Number)
    .filter((pid) => pid > 0);
}

/** Removes the pods' control groups; the kernel refuses where a process is left. */
export async function removePodGroups(): Promise<void> {
  for (const group of await podGroups()) await rmdir(group).catch(() => undefined);
}

/** All groups of pods under every controller (version 1) or the one hierarchy (version 2), deepest first. */
async function podGroups(): Promise<string[]> {
  const hierarchies = [CGROUP_ROOT, ...(await folders(CGROUP_ROOT))];
  const groups: string[] = [];
  async function collect(group: string): Promise<void> {
    for (const child of await folders(group)) await collect(child);
    groups.push(group);
  }
  for (const hierarchy of hierarchies) {
    for (const child of await folders(hierarchy)) {
      if (CGROUPS.some((name) => child === join(hierarchy, name))) await collect(child);
    }
  }
  return groups;
}

async function folders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(path, entry.name));
}

/** Unmounts everything below the cluster's folders, deepest first. */
export async function unmountAll(): Promise<void> {
  for (const path of await mountsOfCluster()) {
    if (await succeeds("umount", [path])) continue;
    await run("umount", ["--lazy", path]).catch(async (error: unknown) => {
      // A shim that ends takes its mount away itself.
      if ((await mountsOfCluster()).includes(path)) throw error;
    });
  }
}

/** Deepest first. */
async function mountsOfCluster(): Promise<string[]> {
  return (await readFile("/proc/self/mounts", "utf8"))
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .map((path) => path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))))
    .filter((path) => path.startsWith(`${STATE}/`) || path.startsWith(`${RUN}/`))
    .sort((a, b) => b.length - a.length);
}
