import { setTimeout as delay } from "node:timers/promises";
import { AppsV1Api, CoreV1Api } from "@kubernetes/client-node";
import * as z from "zod";
import { readBusAccess } from "../../loadtest/targets/orders/serviceBus/queue.ts";
import type { Cluster } from "../../scripts/cluster/provider.ts";
import { apply, rendered } from "../../scripts/mutants/variant.ts";
import { DEV_NAMESPACE, DEV_OVERLAY } from "../../scripts/process/paths.ts";
import { step } from "../../scripts/process/progress.ts";
import { proofClusterOn } from "../../scripts/proof/proofCluster.ts";
import { type Bus, openBus } from "./bus.ts";
import { namesOf, SCALE_NAMESPACE, scaleObjects } from "./objects.ts";
import { setOperator } from "./operator.ts";
import { ratesOver } from "./readings.ts";
import { OBJECTS, type ScaleKey, type ScaleResult } from "./results.ts";

const LOOK_MS = 250;
const LONGEST_SECONDS = 300;
/** For the control plane to come to rest. */
const REST_SECONDS = 20;
const WINDOW_SECONDS = 60;
/** About what one measurement takes. */
export const SECONDS = 240;

const scaledObjects = z.object({
  items: z.array(
    z.object({
      status: z
        .object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) })
        .default({ conditions: [] }),
    }),
  ),
});

/** Makes the ScaledObjects, waits until they are idle at 0, wakes each by one message, and deletes them. @throws {Error} for what does not come within five minutes. */
export async function measureScale(cluster: Cluster, key: ScaleKey): Promise<ScaleResult> {
  const { kubeConfig, reach } = proofClusterOn(cluster, DEV_NAMESPACE);
  const endpoint = await reach("servicebus-emulator", 443);
  const bus = openBus(await readBusAccess(kubeConfig, DEV_NAMESPACE), endpoint);
  const names = namesOf(key.objects);
  try {
    await removeAll(cluster, bus);
    await setOperator(cluster, key.settings);
    await bus.createQueues(names);
    const secret = await kubeConfig
      .makeApiClient(CoreV1Api)
      .readNamespacedSecret({ name: "servicebus-keda", namespace: DEV_NAMESPACE });
    const connection = Buffer.from(secret.data?.connection ?? "", "base64").toString();
    const startedAt = new Date().toISOString();
    await apply(cluster, scaleObjects(await rendered(DEV_OVERLAY), connection, key));
    await step("waiting until all are ready", () => allReady(cluster, key.objects));
    const readySeconds = (Date.now() - Date.parse(startedAt)) / 1000;
    await delay(REST_SECONDS * 1000);
    const idle = await step("all at 0", () => ratesOver(cluster, WINDOW_SECONDS));
    const apps = kubeConfig.makeApiClient(AppsV1Api);
    const firstScaleSeconds = await step("waking each by a message", async () => {
      const [accepted, scaled] = await Promise.all([bus.sendOne(names), firstScaled(apps, names)]);
      return names.map((name) => ((scaled.get(name) ?? NaN) - (accepted.get(name) ?? NaN)) / 1000);
    });
    await delay(REST_SECONDS * 1000);
    const awake = await step("all at 1", () => ratesOver(cluster, WINDOW_SECONDS));
    return { ...key, startedAt, readySeconds, firstScaleSeconds, idle, awake };
  } finally {
    await step("deleting them", () => removeAll(cluster, bus));
    bus.close();
    await endpoint.close();
  }
}

/** Also what an interrupted measurement has left. */
async function removeAll(cluster: Cluster, bus: Bus): Promise<void> {
  await cluster.kubectl([
    "delete",
    "namespace",
    SCALE_NAMESPACE,
    "--ignore-not-found",
    `--timeout=${LONGEST_SECONDS}s`,
  ]);
  await bus.deleteQueues(namesOf(Math.max(...OBJECTS)));
}

async function allReady(cluster: Cluster, objects: number): Promise<void> {
  const deadlineMs = Date.now() + LONGEST_SECONDS * 1000;
  for (;;) {
    const { items } = scaledObjects.parse(
      JSON.parse(await cluster.kubectl(["-n", SCALE_NAMESPACE, "get", "scaledobjects", "-o", "json"])),
    );
    const ready = items.filter(({ status }) =>
      status.conditions.some((condition) => condition.type === "Ready" && condition.status === "True"),
    ).length;
    if (ready === objects) return;
    if (Date.now() > deadlineMs)
      throw new Error(`${ready} of ${objects} ScaledObjects are ready after ${LONGEST_SECONDS} s`);
    await delay(1000);
  }
}

/** When each Deployment is first seen with a replica desired, in milliseconds since 1970. */
async function firstScaled(apps: AppsV1Api, names: readonly string[]): Promise<Map<string, number>> {
  const seenMs = new Map<string, number>();
  const deadlineMs = Date.now() + LONGEST_SECONDS * 1000;
  for (;;) {
    const { items } = await apps.listNamespacedDeployment({ namespace: SCALE_NAMESPACE });
    const nowMs = Date.now();
    for (const { metadata, spec } of items) {
      const name = metadata?.name ?? "";
      if ((spec?.replicas ?? 0) > 0 && !seenMs.has(name)) seenMs.set(name, nowMs);
    }
    if (names.every((name) => seenMs.has(name))) return seenMs;
    if (nowMs > deadlineMs) throw new Error(`${seenMs.size} of ${names.length} were woken after ${LONGEST_SECONDS} s`);
    await delay(LOOK_MS);
  }
}
