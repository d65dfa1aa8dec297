import { appendFile, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { KIND_TOOLS, type KindTools } from "../../scripts/cluster/kind/kind.ts";
import { bundle } from "../../scripts/images/bundle.ts";
import { infrastructureImages, SANDBOX_IMAGE } from "../../scripts/images/infrastructure.ts";
import { nodeBaseImage } from "../../scripts/images/services.ts";
import { run } from "../../scripts/process/command.ts";
import { ROOT } from "../../scripts/process/paths.ts";
import { toolset } from "../../scripts/toolsets/toolsets.ts";
import type { NodeImage } from "./nodeImage.ts";

/** In the stage's own Docker, the node image bears this name. */
export const NODE_IMAGE = "docker.io/ownsignal/kind-node:stage";

const ROOT_IMAGE = "docker.io/ownsignal/kind-node:root";

/** Set, the API's bundle gets a line more: another build under the same tag. */
export const CHANGE_API = "OWNSIGNAL_TEST_CHANGE_API";

/** The shipped tools with what a registry would give: the node image, the controllers' manifests, the images of all that is not this project's. */
export async function stageTools(): Promise<KindTools> {
  const keda = await toolset("keda");
  const metricsServer = await toolset("metrics-server");
  const kind = (await toolset("kind")).binary("kind");
  return {
    ...KIND_TOOLS,
    kind: () => Promise.resolve(kind),
    bundle: async () => {
      await bundle();
      if (process.env[CHANGE_API] !== undefined) await appendFile(join(ROOT, "dist/api.cjs"), "\n// changed\n");
    },
    nodeImage: NODE_IMAGE,
    imageArchives: async () =>
      (await infrastructureImages()).filter(({ name }) => name !== SANDBOX_IMAGE).map(({ archive }) => archive),
    releases: { keda: keda.kept("config/default"), metricsServer: metricsServer.kept("manifests/base") },
  };
}

/** Programs that commands of the stage find on PATH: kubectl of the tool set, and kind, as somebody who has Docker has them. */
export async function stagePath(): Promise<string[]> {
  return Promise.all(
    (["kubernetes", "kind", "k6"] as const).map(async (name) => dirname((await toolset(name)).binary("any"))),
  );
}

/** Puts the node image, and the base that the Dockerfile names, into the stage's Docker. */
export async function importImages(node: NodeImage, folder: string): Promise<void> {
  await run("docker", ["import", node.archive, ROOT_IMAGE]);
  const dockerfile = [`FROM ${ROOT_IMAGE}`, ...node.instructions].join("\n");
  await run("docker", ["build", "--tag", NODE_IMAGE, "-"], { input: dockerfile });
  const base = await nodeBaseImage();
  const named = /^ARG BASE=(\S+)$/m.exec(await readFile(join(ROOT, "Dockerfile"), "utf8"))?.[1];
  if (named === undefined) throw new Error("the Dockerfile names no base");
  const store = ["--root", join(folder, "store"), "--runroot", join(folder, "runroot"), "--storage-driver", "vfs"];
  const id = (await run("buildah", [...store, "pull", "--quiet", `oci-archive:${base.archive}`])).trim();
  const archive = join(folder, "base.tar");
  await run("buildah", [...store, "push", id, `docker-archive:${archive}:${named}`]);
  await run("docker", ["load", "--input", archive]);
}
