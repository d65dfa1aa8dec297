import { isDeepStrictEqual } from "node:util";
import { parseAllDocuments } from "yaml";
import * as z from "zod";
import { deleteScaledObject, scaleToMinReplicas } from "../../loadtest/targets/orders/compare/swapAutoscaler.ts";
import type { Cluster } from "../cluster/provider.ts";
import { run } from "../process/command.ts";
import { toolset } from "../toolsets/toolsets.ts";

/** An object as kubectl prints and takes it. */
export interface Rendered {
  apiVersion?: string;
  kind?: string;
  metadata?: { name?: string; namespace?: string; ownerReferences?: readonly unknown[] };
  spec?: unknown;
}

/** The objects of an overlay; takes no cluster. */
export async function rendered(overlay: string): Promise<Rendered[]> {
  const kustomize = (await toolset("kustomize")).binary("kustomize");
  return parseAllDocuments(await run(kustomize, ["build", overlay])).map((document) => document.toJS() as Rendered);
}

/** What differs between the baseline and another overlay over it; each object as the overlay that has it says. */
export interface Difference {
  /** Only in the baseline. `kubectl apply` deletes nothing, so these have to be deleted. */
  removed: Rendered[];
  /** Only in the other one, and to be deleted on the way back. */
  added: Rendered[];
  /** In both, and not alike. */
  changed: { baseline: Rendered; other: Rendered }[];
}

export function differenceOf(baseline: readonly Rendered[], other: readonly Rendered[]): Difference {
  const baselineByKey = new Map(baseline.map((object) => [keyOf(object), object]));
  const otherKeys = new Set(other.map(keyOf));
  const pairs = other.map((object) => ({ object, baseline: baselineByKey.get(keyOf(object)) }));
  return {
    removed: baseline.filter((object) => !otherKeys.has(keyOf(object))),
    added: pairs.flatMap(({ object, baseline: counterpart }) => (counterpart === undefined ? [object] : [])),
    changed: pairs.flatMap(({ object, baseline: counterpart }) =>
      counterpart === undefined || isDeepStrictEqual(counterpart, object)
        ? []
        : [{ baseline: counterpart, other: object }],
    ),
  };
}

function keyOf({ kind, metadata }: Rendered): string {
  return `${kind ?? ""} ${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`;
}

/** An overlay that stands in the place of the baseline one, until it is restored. */
export interface Variant {
  difference: Difference;
  /** Makes everything as it was: what was added goes, what was removed or changed comes back. Can be called again. */
  restore(): Promise<void>;
}

const liveImages = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      metadata: z.object({ name: z.string() }),
      spec: z.object({
        template: z.object({
          spec: z.object({
            initContainers: z.array(z.object({ name: z.string(), image: z.string() })).default([]),
            containers: z.array(z.object({ name: z.string(), image: z.string() })),
          }),
        }),
      }),
    }),
  ),
});

/** The same objects with the images that are deployed: on a cluster of a person's own they have other names than in the overlay. */
export async function withLiveImages(
  cluster: Pick<Cluster, "kubectl">,
  objects: readonly Rendered[],
  namespace: string,
): Promise<Rendered[]> {
  const copies = structuredClone([...objects]);
  const live = liveImages.parse(
    JSON.parse(await cluster.kubectl(["-n", namespace, "get", "deployments,statefulsets", "-o", "json"])),
  );
  for (const { kind, metadata, spec } of live.items) {
    const images = [...spec.template.spec.initContainers, ...spec.template.spec.containers];
    const mine = copies.find((object) => object.kind === kind && object.metadata?.name === metadata.name) as
      { spec?: { template?: { spec?: Partial<Record<"initContainers" | "containers", NamedImage[]>> } } } | undefined;
    const pod = mine?.spec?.template?.spec;
    for (const container of [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])]) {
      container.image = images.find(({ name }) => name === container.name)?.image ?? container.image;
    }
  }
  return copies;
}

interface NamedImage {
  name: string;
  image: string;
}

/**
 * Prepares to deploy an overlay in the place of the baseline one, which is deployed; nothing is changed before `deploy` is called.
 * Objects that are only in the other overlay and on the cluster already, such as KEDA's authority, are replaced and put back.
 */
