import { AppsV1Api, CoreV1Api, type KubeConfig, type V1Container } from "@kubernetes/client-node";
import { messageOf } from "../../../src/shared/messageOf.ts";
import type { Reading } from "../../model/reading.ts";
import { present, until } from "../../observe/request.ts";

const VARIABLE = "WORKER_CONCURRENCY";
/** What src/worker/environment.ts takes where nothing sets it. */
const DEFAULT_CONCURRENCY = 16;

/**
 * How many messages one worker processes at once, as its live Deployment says: by the variable itself, else by the last ConfigMap that has it, as the
 * kubelet decides. Needs the verb `get` on the Deployment and its ConfigMaps.
 */
export async function readWorkerConcurrency(
  kubeConfig: KubeConfig,
  namespace: string,
  signal: AbortSignal,
): Promise<Reading<number>> {
  const apps = kubeConfig.makeApiClient(AppsV1Api);
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const configMap = (name: string) =>
    present(`ConfigMap ${name} in ${namespace}`, async (aborted) =>
      core.readNamespacedConfigMap({ name, namespace }, until(aborted)),
    )(signal);
  try {
    const deployment = await present(`Deployment worker in ${namespace}`, async (aborted) =>
      apps.readNamespacedDeployment({ name: "worker", namespace }, until(aborted)),
    )(signal);
    if (deployment === undefined) return { kind: "absent" };
    const container = deployment.spec?.template.spec?.containers.find(({ name }) => name === "worker");
    return await concurrencyOf(container, async (name) => (await configMap(name))?.data);
  } catch (error) {
    return { kind: "gap", error: messageOf(error) };
  }
}

/** @param dataOf a ConfigMap's entries; undefined where there is no such ConfigMap. */
export async function concurrencyOf(
  container: Pick<V1Container, "env" | "envFrom"> | undefined,
  dataOf: (configMap: string) => Promise<Record<string, string> | undefined>,
): Promise<Reading<number>> {
  const own = container?.env?.findLast(({ name }) => name === VARIABLE);
  let found = own?.value;
  const key = own?.valueFrom?.configMapKeyRef;
  if (key?.name !== undefined) found = (await dataOf(key.name))?.[key.key];
  if (own === undefined) {
    for (const { configMapRef, prefix = "" } of container?.envFrom ?? []) {
      const data = configMapRef?.name === undefined ? undefined : await dataOf(configMapRef.name);
      for (const [name, value] of Object.entries(data ?? {})) if (`${prefix}${name}` === VARIABLE) found = value;
    }
  }
  if (found === undefined) return { kind: "value", value: DEFAULT_CONCURRENCY };
  const concurrency = Number(found);
  return Number.isInteger(concurrency) && concurrency > 0
    ? { kind: "value", value: concurrency }
    : { kind: "gap", error: `${VARIABLE} of Deployment worker is ${JSON.stringify(found)}` };
}
