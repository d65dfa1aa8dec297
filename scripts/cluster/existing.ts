import { KubeConfig } from "@kubernetes/client-node";
import { bundle, SERVICES } from "../images/bundle.ts";
import { CommandError, run } from "../process/command.ts";
import { serviceImageName } from "../images/services.ts";
import { DEV_OVERLAY } from "../process/paths.ts";
import { CliError } from "../process/cliError.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { say, step } from "../process/progress.ts";
import { killByMemory } from "./killByMemory.ts";
import { killContainer, podReader } from "./killContainer.ts";
import type { Cluster, ClusterProvider, Deployable } from "./provider.ts";
import { dialService } from "./dialService.ts";
import { pushImages, registryOf } from "../images/registry.ts";
import { RELEASE_MANIFESTS } from "./releaseManifests.ts";

/** The cluster of the current kubectl context, which is a person's own: nothing of it is taken down. */
export const existing: ClusterProvider = {
  name: "existing",
  up: attach,
  attach,
  down: () => {
    say(
      "CLUSTER=existing: the cluster is yours and stays. To take ownsignal out of it: kubectl delete namespace orders-dev",
    );
    return Promise.resolve();
  },
};

async function attach(): Promise<Cluster> {
  const kubectl = (args: readonly string[], input?: string): Promise<string> =>
    run("kubectl", args, input === undefined ? {} : { input });
  let context: string;
  try {
    context = (await kubectl(["config", "current-context"])).trim();
    await kubectl(["get", "--raw", "/readyz"]);
  } catch (error) {
    throw new CliError(
      `the cluster of the current kubectl context does not answer: ${error instanceof CommandError ? error.message : messageOf(error)}`,
      "install kubectl, and choose a context that answers: `kubectl config use-context NAME`",
      { cause: error },
    );
  }
  say(`using the cluster of kubectl context ${context}`);
  return {
    kubectl,
    kubeconfig: process.env.KUBECONFIG,
    provideImages,
    controllers: { ...RELEASE_MANIFESTS, components: { keda: ["keda"], metricsServer: ["metrics-server"] } },
    dialService: (namespace, service, port) => {
      const kubeConfig = new KubeConfig();
      kubeConfig.loadFromDefault();
      return dialService(kubeConfig, { namespace, service, port });
    },
    kill: async (namespace, pod, container) => {
      const kubeConfig = new KubeConfig();
      kubeConfig.loadFromDefault();
      await killContainer(podReader(kubeConfig), { namespace, pod, container }, killByMemory(kubeConfig));
    },
    access: { forwardsPorts: true, execsIntoPods: true },
    shellLine: `kubectl config use-context ${context}`,
    takeDown: "The deployment mustNotScale: `kubectl delete -k kustomize/overlays/dev` takes it away.",
  };
}

/** To the registry that `REGISTRY` names; without it, a person sees to the images in their own way. */
async function provideImages(): Promise<Deployable> {
  const registry = process.env.REGISTRY;
  if (registry !== undefined && registry !== "") {
    const checked = registryOf(registry);
    return step(`building the images and pushing them to ${checked}`, () =>
      pushImages({ execute: run, bundle }, checked),
    );
  }
  say(
    [
      "The nodes of your cluster must be able to get these images; REGISTRY=<host>/<path> builds them with Docker and pushes them there:",
      ...SERVICES.map((service) => `  ${serviceImageName(service)}`),
    ].join("\n"),
  );
  return { images: [], overlay: DEV_OVERLAY };
}
