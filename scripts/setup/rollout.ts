import * as z from "zod";
import type { Cluster, Deployable, ProvidedImage } from "../cluster/provider.ts";
import { rolledOut } from "./rolledOut.ts";
import { DEV_NAMESPACE } from "../process/paths.ts";
import { say } from "../process/progress.ts";

const containerStatuses = z.array(z.object({ image: z.string(), imageID: z.string() })).optional();
const podList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        labels: z.record(z.string(), z.string()).default({}),
        creationTimestamp: z.string(),
        deletionTimestamp: z.string().optional(),
      }),
      status: z.object({ containerStatuses, initContainerStatuses: containerStatuses }),
    }),
  ),
});

type Pod = z.infer<typeof podList>["items"][number];

/** The workload that runs the pods of a label `service`. */
const WORKLOADS: Readonly<Record<string, string>> = {
  api: "deployment/api",
  worker: "deployment/worker",
  "servicebus-emulator": "statefulset/servicebus-emulator",
};

/**
 * Restarts the workloads whose pods still run another build of an image than the cluster now has under its name: the tag stays the
 * same in development, so an apply alone would leave old code running.
 */
export async function rollChangedImages(
  cluster: Pick<Cluster, "kubectl">,
  images: readonly ProvidedImage[],
): Promise<void> {
  const pods = podList.parse(JSON.parse(await cluster.kubectl(["-n", DEV_NAMESPACE, "get", "pods", "-o", "json"])));
  const outdated = new Set<string>();
  for (const pod of ofTheirNewestRevision(pods.items)) {
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    for (const container of [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])]) {
      const image = images.find(({ name }) => name === container.image);
      // A container that has not started has no image yet.
      if (image === undefined || container.imageID === "" || container.imageID.endsWith(image.id)) continue;
      const workload = WORKLOADS[pod.metadata.labels.service ?? ""];
      if (workload !== undefined) outdated.add(workload);
    }
  }
  for (const workload of outdated) {
    say(`    ${workload} runs an older image: restarting it`);
    await cluster.kubectl(["-n", DEV_NAMESPACE, "rollout", "restart", workload]);
  }
}

/** Without those that a rollout replaces already, such as that of a restart just before. */
function ofTheirNewestRevision(pods: readonly Pod[]): Pod[] {
  const newest = new Map<string | undefined, Pod>();
  for (const pod of pods) {
    const before = newest.get(pod.metadata.labels.service);
    if (before === undefined || before.metadata.creationTimestamp < pod.metadata.creationTimestamp) {
      newest.set(pod.metadata.labels.service, pod);
    }
  }
  return pods.filter((pod) => revisionOf(newest.get(pod.metadata.labels.service) ?? pod) === revisionOf(pod));
}

/** As the controller of its Deployment or StatefulSet labels it. */
function revisionOf({ metadata: { labels } }: Pod): string | undefined {
  return labels["pod-template-hash"] ?? labels["controller-revision-hash"];
}

/** Kinds whose rollout kubectl can wait for, as `apply -o name` names them; those that others need come first. */
const ROLLED_OUT = ["statefulset.apps/", "daemonset.apps/", "deployment.apps/"];

/** Applies the dev overlay, or the one over it, and waits until every workload and ScaledObject in it is ready. */
export async function deploy(cluster: Pick<Cluster, "kubectl">, { images, overlay }: Deployable): Promise<void> {
  const applied = (await cluster.kubectl(["apply", "-k", overlay, "-o", "name"])).split(/\s+/);
  await rollChangedImages(cluster, images);
  for (const kind of ROLLED_OUT) {
    for (const workload of applied.filter((name) => name.startsWith(kind))) {
      await rolledOut(cluster, DEV_NAMESPACE, workload);
    }
  }
  for (const scaledObject of applied.filter((name) => name.startsWith("scaledobject.keda.sh/"))) {
    await cluster.kubectl([...["-n", DEV_NAMESPACE, "wait", "--for=condition=Ready", scaledObject, "--timeout=120s"]]);
  }
}
