import { text } from "node:stream/consumers";
import {
  AppsV1Api,
  AutoscalingV2Api,
  CustomObjectsApi,
  type KubeConfig,
  loadAllYaml,
  ApiException,
} from "@kubernetes/client-node";
import { messageOf } from "../../src/shared/messageOf.ts";
import { CliError } from "../process/cliError.ts";
import { run } from "../process/command.ts";
import type { Objects } from "./scaledWorkload.ts";

const RENDER_FIX = "name a folder that kubectl kustomize renders, or give YAML on standard input: -k -";

/** What a kustomize overlay deploys, or the YAML on standard input where it is `-`. @throws {CliError} where it is no YAML, or not rendered. */
export async function renderedObjects(overlay: string, kubectl: () => Promise<string>): Promise<Objects> {
  if (overlay === "-") return objectsIn(await text(process.stdin), "standard input");
  let yaml: string;
  try {
    yaml = await run(await kubectl(), ["kustomize", overlay]);
  } catch (error) {
    throw new CliError(`${overlay} cannot be rendered: ${messageOf(error)}`, RENDER_FIX, { cause: error });
  }
  return objectsIn(yaml, overlay);
}

/** @throws {CliError} for what is no YAML, or holds no object. */
export function objectsIn(yaml: string, source: string): Objects {
  let objects: unknown[];
  try {
    objects = loadAllYaml(yaml);
  } catch (error) {
    throw new CliError(`${source} is no YAML: ${messageOf(error)}`, RENDER_FIX, { cause: error });
  }
  const found = objects.filter((one) => typeof one === "object" && one !== null) as Objects;
  if (found.length === 0) throw new CliError(`${source} holds no Kubernetes object`, RENDER_FIX);
  return plain(found);
}

/** The client's objects hold keys without a value, which manifests do not. */
function plain(objects: Objects): Objects {
  return JSON.parse(JSON.stringify(objects)) as Objects;
}

const KEDA_KINDS = [
  { kind: "ScaledObject", plural: "scaledobjects" },
  { kind: "ScaledJob", plural: "scaledjobs" },
] as const;

/** What scales and is scaled in a namespace of a cluster. @throws {CliError} where it cannot be read. */
export async function liveObjects(kubeConfig: KubeConfig, namespace: string): Promise<Objects> {
  const apps = kubeConfig.makeApiClient(AppsV1Api);
  const custom = kubeConfig.makeApiClient(CustomObjectsApi);
  const ofKind = (kind: string, items: readonly object[]): Objects => items.map((item) => ({ ...item, kind }));
  const customKind = (group: string, version: string, kind: string, plural: string): Promise<Objects> =>
    listed(`${kind}s`, namespace, async () => {
      const list = (await custom.listNamespacedCustomObject({ group, version, plural, namespace })) as {
        items: object[];
      };
      return ofKind(kind, list.items);
    });
  const lists = await Promise.all([
    listed("Deployments", namespace, async () =>
      ofKind("Deployment", (await apps.listNamespacedDeployment({ namespace })).items),
    ),
    listed("StatefulSets", namespace, async () =>
      ofKind("StatefulSet", (await apps.listNamespacedStatefulSet({ namespace })).items),
    ),
    listed("HorizontalPodAutoscalers", namespace, async () =>
      ofKind(
        "HorizontalPodAutoscaler",
        (await kubeConfig.makeApiClient(AutoscalingV2Api).listNamespacedHorizontalPodAutoscaler({ namespace })).items,
      ),
    ),
    ...KEDA_KINDS.map(({ kind, plural }) => customKind("keda.sh", "v1alpha1", kind, plural)),
    customKind("autoscaling.k8s.io", "v1", "VerticalPodAutoscaler", "verticalpodautoscalers"),
  ]);
  return plain(lists.flat());
}

async function listed(what: string, namespace: string, list: () => Promise<Objects>): Promise<Objects> {
  try {
    return await list();
  } catch (error) {
    // A kind that the cluster does not know has no objects.
    if (error instanceof ApiException && error.code === 404) return [];
    const why = error instanceof ApiException ? `the API server answered ${error.code}` : messageOf(error);
    throw new CliError(`${what} in ${namespace} cannot be read: ${why}`, "give the manifests instead: -k OVERLAY", {
      cause: error,
    });
  }
}
