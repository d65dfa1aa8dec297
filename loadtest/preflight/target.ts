import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { CoreV1Api, VersionApi, type KubeConfig } from "@kubernetes/client-node";
import type { Target } from "../model/target.ts";
import {
  findKeda,
  findMetricsServer,
  formatInstallation,
  type Discovery,
  type Installation,
} from "../observe/controllers.ts";
import { readControllerObjects } from "../observe/readControllers.ts";
import { requestOptions } from "./apiRequest.ts";
import { readK6Version } from "./k6Version.ts";

/** Which of the system's parts a pod is, by its labels; undefined where it is none. */
export type PartOf = (labels: Readonly<Record<string, string>>) => string | undefined;

/** By the labels that most charts set. */
export const partByName: PartOf = (labels) => labels["app.kubernetes.io/name"] ?? labels.app;

type Image = Target["images"][number];

/**
 * The proof's target. What cannot be read, or does not exist, is null or empty: a report does not depend on it.
 * @param checkout the folder whose commit it is.
 */
export async function readTarget(
  kubeConfig: KubeConfig,
  namespace: string,
  {
    k6Path,
    checkout,
    partOf = partByName,
  }: { k6Path: string | undefined; checkout: string | undefined; partOf?: PartOf | undefined },
): Promise<Target> {
  const [kubernetes, controllers, k6, nodes, images, revision] = await Promise.all([
    orNull(async () => (await kubeConfig.makeApiClient(VersionApi).getCode({}, requestOptions())).gitVersion),
    orNull(() => readControllerObjects(kubeConfig, requestOptions())),
    orNull(async () => (k6Path === undefined ? null : ((await readK6Version(k6Path)) ?? null))),
    orNull(() => readNodes(kubeConfig)),
    orNull(() => readImages(kubeConfig, namespace, partOf)),
    orNull(async () => (checkout === undefined ? null : revisionOf(checkout))),
  ]);
  return {
    context: kubeConfig.getCurrentContext(),
    namespace,
    kubernetes,
    keda: controllers === null ? null : found(findKeda(controllers)),
    metricsServer: controllers === null ? null : found(findMetricsServer(controllers)),
    ...{ k6, revision },
    nodes: nodes ?? [],
    images: images ?? [],
  };
}

async function orNull<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch {
    return null;
  }
}

/** Version, origin and namespace, in words. */
function found(discovery: Discovery<Installation>): string | null {
  return discovery.id === "present" ? formatInstallation(discovery.params) : null;
}

async function readNodes(kubeConfig: KubeConfig): Promise<Target["nodes"]> {
  const { items } = await kubeConfig.makeApiClient(CoreV1Api).listNode({}, requestOptions());
  return items.map(({ metadata, status }) => ({
    name: metadata?.name ?? "",
    kubelet: status?.nodeInfo?.kubeletVersion ?? "",
    cpu: status?.capacity?.cpu ?? "",
    memory: status?.capacity?.memory ?? "",
    architecture: status?.nodeInfo?.architecture ?? "",
  }));
}

/** The images that the pods run now. A worker at 0 runs none: {@link addImages} is for those that come later. */
export async function readImages(
  kubeConfig: KubeConfig,
  namespace: string,
  partOf: PartOf = partByName,
): Promise<Image[]> {
  const { items } = await kubeConfig.makeApiClient(CoreV1Api).listNamespacedPod({ namespace }, requestOptions());
  return imagesOf(items, partOf);
}

interface ContainerImage {
  name: string;
  image: string;
  imageID: string;
}

/** The part of a pod that has its images. */
export interface PodImages {
  metadata?: { labels?: Record<string, string> };
  status?: { containerStatuses?: ContainerImage[]; initContainerStatuses?: ContainerImage[] };
}

/** Each image once, by workload and container. */
export function imagesOf(pods: readonly PodImages[], partOf: PartOf): Image[] {
  const images = pods.flatMap(({ metadata, status }) => {
    const workload = partOf(metadata?.labels ?? {});
    if (workload === undefined) return [];
    return [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]
      .filter(({ imageID }) => imageID !== "")
      .map(({ name, image, imageID }) => ({
        ...{ workload, container: name, image },
        digest: imageID.slice(imageID.lastIndexOf("sha256:")),
      }));
  });
  const once: Image[] = [];
  addImages(once, images);
  return once.sort((a, b) => a.workload.localeCompare(b.workload));
}

/** Adds those that are not there yet; two builds under one name are two. */
export function addImages(images: Image[], more: readonly Image[]): void {
  for (const image of more) {
    const known = images.some(
      ({ workload, container, digest }) =>
        workload === image.workload && container === image.container && digest === image.digest,
    );
    if (!known) images.push(image);
  }
}

/** The commit of a checkout, with `-dirty` where something in it was changed; null where git does not know it. */
async function revisionOf(checkout: string): Promise<string> {
  const git = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)("git", ["-C", checkout, ...args], { timeout: 10_000 })).stdout.trim();
  const commit = await git("rev-parse", "HEAD");
  return (await git("status", "--porcelain")) === "" ? commit : `${commit}-dirty`;
}
