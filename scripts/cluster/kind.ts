import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";
import { bundle, SERVICES } from "../images/bundle.ts";
import { CommandError, run } from "../process/command.ts";
import { buildWithDocker, type Builder } from "../images/docker.ts";
import { serviceImageName } from "../images/services.ts";
import { CACHE, DEV_OVERLAY } from "../process/paths.ts";
import { CliError } from "../process/cliError.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { say, step } from "../process/progress.ts";
import { toolset } from "../toolsets/toolsets.ts";
import { kubeConfigOf } from "./kubeConfig.ts";
import { killContainer, podReader, type SendKill } from "./killContainer.ts";
import type { Cluster, ClusterProvider, Deployable, ProvidedImage } from "./provider.ts";
import { dialService } from "./dialService.ts";
import { RELEASE_MANIFESTS } from "./releaseManifests.ts";

const NAME = "ownsignal";
const NODE = `${NAME}-control-plane`;
/** The newest 1.36 that was built for the pinned kind: the minor version of the embedded cluster. */
const NODE_IMAGE =
  "docker.io/kindest/node:v1.36.4@sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed";
/** What kind's project offers for Services of type LoadBalancer. */
const LOAD_BALANCER_IMAGE =
  "registry.k8s.io/cloud-provider-kind/cloud-controller-manager:v0.11.1@sha256:40e18b9cd9c798cce40d39ff5c099a4f16a36c268d8e1dda469d73955a35e403";
const LOAD_BALANCER = `${NAME}-cloud-provider-kind`;
/** The label by which cloud-provider-kind knows the containers that it made, with the cluster's name. */
const LOAD_BALANCED = `label=io.x-k8s.cloud-provider-kind.cluster=${NAME}`;
const READY_TIMEOUT = "300s";

/** What the provider runs and where it writes; a test gives its own. */
export interface KindTools extends Builder {
  /** The path of kind. */
  kind: () => Promise<string>;
  /** Apart from the person's own; `down` removes it. */
  kubeconfig: string;
  platform: NodeJS.Platform;
}

/** A cluster in Docker. */
export const kind: ClusterProvider = kindProvider({
  execute: run,
  bundle,
  kind: async () => (await toolset("kind")).binary("kind"),
  kubeconfig: join(CACHE, "kind/kubeconfig"),
  platform: process.platform,
});

/** The provider with these tools. */
export function kindProvider(tools: KindTools): ClusterProvider {
  return { name: "kind", up: () => up(tools), attach: () => attach(tools), down: () => down(tools) };
}

async function up(tools: KindTools): Promise<Cluster> {
  await requireDocker(tools);
  await requireKubectl(tools);
  await step("bringing up a cluster in Docker with kind", () => clusterUp(tools), "2 min the first time");
  await loadBalancerUp(tools);
  return attach(tools);
}

async function clusterUp(tools: KindTools): Promise<void> {
  const { execute, kubeconfig } = tools;
  const kindPath = await tools.kind();
  await mkdir(dirname(kubeconfig), { recursive: true });
  if (!(await clusterExists(tools))) {
    // Before the cluster is there, so that an interrupted start can be deleted too.
    await writeFile(recordIn(tools), "");
    await execute(kindPath, [
      ...["create", "cluster", "--name", NAME, "--image", NODE_IMAGE],
      ...["--kubeconfig", kubeconfig, "--wait", READY_TIMEOUT],
    ]);
    return;
  }
  requireOurs(tools);
  // Docker does not start it again by itself after a reboot.
  if (!(await isRunning(tools, NODE))) await execute("docker", ["start", NODE]);
  await execute(kindPath, ["export", "kubeconfig", "--name", NAME, "--kubeconfig", kubeconfig]);
  await execute("kubectl", [
    ...["--kubeconfig", kubeconfig, "wait", "--for=condition=Ready", "node", "--all", `--timeout=${READY_TIMEOUT}`],
  ]);
}

