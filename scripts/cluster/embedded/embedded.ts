import type { Endpoint } from "../../../loadtest/model/endpoint.ts";
import { build } from "esbuild";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SERVICES } from "../../images/bundle.ts";
import { run } from "../../process/command.ts";
import { infrastructureImages } from "../../images/infrastructure.ts";
import { serviceImages } from "../../images/services.ts";
import { DEV_OVERLAY } from "../../process/paths.ts";
import { CliError } from "../../process/cliError.ts";
import { executableOn } from "../../process/executableOn.ts";
import { say, step } from "../../process/progress.ts";
import { buildMissing } from "../../toolsets/buildMissing.ts";
import { toolset } from "../../toolsets/toolsets.ts";
import { kubeConfigOf } from "../kubeConfig.ts";
import { killContainer, podReader } from "../killContainer.ts";
import type { Cluster, ClusterProvider, Deployable } from "../provider.ts";
import { addonsUp } from "./addons.ts";
import { configure } from "./configuration.ts";
import { endContainers, importImages, killTask, removePodGroups, unmountAll } from "./containers.ts";
import { AGENTS, controlPlaneAnswers, controlPlaneUp, kubectl, stopAll, STORES } from "./controlPlane.ts";
import { KUBECONFIG, RUN, STATE } from "./layout.ts";
import { rememberForeignFolders, removeForeignFolders } from "./foreignFolders.ts";
import { embeddedNodeFaults } from "./nodeFaults.ts";
import { bypassProxies, networkDown, networkUp } from "./network.ts";
import { installPackages } from "./packages.ts";
import { startDaemon, stopDaemon } from "./processes.ts";

/** Real Kubernetes built from its Go modules, on Linux with root and without Docker, in a network namespace of its own. */
export const embedded: ClusterProvider = { name: "embedded", up: embeddedUp, attach, down: embeddedDown };

/** What a fresh machine builds for the cluster; k6 comes beside it. */
const PROGRAMS = [
  ...(["kubernetes", "etcd", "pause", "coredns", "keda"] as const),
  ...(["metrics-server", "prometheus", "kube-state-metrics"] as const),
];

async function embeddedUp(): Promise<Cluster> {
  requirePlatform();
  bypassProxies();
  await installPackages();
  // First of all what takes longest, so that a build that fails does so before anything is started.
  const k6 = executableOn(process.env.PATH ?? "", "k6") === undefined ? (["k6"] as const) : [];
  await buildMissing([...PROGRAMS, ...k6]);
  const images = await step(
    "assembling the images of KEDA, metrics-server, CoreDNS, Redis, Prometheus",
    infrastructureImages,
  );
  await step("starting Kubernetes", async () => {
    await rememberForeignFolders();
    await networkUp();
    await configure();
    await controlPlaneUp();
    await importImages(images);
    await addonsUp();
    await startAgent();
  });
  return attach();
}

async function attach(): Promise<Cluster> {
  requirePlatform();
  bypassProxies();
  // Looked at first: asking the cluster itself would build kubectl.
  if (!existsSync(RUN) || !(await controlPlaneAnswers())) {
    throw new CliError("no embedded cluster is up on this machine", "./scripts/up brings it up");
  }
  const kubernetes = await toolset("kubernetes");
  const keda = await toolset("keda");
  const metricsServer = await toolset("metrics-server");
  return {
    kubectl: (args, input) =>
      run(kubernetes.binary("kubectl"), ["--kubeconfig", KUBECONFIG, ...args], input === undefined ? {} : { input }),
    kubeconfig: KUBECONFIG,
    provideImages,
    controllers: {
      keda: keda.kept("config/default"),
      metricsServer: metricsServer.kept("manifests/base"),
      components: { keda: ["keda"], metricsServer: ["metrics-server", "metrics-server-insecure-kubelet"] },
    },
    dialService,
    kill,
    node: embeddedNodeFaults,
    takeDown: "The cluster stays up: `./scripts/down` deletes it.",
    access: { forwardsPorts: false, execsIntoPods: false },
    shellLine: `export KUBECONFIG=${KUBECONFIG} PATH="${dirname(kubernetes.binary("kubectl"))}:$PATH"`,
  };
}

async function provideImages(): Promise<Deployable> {
  return step(`building the images of ${SERVICES.join(", ")}`, async () => {
    const images = await serviceImages();
    await importImages(images);
    return { images, overlay: DEV_OVERLAY };
  });
}

/** The host has routes to the cluster's Services: their own addresses can be dialled. */
async function dialService(namespace: string, service: string, port: number): Promise<Endpoint> {
  const host = (await kubectl("-n", namespace, "get", "service", service, "-o", "jsonpath={.spec.clusterIP}")).trim();
  return { host, port, close: () => Promise.resolve() };
}

async function kill(namespace: string, pod: string, container: string): Promise<void> {
  const kubeConfig = kubeConfigOf({ kubeconfig: KUBECONFIG });
  await killContainer(podReader(kubeConfig), { namespace, pod, container }, ({ id }) => killTask(id));
}

async function startAgent(): Promise<void> {
  const bundle = join(STATE, "node-agent.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, "agent.ts")],
    outfile: bundle,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: "error",
  });
  // Always the newest: it holds no state.
  await stopDaemon("node-agent");
  await startDaemon({ name: "node-agent", command: process.execPath, args: [bundle] });
}

async function embeddedDown(): Promise<void> {
  requirePlatform();
  const made = existsSync(STATE) || existsSync(RUN);
  if (!made) {
    say("there is no embedded cluster to delete");
    return;
  }
  await step("deleting the embedded cluster", async () => {
    await stopAll(AGENTS);
    await endContainers();
    await stopAll(STORES);
    await stopAll(["containerd"]);
    await unmountAll();
    await removePodGroups();
    await networkDown();
    await removeForeignFolders();
    await rm(RUN, { recursive: true, force: true });
    await rm(STATE, { recursive: true, force: true });
  });
}

function requirePlatform(): void {
  const elsewhere = "use a cluster that you have: CLUSTER=existing";
  if (process.platform !== "linux") {
    throw new CliError(`the embedded cluster needs Linux; this is ${process.platform}`, elsewhere);
  }
  if (process.arch !== "x64" && process.arch !== "arm64") {
    throw new CliError(`the embedded cluster needs an x64 or arm64 machine; this is ${process.arch}`, elsewhere);
  }
  if (process.getuid?.() !== 0) {
    throw new CliError(
      "the embedded cluster needs root: it makes a network namespace and runs containers",
      `run it with sudo, or ${elsewhere}`,
    );
  }
}
