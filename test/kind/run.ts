import { mkdir, readdir, rm, rmdir, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { installPackages } from "../../scripts/cluster/embedded/packages.ts";
import { CliError } from "../../scripts/process/cliError.ts";
import { CACHE, ROOT } from "../../scripts/process/paths.ts";
import { say } from "../../scripts/process/progress.ts";
import { runInherited } from "../../scripts/process/runInherited.ts";
import { runMain } from "../../scripts/process/runMain.ts";
import { infrastructureImages } from "../../scripts/images/infrastructure.ts";
import { nodeBaseImage } from "../../scripts/images/services.ts";
import { CGROUP, dockerPrograms } from "./dockerDaemon.ts";
import { nodeImage } from "./nodeImage.ts";
import { stagePath } from "./stageTools.ts";

/** Where its Docker keeps everything: what an earlier run left that was killed is removed. */
const FOLDER = join(CACHE, "kind-stage");

/**
 * Runs the provider kind on a real kind: makes what a registry would give, then gives the checks a network and mounts of their own, so that
 * Docker's changes to forwarding and firewall are not the machine's.
 */
await runMain(async () => {
  if (process.platform !== "linux" || process.arch !== "x64" || process.getuid?.() !== 0) {
    throw new CliError(
      "npm run test:kind runs as root on Linux for amd64 only",
      "run it in a virtual machine of that kind",
    );
  }
  say(
    "kind, really run: about 15 min on 2 cores; the first time 12 min more for the node image and the programs in it, and 8 GB of disk",
  );
  await installPackages();
  await dockerPrograms();
  await infrastructureImages();
  await nodeBaseImage();
  await stagePath();
  await nodeImage();
  await removeControlGroups().catch((error: unknown) => {
    throw new CliError(`control groups ${CGROUP} are in use`, "another npm run test:kind is under way: wait for it", {
      cause: error,
    });
  });
  await rm(FOLDER, { recursive: true, force: true });
  const environment = { OWNSIGNAL_CACHE: await cacheWithoutKind() };
  const inside = ["--mount", "--net", "--propagation", "private"];
  try {
    const stage = [process.execPath, join(ROOT, "test/kind/stage.ts"), FOLDER];
    return await runInherited("the checks", "unshare", [...inside, ...stage], environment);
  } finally {
    await removeControlGroups();
    await rm(FOLDER, { recursive: true, force: true });
  }
});

/** What was built, without the kubeconfig of a kind cluster of the machine's own: the checks make and delete another. */
async function cacheWithoutKind(): Promise<string> {
  const cache = join(FOLDER, "cache");
  await mkdir(cache, { recursive: true });
  for (const name of await readdir(CACHE)) {
    if (name !== "kind" && name !== basename(FOLDER)) await symlink(join(CACHE, name), join(cache, name));
  }
  return cache;
}

/** Docker leaves its control groups behind; the kernel refuses to remove one where a process is left. */
async function removeControlGroups(): Promise<void> {
  const root = "/sys/fs/cgroup";
  for (const hierarchy of [".", ...(await foldersIn(root))]) await removeGroup(join(root, hierarchy, CGROUP));
}

async function removeGroup(group: string): Promise<void> {
  for (const child of await foldersIn(group)) await removeGroup(join(group, child));
  await rmdir(group).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  });
}

async function foldersIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
