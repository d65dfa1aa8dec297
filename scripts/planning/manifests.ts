import { text } from "node:stream/consumers";
import { AppsV1Api, AutoscalingV2Api, CustomObjectsApi, type KubeConfig, ApiException } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { messageOf } from "../../src/shared/messageOf.ts";
import { CliError } from "../process/cliError.ts";
import { run } from "../process/command.ts";
import type { PlanNote } from "./notes.ts";
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
  const documents = parseAllDocuments(yaml);
  if (!Array.isArray(documents)) throw new CliError(`${source} holds no Kubernetes object`, RENDER_FIX);
  const [error] = documents.flatMap(({ errors }) => errors);
  if (error !== undefined) throw new CliError(`${source} is no YAML: ${error.message}`, RENDER_FIX, { cause: error });
  const objects = documents
    .map((document) => document.toJS() as unknown)
    // A List holds several.
    .flatMap((one) => (isObject(one) && Array.isArray(one.items) ? (one.items as unknown[]) : [one]))
    .filter((one) => isObject(one) && typeof one.kind === "string");
  if (objects.length === 0) throw new CliError(`${source} holds no Kubernetes object`, RENDER_FIX);
  return objects as Objects;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** The client's objects hold keys without a value, which manifests do not. */
function plain(objects: Objects): Objects {
  return JSON.parse(JSON.stringify(objects)) as Objects;
}

/** Kinds that no forecast knows. Who may not list them, or whose cluster has none, is told so. */
const NOT_MODELLED = [
  { group: "keda.sh", version: "v1alpha1", kind: "ScaledJob", plural: "scaledjobs" },
  { group: "autoscaling.k8s.io", version: "v1", kind: "VerticalPodAutoscaler", plural: "verticalpodautoscalers" },
] as const;

/** What scales and is scaled in a namespace of a cluster, and what could not be looked for. @throws {CliError} where what scales cannot be read. */
export async function liveObjects(
  kubeConfig: KubeConfig,
  namespace: string,
): Promise<{ objects: Objects; notes: PlanNote[] }> {
  const apps = kubeConfig.makeApiClient(AppsV1Api);
  const autoscaling = kubeConfig.makeApiClient(AutoscalingV2Api);
  const custom = kubeConfig.makeApiClient(CustomObjectsApi);
  const ofKind = (kind: string, items: readonly object[]): Objects => items.map((item) => ({ ...item, kind }));
  const customObjects = async (group: string, version: string, plural: string): Promise<object[]> =>
    ((await custom.listNamespacedCustomObject({ group, version, plural, namespace })) as { items: object[] }).items;
  const needed = {
    Deployment: async () => (await apps.listNamespacedDeployment({ namespace })).items,
    StatefulSet: async () => (await apps.listNamespacedStatefulSet({ namespace })).items,
    HorizontalPodAutoscaler: async () => (await autoscaling.listNamespacedHorizontalPodAutoscaler({ namespace })).items,
    ScaledObject: () => customObjects("keda.sh", "v1alpha1", "scaledobjects"),
  };
  const lists = await Promise.all(
    Object.entries(needed).map(async ([kind, list]) => {
      const items = await listed(list);
      if (Array.isArray(items)) return ofKind(kind, items);
      throw new CliError(
        `${kind}s in ${namespace} cannot be read: ${items.error}`,
        "give the manifests instead: -k OVERLAY",
      );
    }),
  );
  const others = await Promise.all(
    NOT_MODELLED.map(async ({ group, version, kind, plural }) => ({
      kind,
      items: await listed(() => customObjects(group, version, plural)),
    })),
  );
  return {
    objects: plain([
      ...lists.flat(),
      ...others.flatMap(({ kind, items }) => (Array.isArray(items) ? ofKind(kind, items) : [])),
    ]),
    notes: others.flatMap(({ kind, items }): PlanNote[] =>
      Array.isArray(items) ? [] : [{ id: "kind-not-listed", params: { kind, error: items.error } }],
    ),
  };
}

async function listed(list: () => Promise<object[]>): Promise<object[] | { readonly error: string }> {
  try {
    return await list();
  } catch (error) {
    if (!(error instanceof ApiException)) return { error: messageOf(error) };
    // A kind that the cluster does not know has no objects.
    return error.code === 404 ? [] : { error: `the API server answered ${error.code}` };
  }
}
