import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";
import { bundle, SERVICES } from "../../images/bundle.ts";
import { CommandError, run } from "../../process/command.ts";
import { buildWithDocker, type Builder } from "../../images/docker.ts";
import { serviceImageName } from "../../images/services.ts";
import { CACHE, DEV_OVERLAY } from "../../process/paths.ts";
import { CliError } from "../../process/cliError.ts";
import { messageOf } from "../../../src/shared/messageOf.ts";
import { say, step } from "../../process/progress.ts";
import { waitFor } from "../../process/waitFor.ts";
import { kindProgram } from "../../toolsets/onPath.ts";
import { kubeConfigOf } from "../kubeConfig.ts";
import { killContainer, podReader, type SendKill } from "../killContainer.ts";
import type { Cluster, ClusterProvider, Deployable, ProvidedImage } from "../provider.ts";
import { forwardToService } from "../dialService.ts";
import { noteVersionSkew, requireKubectl } from "../kubectlVersion.ts";
import { RELEASE_MANIFESTS } from "../releaseManifests.ts";
import { clusterConfig, type ClusterRecord, NAME, NODE, NODE_IMAGE, parseRecord } from "./clusterConfig.ts";
import { errorLine, explained } from "./failures.ts";
import { publishedNodePort } from "./nodePorts.ts";

const READY_TIMEOUT_SECONDS = 300;
const NOT_UP = "the kind cluster could not be brought up";

/** What the provider runs, what the cluster is made of, and where it writes; a test gives its own. */
export interface KindTools extends Builder {
  /** The path of kind. */
  kind: () => Promise<string>;
  /** The image of the node, as Docker finds it. */
  nodeImage: string;
  /** Archives of images that the node gets beside this project's own: for a machine that reaches no registry. */
  imageArchives: () => Promise<readonly string[]>;
  /** Where KEDA's and metrics-server's own manifests come from: a folder or an address. */
  releases: Pick<Cluster["controllers"], "keda" | "metricsServer">;
  /** Apart from the person's own; `down` removes it. */
  kubeconfig: string;
}

export const KIND_TOOLS: KindTools = {
  execute: run,
  bundle,
  kind: kindProgram,
  nodeImage: NODE_IMAGE,
  imageArchives: () => Promise.resolve([]),
  releases: RELEASE_MANIFESTS,
  kubeconfig: join(CACHE, "kind/kubeconfig"),
};

/** A cluster in Docker. */
export const kind: ClusterProvider = kindProvider(KIND_TOOLS);

/** The provider with these tools. */
export function kindProvider(tools: KindTools): ClusterProvider {
  return { name: "kind", up: () => up(tools), attach: () => attach(tools), down: () => down(tools) };
}

async function up(tools: KindTools): Promise<Cluster> {
  await requireDocker(tools);
  await requireKubectl(tools.execute);
  await step("bringing up a cluster in Docker with kind", () => clusterUp(tools), "2 min the first time").catch(
    (error: unknown) => {
      throw explained(error, NOT_UP);
    },
  );
  const cluster = await attach(tools);
  await noteVersionSkew((args) => cluster.kubectl(args));
  return cluster;
}

async function clusterUp(tools: KindTools): Promise<void> {
  const { execute, kubeconfig } = tools;
  const kindPath = await tools.kind();
  if (await clusterExists(tools)) {
    const record = requireOurs(tools);
    if (record?.state !== "creating") return nodeUp(tools, record);
    say("    an earlier start was interrupted: its cluster is deleted and made anew");
    await deleteCluster(tools);
  }
  await mkdir(dirname(kubeconfig), { recursive: true });
  const config = clusterConfig(tools.nodeImage);
  const record = { nodeImage: tools.nodeImage, config };
  // Before the cluster is there, so that an interrupted start is known as one.
  await writeRecord(tools, { state: "creating", ...record });
  const options = ["--kubeconfig", kubeconfig, "--wait", `${READY_TIMEOUT_SECONDS}s`, "--retain"];
  try {
    await execute(kindPath, ["create", "cluster", "--name", NAME, "--config", "-", ...options], { input: config });
  } catch (error) {
    // Retained, the node can still be asked; the next start or `down` deletes it.
    const nodeLog = await execute("docker", ["logs", NODE]).catch(() => "");
    throw explained(error, NOT_UP, { nodeLog });
  }
  await writeRecord(tools, { state: "created", ...record });
}

