import { AutoscalingV2Api, CoreV1Api, CustomObjectsApi, type KubeConfig } from "@kubernetes/client-node";
import * as z from "zod";
import { discover, type Discovered } from "../../loadtest/observe/discovery.ts";
import { requestOptions } from "../../loadtest/preflight/apiRequest.ts";
import { rejectionOf, requestErrorMessage } from "../../loadtest/observe/rejection.ts";
import { checkPermissions, formatPermission } from "../../loadtest/preflight/rbac.ts";
import { CliError } from "../process/cliError.ts";
import type { Found } from "./found.ts";

/** What has to be listed, as permissions name it. */
const RESOURCES = {
  deployments: "deployments.apps",
  statefulSets: "statefulsets.apps",
  autoscalers: "horizontalpodautoscalers.autoscaling",
  scaledObjects: "scaledobjects.keda.sh",
} as const;

type Kind = keyof typeof RESOURCES;

/**
 * What is in a namespace.
 * @throws {CliError} where it does not exist, or something of it cannot be listed: a file that leaves out what was not seen would look complete.
 */
export async function readNamespace(kubeConfig: KubeConfig, namespace: string): Promise<Found> {
  const context = kubeConfig.getCurrentContext();
  await requireNamespace(kubeConfig, namespace);
  const [discovered, services] = await Promise.all([
    discover(kubeConfig, namespace, requestOptions),
    servicesIn(kubeConfig, namespace),
  ]);
  const { deployments, statefulSets, autoscalers, scaledObjects } = discovered;
  if (
    deployments === undefined ||
    statefulSets === undefined ||
    autoscalers === undefined ||
    scaledObjects === undefined
  ) {
    throw await whyNotListed(kubeConfig, discovered, context);
  }
  return { namespace, deployments, statefulSets, autoscalers, scaledObjects, services };
}

async function requireNamespace(kubeConfig: KubeConfig, namespace: string): Promise<void> {
  try {
    await kubeConfig.makeApiClient(CoreV1Api).readNamespace({ name: namespace }, requestOptions());
  } catch (error) {
    // Who may read their own namespace's objects only is not told whether it exists.
    if (rejectionOf(error)?.code === 403) return;
    const context = kubeConfig.getCurrentContext();
    if (rejectionOf(error)?.code !== 404) {
      throw new CliError(
        `namespace ${namespace} of context ${context} cannot be read: ${requestErrorMessage(error)}`,
        "run it again when the API server answers",
        { cause: error },
      );
    }
    throw new CliError(
      `there is no namespace ${namespace} in context ${context}${await elsewhereText(kubeConfig, namespace)}`,
      "name one: --namespace NAME",
    );
  }
}

/** Undefined where they may not be listed: then loads have no address. */
async function servicesIn(kubeConfig: KubeConfig, namespace: string): Promise<Found["services"]> {
  try {
    return (await kubeConfig.makeApiClient(CoreV1Api).listNamespacedService({ namespace }, requestOptions())).items;
  } catch (error) {
    if (rejectionOf(error)?.code === 403) return undefined;
    throw new CliError(
      `Services in ${namespace} cannot be listed: ${requestErrorMessage(error)}`,
      "run it again when the API server answers",
      { cause: error },
    );
  }
}

async function whyNotListed(kubeConfig: KubeConfig, discovered: Discovered, context: string): Promise<CliError> {
  const { namespace } = discovered;
  const unread = (Object.keys(RESOURCES) as Kind[]).filter((kind) => discovered[kind] === undefined);
  const needed = unread.map((kind) => ({ verb: "list", resource: RESOURCES[kind], namespace }));
  const { missing } = await checkPermissions(kubeConfig, needed);
  return missing.length > 0
    ? new CliError(
        `missing RBAC permission: ${missing.map(formatPermission).join("; ")} (context ${context})`,
        "let an administrator give it to your user, or choose another context or namespace: --context, --namespace",
      )
    : new CliError(
        `the API server of context ${context} did not list ${needed.map(({ resource }) => resource).join(", ")} in ${namespace}`,
        "run it again when the API server answers",
      );
}

const scaledObjects = z.object({ items: z.array(z.object({ metadata: z.object({ namespace: z.string() }) })) });

/** Which other namespaces have something that scales, for a message; empty where there are none, or they may not be listed. */
export async function elsewhereText(kubeConfig: KubeConfig, namespace: string): Promise<string> {
  const lists = await Promise.allSettled([
    kubeConfig
      .makeApiClient(AutoscalingV2Api)
      .listHorizontalPodAutoscalerForAllNamespaces({}, requestOptions())
      .then(({ items }) => items.flatMap(({ metadata }) => metadata?.namespace ?? [])),
    kubeConfig
      .makeApiClient(CustomObjectsApi)
      .listCustomObjectForAllNamespaces(
        { group: "keda.sh", version: "v1alpha1", resourcePlural: "scaledobjects" },
        requestOptions(),
      )
      .then((found: unknown) => scaledObjects.parse(found).items.map(({ metadata }) => metadata.namespace)),
  ]);
  const others = new Set(lists.flatMap((list) => (list.status === "fulfilled" ? list.value : [])));
  others.delete(namespace);
  return others.size === 0 ? "" : `; something scales in ${[...others].sort().join(", ")}`;
}
