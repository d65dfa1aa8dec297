import {
  AppsV1Api,
  AutoscalingV2Api,
  CustomObjectsApi,
  type KubeConfig,
  PatchStrategy,
  setHeaderOptions,
} from "@kubernetes/client-node";
import * as z from "zod";
import type { LiveField } from "../model/scenario.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { BUS_TRIGGER } from "../observe/kubernetes.ts";

/** A change to a live object that stays until it is reverted. */
export interface LiveChange {
  /** What reverts it by hand. */
  readonly revertCommand: string;
  /** Tries for a while. @throws when the API server takes it not. */
  undo(): Promise<void>;
}

interface JsonPatch {
  op: "add" | "replace" | "remove" | "test";
  path: string;
  value?: unknown;
}

/** An object that can be read and patched. */
interface Patchable {
  /** As kubectl calls it. */
  resource: string;
  name: string;
  read(): Promise<unknown>;
  patch(patches: readonly JsonPatch[]): Promise<void>;
}

const UNDO_ATTEMPTS = 5;
const UNDO_PAUSE_MS = 2000;

const scaledObjectSpec = z.object({
  spec: z.object({
    maxReplicaCount: z.int().optional(),
    triggers: z.array(z.object({ type: z.string(), metadata: z.record(z.string(), z.string()).optional() })),
  }),
});
const autoscalerSpec = z.object({
  spec: z.object({
    metrics: z.array(
      z.object({
        containerResource: z
          .object({ name: z.string(), target: z.object({ averageUtilization: z.int().optional() }) })
          .optional(),
        resource: z
          .object({ name: z.string(), target: z.object({ averageUtilization: z.int().optional() }) })
          .optional(),
      }),
    ),
  }),
});

/**
 * Sets a field of a live object; needs the verbs `get` and `patch` on it.
 * @throws when there is no such field to set, or the API server refuses.
 */
export async function changeLive(
  kubeConfig: KubeConfig,
  namespace: string,
  field: LiveField,
  to: number,
): Promise<LiveChange> {
  const object = field === "apiCpuTarget" ? autoscaler(kubeConfig, namespace) : scaledObject(kubeConfig, namespace);
  const { path, was, value } = place(field, await object.read(), to);
  const patches: JsonPatch[] = [{ op: was === undefined ? "add" : "replace", path, value }];
  const back: JsonPatch[] = was === undefined ? [{ op: "remove", path }] : [{ op: "replace", path, value: was }];
  const revertCommand = `kubectl patch ${object.resource} ${object.name} -n ${namespace} --type=json -p '${JSON.stringify(back)}'`;
  let standing = true;
  // Whatever ends the process: whoever finds the object changed also finds how to revert it.
  const onExit = (): void => {
    if (standing)
      process.stderr.write(`${object.resource} ${object.name} is still changed; to restore it: ${revertCommand}\n`);
  };
  process.once("exit", onExit);
  try {
    await object.patch(patches);
  } catch (error) {
    process.removeListener("exit", onExit);
    throw new Error(`${object.resource} ${object.name} in ${namespace} cannot be patched: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return {
    revertCommand,
    undo: async () => {
      if (!standing) return;
      for (let attempt = 1; ; attempt++) {
        try {
          await object.patch(back);
          break;
        } catch (error) {
          if (attempt === UNDO_ATTEMPTS) throw error;
          await new Promise((wake) => setTimeout(wake, UNDO_PAUSE_MS));
        }
      }
      standing = false;
      process.removeListener("exit", onExit);
    },
  };
}

/** Where a field stands in its object, and what stands there now; `was` is undefined where nothing does. */
export function place(field: LiveField, object: unknown, to: number): { path: string; was: unknown; value: unknown } {
  switch (field) {
    case "workerMaximum": {
      const { spec } = scaledObjectSpec.parse(object);
      return { path: "/spec/maxReplicaCount", was: spec.maxReplicaCount, value: to };
    }
    case "activationMessages": {
      const { spec } = scaledObjectSpec.parse(object);
      const index = spec.triggers.findIndex(({ type }) => type === BUS_TRIGGER);
      const metadata = spec.triggers[index]?.metadata;
      if (metadata === undefined) throw new Error(`ScaledObject worker has no trigger of type ${BUS_TRIGGER}`);
      return {
        path: `/spec/triggers/${index}/metadata/activationMessageCount`,
        was: metadata.activationMessageCount,
        value: String(to),
      };
    }
    case "apiCpuTarget": {
      const { metrics } = autoscalerSpec.parse(object).spec;
      const index = metrics.findIndex(
        ({ containerResource, resource }) => (containerResource ?? resource)?.name === "cpu",
      );
      const kind = metrics[index]?.containerResource === undefined ? "resource" : "containerResource";
      const was = metrics[index]?.[kind]?.target.averageUtilization;
      if (was === undefined) throw new Error("HPA api has no target for CPU in percent");
      return { path: `/spec/metrics/${index}/${kind}/target/averageUtilization`, was, value: to };
    }
  }
}

const JSON_PATCH = setHeaderOptions("Content-Type", PatchStrategy.JsonPatch);

function scaledObject(kubeConfig: KubeConfig, namespace: string): Patchable {
  const custom = kubeConfig.makeApiClient(CustomObjectsApi);
  const request = { group: "keda.sh", version: "v1alpha1", plural: "scaledobjects", namespace, name: "worker" };
  return {
    resource: "scaledobject",
    name: request.name,
    read: async () => (await custom.getNamespacedCustomObject(request)) as unknown,
    patch: async (patches) => {
      await custom.patchNamespacedCustomObject({ ...request, body: patches }, JSON_PATCH);
    },
  };
}

function autoscaler(kubeConfig: KubeConfig, namespace: string): Patchable {
  const autoscaling = kubeConfig.makeApiClient(AutoscalingV2Api);
  const request = { name: "api", namespace };
  return {
    resource: "horizontalpodautoscaler",
    name: request.name,
    read: () => autoscaling.readNamespacedHorizontalPodAutoscaler(request),
    patch: async (patches) => {
      await autoscaling.patchNamespacedHorizontalPodAutoscaler({ ...request, body: patches }, JSON_PATCH);
    },
  };
}

/** Rolls a Deployment's pods as `kubectl rollout restart` does; needs the verb `patch` on it. */
export async function restartDeployment(kubeConfig: KubeConfig, namespace: string, name: string): Promise<void> {
  const annotations = { "kubectl.kubernetes.io/restartedAt": new Date().toISOString() };
  await kubeConfig
    .makeApiClient(AppsV1Api)
    .patchNamespacedDeployment(
      { name, namespace, body: { spec: { template: { metadata: { annotations } } } } },
      setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch),
    );
}
