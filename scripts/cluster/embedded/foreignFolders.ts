import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf } from "../../../src/shared/messageOf.ts";
import { CliError } from "../../process/cliError.ts";
import { succeeds } from "../../process/command.ts";
import { STATE } from "./layout.ts";

/** Folders outside the cluster's own that the kubelet and CNI insist on; removed by `down` when they were not there before. */
const FOREIGN_FOLDERS = ["/var/lib/kubelet", "/var/lib/cni", "/var/log/containers", "/opt/cni", "/etc/cni"] as const;

/** What containerd's shims and `ip netns` make; others on the machine may have come to use them since, so `down` removes them only where they are empty. */
const SHARED_FOLDERS = [
  ...["/run/containerd/runc/k8s.io", "/run/containerd/runc", "/run/containerd/s", "/run/containerd", "/run/netns"],
] as const;

/** Where it is written down. */
const RECORD = join(STATE, "made");

/**
 * Writes down once, before the first start, which of these folders are not there, so that `down` knows what was made. Whole or not at all: a part of it, from a
 * start that was interrupted, would pass for all.
 */
export async function rememberForeignFolders(
  record: string = RECORD,
  all: readonly string[] = [...FOREIGN_FOLDERS, ...SHARED_FOLDERS],
): Promise<void> {
  if (existsSync(record)) return;
  const absent = all.filter((folder) => !existsSync(folder));
  const unfinished = `${record}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  for (const folder of absent) await mkdir(join(unfinished, encodeURIComponent(folder)));
  await mkdir(dirname(record), { recursive: true });
  await rename(unfinished, record);
}

/** Removes those that were not there before. */
export async function removeForeignFolders(): Promise<void> {
  const wasAbsent = (folder: string): boolean => existsSync(join(RECORD, encodeURIComponent(folder)));
  for (const folder of FOREIGN_FOLDERS.filter(wasAbsent)) {
    await rm(folder, { recursive: true, force: true }).catch((error: unknown) => {
      throw new CliError(
        `${folder}, which this cluster made, cannot be removed: ${messageOf(error)}`,
        "remove it by hand",
        { cause: error },
      );
    });
  }
  for (const folder of SHARED_FOLDERS.filter(wasAbsent)) {
    const content = await readdir(folder).catch(() => undefined);
    // `ip netns` mounts its folder over itself.
    if (content?.length === 0) await succeeds("umount", [folder]);
    await rmdir(folder).catch(() => undefined);
  }
}