/** Starts the node where it is stopped, and waits until it answers. */
async function nodeUp(tools: KindTools, record: ClusterRecord | undefined): Promise<void> {
  const { execute, kubeconfig } = tools;
  if (record?.config !== clusterConfig(tools.nodeImage)) {
    const made =
      record === undefined ? "by another version of ownsignal" : `with another configuration (${record.nodeImage})`;
    throw new CliError(
      `the kind cluster ${NAME} was made ${made}; this one needs ${tools.nodeImage}`,
      "delete it, and with it what is deployed on it: ./scripts/down; then the same command makes a new one",
    );
  }
  // Docker does not start it again by itself after a reboot.
  const wasRunning = await isRunning(tools, NODE);
  if (!wasRunning) await execute("docker", ["start", NODE]);
  await execute(await tools.kind(), ["export", "kubeconfig", "--name", NAME, "--kubeconfig", kubeconfig]);
  const kubectl = ["--kubeconfig", kubeconfig];
  // kubectl itself waits for objects only, not for an API server that does not answer yet.
  await waitFor(
    () =>
      execute("kubectl", [...kubectl, "get", "--raw", "/readyz"]).then(
        () => true,
        (error: unknown) => {
          if (error instanceof CommandError) return undefined;
          throw error;
        },
      ),
    {
      timeoutMs: (wasRunning ? 30 : READY_TIMEOUT_SECONDS) * 1000,
      overdue: () =>
        new CliError(
          `the API server of the kind cluster ${NAME} does not answer`,
          `look at \`docker logs ${NODE}\`; ./scripts/down and the same command start afresh`,
        ),
    },
  );
  await execute("kubectl", [
    ...[...kubectl, "wait", "--for=condition=Ready", "node", "--all", `--timeout=${READY_TIMEOUT_SECONDS}s`],
  ]);
}

async function attach(tools: KindTools): Promise<Cluster> {
  const { execute, kubeconfig } = tools;
  const kubectl = (args: readonly string[], input?: string): Promise<string> =>
    execute("kubectl", ["--kubeconfig", kubeconfig, ...args], input === undefined ? {} : { input });
  try {
    if (!existsSync(kubeconfig)) throw new Error(`there is no ${kubeconfig}`);
    await kubectl(["get", "--raw", "/readyz"]);
  } catch (error) {
    throw new CliError(
      `no kind cluster ${NAME} answers: ${error instanceof CommandError ? errorLine(error) : messageOf(error)}`,
      "./scripts/up brings it up",
      {
        cause: error,
      },
    );
  }
  return {
    kubectl,
    kubeconfig,
    provideImages: () => provideImages(tools),
    controllers: {
      ...tools.releases,
      // kind's kubelets sign their certificates themselves.
      components: { keda: ["keda"], metricsServer: ["metrics-server", "metrics-server-insecure-kubelet"] },
    },
    dialService: async (namespace, service, port) =>
      (await publishedNodePort(execute, kubectl, { namespace, service, port })) ??
      forwardToService(kubeConfigOf({ kubeconfig }), { namespace, service, port }),
    node: undefined,
    kill: (namespace, pod, container) =>
      killContainer(podReader(kubeConfigOf({ kubeconfig })), { namespace, pod, container }, killOnNode(tools)),
    access: { forwardsPorts: true, execsIntoPods: false },
    shellLine: `export KUBECONFIG=${kubeconfig}`,
    takeDown: "The cluster stays up: `./scripts/down` deletes it.",
  };
}

