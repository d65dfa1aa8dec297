import { join } from "node:path";
import * as z from "zod";
import type { Cluster } from "../cluster/provider.ts";
import { waitFor } from "../process/waitFor.ts";
import { CliError } from "../process/cliError.ts";
import { type Example, type Variant } from "./catalogue.ts";

/** Marks the namespaces that may be deleted. */
const LABEL = "app.kubernetes.io/part-of=ownsignal-examples";
/** A schedule's window may have to end first, and KEDA to try again after its source has started. */
const READY_MS = 300_000;
const AVAILABLE_SECONDS = 180;

type Access = Pick<Cluster, "kubectl">;

/** Applies a variant into its namespace, anew, and waits until its autoscalers work and its workloads are idle. */
export async function deploy(cluster: Access, example: Example, variant: Variant): Promise<void> {
  await remove(cluster, example);
  await cluster.kubectl(["apply", "--kustomize", join(example.folder, variant)]);
  const available = ["wait", "--for=condition=Available", "deployment", "--all", `--timeout=${AVAILABLE_SECONDS}s`];
  await cluster.kubectl(["--namespace", example.namespace, ...available]);
  let missing: string[] = [];
  await waitFor(
    async () => {
      missing = await notReady(cluster, example.namespace);
      return missing.length === 0 ? true : undefined;
    },
    {
      timeoutMs: READY_MS,
      everyMs: 2000,
      overdue: () =>
        new CliError(
          `${example.name} was not ready within ${READY_MS / 1000} s: ${missing.join("; ")}`,
          `kubectl --namespace ${example.namespace} get scaledobject,hpa,pods shows what it lacks`,
        ),
    },
  );
}

/**
 * Deletes an example's namespace, if it is there.
 * @throws {CliError} for a namespace of that name that is somebody else's.
 */
export async function remove(cluster: Access, { namespace }: Example): Promise<void> {
  const names = async (...selector: string[]): Promise<string[]> =>
    (await cluster.kubectl(["get", "namespaces", "--output", "name", ...selector])).trim().split("\n");
  if (!(await names()).includes(`namespace/${namespace}`)) return;
  if (!(await names("--selector", LABEL)).includes(`namespace/${namespace}`)) {
    throw new CliError(
      `the namespace ${namespace} is there already, without the label ${LABEL}`,
      "look whose it is; the examples delete only what they made",
    );
  }
  await cluster.kubectl(["delete", "namespace", namespace, "--wait=true", "--timeout=180s"]);
}

const condition = z.object({ type: z.string(), status: z.string() });
const scaledObjects = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({ scaleTargetRef: z.object({ name: z.string() }), minReplicaCount: z.number().default(0) }),
      status: z.object({ conditions: z.array(condition).default([]) }).optional(),
    }),
  ),
});
const hpas = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), ownerReferences: z.array(z.object({ kind: z.string() })).default([]) }),
      spec: z.object({ scaleTargetRef: z.object({ name: z.string() }), minReplicas: z.number().default(1) }),
      status: z.object({ conditions: z.array(condition).nullish() }).optional(),
    }),
  ),
});
const deployments = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string() }), spec: z.object({ replicas: z.number() }) })),
});

/** Autoscalers that do not work yet and workloads that have more replicas than without load, in words; empty where all is ready. */
async function notReady(cluster: Access, namespace: string): Promise<string[]> {
  const list = async (kind: string): Promise<unknown> =>
    JSON.parse(await cluster.kubectl(["--namespace", namespace, "get", kind, "--output", "json"]));
  const replicas = new Map(
    deployments.parse(await list("deployments")).items.map(({ metadata, spec }) => [metadata.name, spec.replicas]),
  );
  const byKeda = scaledObjects.parse(await list("scaledobjects")).items.map(({ metadata, spec, status }) => ({
    name: `ScaledObject ${metadata.name}`,
    target: spec.scaleTargetRef.name,
    idle: spec.minReplicaCount,
    works: isTrue(status?.conditions, "Ready"),
  }));
  const byHpa = hpas
    .parse(await list("horizontalpodautoscalers"))
    .items.filter(({ metadata }) => metadata.ownerReferences.every(({ kind }) => kind !== "ScaledObject"))
    .map(({ metadata, spec, status }) => ({
      name: `HPA ${metadata.name}`,
      target: spec.scaleTargetRef.name,
      idle: spec.minReplicas,
      works: isTrue(status?.conditions, "ScalingActive"),
    }));
  return [...byKeda, ...byHpa].flatMap(({ name, target, idle, works }) => {
    if (!works) return [`${name} does not work yet`];
    const now = replicas.get(target);
    return now === idle ? [] : [`${target} has ${now ?? "no"} replicas, idle ${idle}`];
  });
}

function isTrue(conditions: readonly z.infer<typeof condition>[] | null | undefined, type: string): boolean {
  return conditions?.some((one) => one.type === type && one.status === "True") ?? false;
}
