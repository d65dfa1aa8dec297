import { join } from "node:path";
import type { NodeFault } from "../../../loadtest/model/nodeFault.ts";
import { kubectl } from "./controlPlane.ts";
import { VOLUMES } from "./layout.ts";
import { fillFolder, freeFolder, limitFolder, unlimitFolder } from "./limitedVolume.ts";

type Volume = Pick<Extract<NodeFault, { kind: "volume-filled" }>, "statefulSet" | "namespace" | "claim">;

/** How long a pod may take to go, and to be ready. */
const TIMEOUT = "--timeout=120s";
const MEBIBYTE = 1024 * 1024;

/** Gives the volume of a StatefulSet of one a small file system of its own, between two pods of it. */
export async function limitVolume(volume: Volume, freeMebibytes: number): Promise<void> {
  const folder = await folderOf(volume);
  await betweenPods(volume, () => limitFolder({ folder, freeBytes: freeMebibytes * MEBIBYTE }));
}

/** Takes it away again, between two pods. */
export async function unlimitVolume(volume: Volume): Promise<void> {
  const folder = await folderOf(volume);
  await betweenPods(volume, () => unlimitFolder(folder));
}

export async function fillVolume(volume: Volume, leaveKibibytes: number): Promise<void> {
  await fillFolder(await folderOf(volume), leaveKibibytes * 1024);
}

export async function freeVolume(volume: Volume): Promise<void> {
  await freeFolder(await folderOf(volume));
}

/** Does something while nobody has the volume; the pod is there again afterwards, whatever happened. */
async function betweenPods({ statefulSet, namespace }: Volume, work: () => Promise<void>): Promise<void> {
  const of = ["-n", namespace];
  await kubectl(...of, "scale", "statefulset", statefulSet, "--replicas=0");
  try {
    await kubectl(...of, "wait", "--for=delete", `pod/${statefulSet}-0`, TIMEOUT);
    await work();
  } finally {
    await kubectl(...of, "scale", "statefulset", statefulSet, "--replicas=1");
  }
  await kubectl(...of, "rollout", "status", `statefulset/${statefulSet}`, TIMEOUT);
}

async function folderOf({ namespace, claim }: Volume): Promise<string> {
  const name = await kubectl("-n", namespace, "get", "pvc", claim, "-o", "jsonpath={.spec.volumeName}");
  if (name === "") throw new Error(`claim ${claim} in ${namespace} has no volume`);
  return join(VOLUMES, name);
}