/** A node is a Docker container of the same name, with containerd and its client in it. */
export function killOnNode({ execute }: Pick<KindTools, "execute">): SendKill {
  return async ({ id, node }) => {
    await execute("docker", [
      ...["exec", node, "ctr", "--namespace", "k8s.io"],
      ...["tasks", "kill", "--signal", "SIGKILL", id],
    ]);
  };
}

async function provideImages(tools: KindTools): Promise<Deployable> {
  const { execute } = tools;
  const names = SERVICES.map(serviceImageName);
  return step(`building the images of ${SERVICES.join(", ")} with Docker`, async () => {
    await buildWithDocker(tools, serviceImageName);
    const kindPath = await tools.kind();
    await execute(kindPath, ["load", "docker-image", "--name", NAME, ...names]);
    for (const archive of await tools.imageArchives()) {
      await execute(kindPath, ["load", "image-archive", "--name", NAME, archive]);
    }
    const images: ProvidedImage[] = [];
    for (const name of names) images.push({ name, id: await idOnNode(tools, name) });
    return { images, overlay: DEV_OVERLAY };
  }).catch((error: unknown) => {
    throw explained(error, "the images could not be built and loaded into the node");
  });
}

const inspected = z.object({
  status: z.object({ id: z.string(), repoDigests: z.array(z.string()).nullish() }),
});

/** What the kubelet will report for the image: a digest that containerd gave it, which need not be Docker's. */
async function idOnNode({ execute }: KindTools, name: string): Promise<string> {
  const { status } = inspected.parse(
    JSON.parse(await execute("docker", ["exec", NODE, "crictl", "inspecti", "--output", "json", name])),
  );
  return status.repoDigests?.[0]?.split("@").at(-1) ?? status.id;
}

async function down(tools: KindTools): Promise<void> {
  await requireDocker(tools);
  const exists = await clusterExists(tools);
  if (exists) requireOurs(tools);
  await step("deleting the kind cluster", async () => {
    if (exists) await deleteCluster(tools);
    await rm(dirname(tools.kubeconfig), { recursive: true, force: true });
  }).catch((error: unknown) => {
    throw explained(error, "the kind cluster could not be deleted");
  });
}

async function deleteCluster({ execute, kind, kubeconfig }: KindTools): Promise<void> {
  await execute(await kind(), ["delete", "cluster", "--name", NAME, "--kubeconfig", kubeconfig]);
}

async function clusterExists(tools: KindTools): Promise<boolean> {
  const clusters = await tools.execute(await tools.kind(), ["get", "clusters"]);
  return clusters.split(/\s+/).includes(NAME);
}

/** Written when this project makes the cluster: one of the same name that was made otherwise is left alone. */
function recordIn({ kubeconfig }: KindTools): string {
  return join(dirname(kubeconfig), "made");
}

async function writeRecord(tools: KindTools, record: ClusterRecord): Promise<void> {
  await writeFile(recordIn(tools), JSON.stringify(record));
}

/** @returns what was written when it was made; undefined where another version of this project did. */
function requireOurs(tools: KindTools): ClusterRecord | undefined {
  const record = recordIn(tools);
  if (existsSync(record)) return parseRecord(readFileSync(record, "utf8"));
  throw new CliError(
    `there is a kind cluster ${NAME} that was not made from here (no ${record})`,
    `if it is not needed: kind delete cluster --name ${NAME}`,
  );
}

async function isRunning({ execute }: KindTools, container: string): Promise<boolean> {
  try {
    const state = await execute("docker", ["inspect", "--format", "{{.State.Running}}", container]);
    return state.trim() === "true";
  } catch (error) {
    // There is no such container.
    if (error instanceof CommandError) return false;
    throw error;
  }
}

async function requireDocker({ execute }: KindTools): Promise<void> {
  try {
    await execute("docker", ["info"]);
  } catch (error) {
    throw explained(error, "Docker does not answer", {
      otherwise:
        "start it, or take another cluster: CLUSTER=embedded (Linux, root) or CLUSTER=existing (your kubectl context)",
    });
  }
}
