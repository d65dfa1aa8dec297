import * as z from "zod";
import type { Cluster } from "../cluster/provider.ts";
import { CliError } from "../process/cliError.ts";
import { DEV_NAMESPACE } from "../process/paths.ts";
import { waitFor } from "../process/waitFor.ts";

const TIMEOUT_SECONDS = 420;
const EVERY_MS = 3000;
/** Seen idle so many times in a row: a queue that is filled, or an autoscaler that has only just come back, shows within that time. */
const TIMES = 4;

const count = z.int().default(0);
const seen = z.object({
  items: z.array(
    z.discriminatedUnion("kind", [
      z.object({
        kind: z.literal("Deployment"),
        metadata: z.object({ name: z.string(), generation: z.int() }),
        spec: z.object({ replicas: count }),
        status: z.object({
          observedGeneration: count,
          replicas: count,
          readyReplicas: count,
          updatedReplicas: count,
        }),
      }),
      z.object({
        kind: z.literal("HorizontalPodAutoscaler"),
        metadata: z.object({ name: z.string() }),
        spec: z.object({ minReplicas: z.int().default(1) }),
      }),
      z.object({
        kind: z.literal("ScaledObject"),
        metadata: z.object({ name: z.string() }),
        status: z
          .object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) })
          .default({ conditions: [] }),
      }),
    ]),
  ),
});

/**
 * Waits until the deployed system has nothing to do: KEDA sees no message, the worker is at 0 and the API at its minimum.
 * @throws {CliError} when it takes too long, with what is not idle.
 */
export async function untilIdle(cluster: Pick<Cluster, "kubectl">): Promise<void> {
  let blockers: string[] = [];
  let times = 0;
  await waitFor(
    async () => {
      const kinds = "deployments,hpa,scaledobjects.keda.sh";
      blockers = blockersIn(JSON.parse(await cluster.kubectl(["-n", DEV_NAMESPACE, "get", kinds, "-o", "json"])));
      times = blockers.length === 0 ? times + 1 : 0;
      return times === TIMES ? true : undefined;
    },
    {
      timeoutMs: TIMEOUT_SECONDS * 1000,
      everyMs: EVERY_MS,
      overdue: () =>
        new CliError(
          `${DEV_NAMESPACE} is not idle after ${TIMEOUT_SECONDS} s: ${blockers.join("; ") || "it has only just become so"}`,
          "wait, or see what ./scripts/doctor reports, and run the same command again",
        ),
    },
  );
}

/** What is not idle in a list of Deployments, HPAs and ScaledObjects, in words. */
export function blockersIn(list: unknown): string[] {
  const { items } = seen.parse(list);
  const minimum = (name: string): number | undefined =>
    items.flatMap((item) =>
      item.kind === "HorizontalPodAutoscaler" && item.metadata.name === name ? [item.spec.minReplicas] : [],
    )[0];
  const found: string[] = [];
  const scaled = items.find((item) => item.kind === "ScaledObject" && item.metadata.name === "worker");
  if (scaled?.kind !== "ScaledObject") found.push("there is no ScaledObject worker");
  else {
    const condition = (type: string): string | undefined =>
      scaled.status.conditions.find((one) => one.type === type)?.status;
    if (condition("Ready") !== "True") found.push("ScaledObject worker is not ready");
    if (condition("Active") !== "False") found.push("KEDA sees messages on the queue");
    if (condition("Fallback") === "True") found.push("ScaledObject worker is on its fallback");
  }
  for (const name of ["api", "worker"]) {
    if (minimum(name) === undefined) found.push(`there is no HPA ${name}`);
    const idleReplicas = name === "worker" ? 0 : minimum(name);
    const deployment = items.find((item) => item.kind === "Deployment" && item.metadata.name === name);
    if (deployment?.kind !== "Deployment") {
      found.push(`there is no Deployment ${name}`);
      continue;
    }
    const { metadata, spec, status } = deployment;
    if (status.observedGeneration < metadata.generation || status.updatedReplicas < status.replicas) {
      found.push(`the rollout of ${name} is not finished`);
    } else if (
      spec.replicas !== idleReplicas ||
      status.replicas !== idleReplicas ||
      status.readyReplicas !== idleReplicas
    ) {
      found.push(`${name} has ${spec.replicas} desired, ${status.replicas} existing and ${status.readyReplicas} ready`);
    }
  }
  return found;
}
