import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { AppsV1Api, CoreV1Api, VersionApi, type KubeConfig } from "@kubernetes/client-node";
import type { Target } from "../model/target.ts";
import { requestOptions } from "./apiRequest.ts";
import { readK6Version } from "./k6Version.ts";

/** The workloads whose images are part of a verdict's target, by the label `service`. */
const WORKLOADS = ["api", "worker", "cache", "servicebus-emulator", "prometheus"];
type Image = Target["images"][number];

/**
 * The proof's target. What cannot be read, or does not exist, is null or empty: a report does not depend on it.
 * @param checkout the folder whose commit it is.
 */
export async function readTarget(
  kubeConfig: KubeConfig,
  namespace: string,
  { k6Path, checkout }: { k6Path: string; checkout: string },
): Promise<Target> {
  const [kubernetes, keda, metricsServer, k6, nodes, images, revision] = await Promise.all([
    orNull(async () => (await kubeConfig.makeApiClient(VersionApi).getCode({}, requestOptions())).gitVersion),
    orNull(() => imageTagOf(kubeConfig, "app=keda-operator")),
    orNull(() => imageTagOf(kubeConfig, "k8s-app=metrics-server")),
    orNull(async () => (await readK6Version(k6Path)) ?? null),
    orNull(() => readNodes(kubeConfig)),
    orNull(() => readImages(kubeConfig, namespace)),
    orNull(() => revisionOf(checkout)),
  ]);
  return {
    context: kubeConfig.getCurrentContext(),
    namespace,
    ...{ kubernetes, keda, metricsServer, k6, revision },
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

/** The tag of the first container's image, of the Deployment with these labels; null where there is none. */
async function imageTagOf(kubeConfig: KubeConfig, labelSelector: string): Promise<string | null> {
  const apps = kubeConfig.makeApiClient(AppsV1Api);
  const { items } = await apps.listDeploymentForAllNamespaces({ labelSelector }, requestOptions());
  return tagOf(items[0]?.spec?.template.spec?.containers[0]?.image);
}

/** `2.21.0` of `ghcr.io/kedacore/keda:2.21.0@sha256:…`; null without a tag. */
export function tagOf(image: string | undefined): string | null {
  return /:([^:/@]+)(?:@|$)/.exec(image?.replace(/@.*$/, "") ?? "")?.[1] ?? null;
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
export async function readImages(kubeConfig: KubeConfig, namespace: string): Promise<Image[]> {
  const { items } = await kubeConfig.makeApiClient(CoreV1Api).listNamespacedPod({ namespace }, requestOptions());
  return imagesOf(items);
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
export function imagesOf(pods: readonly PodImages[]): Image[] {
  const images = pods.flatMap(({ metadata, status }) => {
    const workload = metadata?.labels?.service ?? "";
    if (!WORKLOADS.includes(workload)) return [];
    return [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]
      .filter(({ imageID }) => imageID !== "")
      .map(({ name, image, imageID }) => ({
        ...{ workload, container: name, image },
        digest: imageID.slice(imageID.lastIndexOf("sha256:")),
      }));
  });
  const once: Image[] = [];
  addImages(once, images);
  return once.sort((a, b) => WORKLOADS.indexOf(a.workload) - WORKLOADS.indexOf(b.workload));
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