export async function prepareVariant(
  cluster: Pick<Cluster, "kubectl">,
  baseline: readonly Rendered[],
  other: readonly Rendered[],
): Promise<Variant & { deploy(): Promise<void> }> {
  const difference = differenceOf(baseline, other);
  const saved: Rendered[] = [];
  for (const object of difference.added) {
    const found = await cluster.kubectl(["get", ...nameOf(object), "--ignore-not-found", "-o", "json"]);
    if (found.trim() === "") continue;
    const there = JSON.parse(found) as Rendered;
    // What another object made, as KEDA its HPA, goes and comes with that.
    if ((there.metadata?.ownerReferences ?? []).length === 0) saved.push(withoutHistory(there));
  }
  const savedKeys = new Set(saved.map(keyOf));
  const made = difference.added.filter((object) => !savedKeys.has(keyOf(object)));
  const replaced = difference.added.filter((object) => savedKeys.has(keyOf(object)));

  return {
    difference,
    deploy: async () => {
      await remove(cluster, difference.removed);
      await replace(cluster, replaced);
      await apply(cluster, [...made, ...difference.changed.map((pair) => pair.other)]);
      if (!difference.removed.some(({ kind }) => kind === "ScaledObject")) return;
      for (const { kind, metadata: { namespace = "", name = "" } = {} } of made) {
        if (kind === "HorizontalPodAutoscaler") await scaleToMinReplicas(cluster.kubectl, namespace, name);
      }
    },
    restore: async () => {
      await remove(cluster, made);
      await replace(cluster, saved);
      await apply(cluster, [...difference.removed, ...difference.changed.map((pair) => pair.baseline)]);
    },
  };
}

/** Deletes objects and waits until they are gone, and with a ScaledObject the HPA that KEDA made for it, whose name something else may take. */
export async function remove(cluster: Pick<Cluster, "kubectl">, objects: readonly Rendered[]): Promise<void> {
  for (const object of objects) {
    const { namespace = "", name = "" } = object.metadata ?? {};
    if (object.kind === "ScaledObject") await deleteScaledObject(cluster.kubectl, namespace, name);
    else await cluster.kubectl(["delete", ...nameOf(object), "--ignore-not-found", "--timeout=60s"]);
  }
}

async function replace(cluster: Pick<Cluster, "kubectl">, objects: readonly Rendered[]): Promise<void> {
  if (objects.length > 0) await cluster.kubectl(["replace", "-f", "-"], listOf(objects));
}

/** On the client's side, as `kubectl apply -k` does: what the last one set and this one does not is removed. */
export async function apply(cluster: Pick<Cluster, "kubectl">, objects: readonly Rendered[]): Promise<void> {
  if (objects.length > 0) await cluster.kubectl(["apply", "-f", "-"], listOf(objects));
}

/** ScaledObjects last: KEDA reads the key that they name at once, and not again. */
function listOf(objects: readonly Rendered[]): string {
  const isLast = ({ kind }: Rendered): boolean => kind === "ScaledObject";
  const items = [...objects.filter((object) => !isLast(object)), ...objects.filter(isLast)];
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

/** Kind with its group, name and namespace, as kubectl takes them. */
function nameOf({ apiVersion = "v1", kind = "", metadata }: Rendered): string[] {
  const [, group, version] = /^(.+)\/(.+)$/.exec(apiVersion) ?? [];
  const resource = group === undefined || version === undefined ? kind : `${kind}.${version}.${group}`;
  const namespace = metadata?.namespace === undefined ? [] : ["-n", metadata.namespace];
  return [...namespace, `${resource}/${metadata?.name ?? ""}`];
}

/** What the API server writes itself, and rejects or misreads from others. */
const HISTORY = ["uid", "resourceVersion", "managedFields", "creationTimestamp"];

function withoutHistory(object: Rendered): Rendered {
  const kept = Object.entries(object.metadata ?? {}).filter(([field]) => !HISTORY.includes(field));
  return { ...object, metadata: Object.fromEntries(kept) };
}