/** One instance serves every kind cluster of a machine, and two would conflict. */
async function loadBalancerUp(tools: KindTools): Promise<void> {
  const { execute } = tools;
  const running = await execute("docker", ["ps", "--format", "{{.Names}} {{.Image}}"]);
  const other = running
    .split("\n")
    .find((line) => line.includes("/cloud-provider-kind/") && !line.startsWith(`${LOAD_BALANCER} `));
  if (other !== undefined) {
    say(`    container ${other.split(" ")[0] ?? ""} serves this machine's LoadBalancers already: it is used`);
    return;
  }
  if (await isRunning(tools, LOAD_BALANCER)) return;
  await execute("docker", ["rm", "--force", LOAD_BALANCER]);
  await execute("docker", [
    ...["run", "--detach", "--name", LOAD_BALANCER, "--network", "kind"],
    // It makes a container for each LoadBalancer.
    ...["--volume", "/var/run/docker.sock:/var/run/docker.sock", LOAD_BALANCER_IMAGE],
  ]);
}

async function attach(tools: KindTools): Promise<Cluster> {
  const { execute, kubeconfig, platform } = tools;
  const kubectl = (args: readonly string[], input?: string): Promise<string> =>
    execute("kubectl", ["--kubeconfig", kubeconfig, ...args], input === undefined ? {} : { input });
  try {
    if (!existsSync(kubeconfig)) throw new Error(`there is no ${kubeconfig}`);
    await kubectl(["get", "--raw", "/readyz"]);
  } catch (error) {
    throw new CliError(`no kind cluster ${NAME} answers: ${messageOf(error)}`, "./scripts/up brings it up", {
      cause: error,
    });
  }
  return {
    kubectl,
    kubeconfig,
    provideImages: () => provideImages(tools),
    controllers: {
      ...RELEASE_MANIFESTS,
      // kind's kubelets sign their certificates themselves.
      components: { keda: ["keda"], metricsServer: ["metrics-server", "metrics-server-insecure-kubelet"] },
    },
    // Elsewhere than on Linux, Docker is in a virtual machine, whose addresses this one has no route to.
    dialService: (namespace, service, port) =>
      dialService(kubeConfigOf({ kubeconfig }), { namespace, service, port }, platform === "linux"),
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
  const names = SERVICES.map(serviceImageName);
  return step(`building the images of ${SERVICES.join(", ")} with Docker`, async () => {
    await buildWithDocker(tools, serviceImageName);
    await tools.execute(await tools.kind(), ["load", "docker-image", "--name", NAME, ...names]);
    const images: ProvidedImage[] = [];
    for (const name of names) images.push({ name, id: await idOnNode(tools, name) });
    return { images, overlay: DEV_OVERLAY };
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
  const { execute, kubeconfig } = tools;
  await requireDocker(tools);
  const exists = await clusterExists(tools);
  if (exists) requireOurs(tools);
  await step("deleting the kind cluster", async () => {
    // First, or it would make again what is removed here.
    await execute("docker", ["rm", "--force", LOAD_BALANCER]);
    if (exists) {
      await execute(await tools.kind(), ["delete", "cluster", "--name", NAME, "--kubeconfig", kubeconfig]);
    }
    const balancers = (await execute("docker", ["ps", "--all", "--quiet", "--filter", LOAD_BALANCED])).split(/\s+/);
    const left = balancers.filter((container) => container !== "");
    if (left.length > 0) await execute("docker", ["rm", "--force", ...left]);
    await rm(dirname(kubeconfig), { recursive: true, force: true });
  });
}

async function clusterExists(tools: KindTools): Promise<boolean> {
  const clusters = await tools.execute(await tools.kind(), ["get", "clusters"]);
  return clusters.split(/\s+/).includes(NAME);
}

/** Written when this project makes the cluster: one of the same name that was made otherwise is left alone. */
function recordIn({ kubeconfig }: KindTools): string {
  return join(dirname(kubeconfig), "made");
}

function requireOurs(tools: KindTools): void {
  if (existsSync(recordIn(tools))) return;
  throw new CliError(
    `there is a kind cluster ${NAME} that was not made from here (no ${recordIn(tools)})`,
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
    throw new CliError(
      `Docker does not answer: ${messageOf(error)}`,
      "start it, or take another cluster: CLUSTER=embedded (Linux, root) or CLUSTER=existing (your kubectl context)",
      { cause: error },
    );
  }
}

async function requireKubectl({ execute }: KindTools): Promise<void> {
  try {
    await execute("kubectl", ["version", "--client"]);
  } catch (error) {
    throw new CliError(`kubectl does not run: ${messageOf(error)}`, "install kubectl 1.35 or newer", { cause: error });
  }
}
