import { bundle, SERVICES } from "../images/bundle.ts";
import { CommandError, run } from "../process/command.ts";
import { serviceImageName } from "../images/services.ts";
import { DEV_OVERLAY } from "../process/paths.ts";
import { CliError } from "../process/cliError.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { say, step } from "../process/progress.ts";
import { kubeConfigOf } from "./kubeConfig.ts";
import { noteVersionSkew, requireKubectl } from "./kubectlVersion.ts";
import { killByMemory } from "./killByMemory.ts";
import { killContainer, podReader } from "./killContainer.ts";
import type { Cluster, ClusterProvider, Deployable } from "./provider.ts";
import { dialService } from "./dialService.ts";
import { pushImages, registryOf } from "../images/registry.ts";
import { RELEASE_MANIFESTS } from "./releaseManifests.ts";
import { removeFrom } from "../removal/remove.ts";

/** The cluster of the current kubectl context, which is a person's own: `down` removes this project from it and leaves the rest. */
export const existing: ClusterProvider = {
  name: "existing",
  up: attach,
  attach,
  down: async ({ confirmed }) => removeFrom(await attach(), confirmed),
};

async function attach(): Promise<Cluster> {
  const kubectl = (args: readonly string[], input?: string): Promise<string> =>
    run("kubectl", args, input === undefined ? {} : { input });
  await requireKubectl(run);
  let context: string;
  try {
    context = (await kubectl(["config", "current-context"])).trim();
    await kubectl(["get", "--raw", "/readyz"]);
  } catch (error) {
    throw new CliError(
      `the cluster of the current kubectl context does not answer: ${error instanceof CommandError ? error.message : messageOf(error)}`,
      "choose a context that answers: `kubectl config use-context NAME`",
      { cause: error },
    );
  }
  say(`using the cluster of kubectl context ${context}`);
  await noteVersionSkew(kubectl);
  return {
    kubectl,
    // KUBECONFIG may name several files, which kubectl and its client merge by themselves.
    kubeconfig: undefined,
    provideImages,
    controllers: { ...RELEASE_MANIFESTS, components: { keda: ["keda"], metricsServer: ["metrics-server"] } },
    dialService: (namespace, service, port) =>
      dialService(kubeConfigOf({ kubeconfig: undefined }), { namespace, service, port }),
    node: undefined,
    kill: (namespace, pod, container) => {
      const kubeConfig = kubeConfigOf({ kubeconfig: undefined });
      return killContainer(podReader(kubeConfig), { namespace, pod, container }, killByMemory(kubeConfig));
    },
    access: { forwardsPorts: true, execsIntoPods: true },
    shellLine: `kubectl config use-context ${context}`,
    takeDown:
      "The deployment stays: `CLUSTER=existing ./scripts/down` says what would be deleted, and deletes it with --yes.",
  };
}

/** To the registry that `REGISTRY` names; without it, a person provides the images in their own way. */
async function provideImages(): Promise<Deployable> {
  const registry = process.env.REGISTRY;
  if (registry !== undefined && registry !== "") {
    const checked = registryOf(registry);
    const overlay = await step(`building the images and pushing them to ${checked}`, () =>
      pushImages({ execute: run, bundle }, checked),
    );
    return { images: [], overlay };
  }
  say(
    [
      "The nodes of your cluster must be able to get these images; REGISTRY=<host>/<path> builds them with Docker and pushes them there:",
      ...SERVICES.map((service) => `  ${serviceImageName(service)}`),
    ].join("\n"),
  );
  return { images: [], overlay: DEV_OVERLAY };
}
