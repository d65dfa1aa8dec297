import {
  AppsV1Api,
  AutoscalingV2Api,
  CustomObjectsApi,
  type KubeConfig,
  PatchStrategy,
  setHeaderOptions,
} from "@kubernetes/client-node";
import type { LiveField } from "../model/scenario.ts";
import { requestErrorMessage } from "../observe/rejection.ts";
import type { WorkloadDeclaration } from "../model/workload.ts";
import { locate } from "./fieldPath.ts";

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

/**
 * Sets a field of a live object; needs the verbs `get` and `patch` on it.
 * @throws when there is no such field to set, or the API server refuses.
 */
export async function changeLive(
  kubeConfig: KubeConfig,
  field: LiveField,
  to: number | string | boolean,
): Promise<LiveChange> {
  const { namespace } = field.object;
  const object = patchable(kubeConfig, field.object);
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
    throw new Error(
      `${object.resource} ${object.name} in ${namespace} cannot be patched: ${requestErrorMessage(error)}`,
    );
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

/**
 * Where a field stands in its object, as a JSON Pointer, and what stands there now; `was` is undefined where nothing does.
 * @throws where the object has no such field, nor the place for one.
 */
export function place(
  { object: { kind, name }, paths }: LiveField,
  object: unknown,
  to: number | string | boolean,
): { path: string; was: unknown; value: unknown } {
  const places = paths.map((path) => locate(object, path)).filter((found) => found !== undefined);
  const found = places.find(({ value }) => value !== undefined) ?? places[0];
  if (found === undefined) throw new Error(`${kind} ${name} has no field ${paths.join(" nor ")}`);
  return { path: found.pointer, was: found.value, value: to };
}

const JSON_PATCH = setHeaderOptions("Content-Type", PatchStrategy.JsonPatch);

function patchable(kubeConfig: KubeConfig, { kind, name, namespace }: LiveField["object"]): Patchable {
  const request = { name, namespace };
  const apps = kubeConfig.makeApiClient(AppsV1Api);
  switch (kind) {
    case "ScaledObject": {
      const custom = kubeConfig.makeApiClient(CustomObjectsApi);
      const of = { group: "keda.sh", version: "v1alpha1", plural: "scaledobjects", ...request };
      return {
        resource: "scaledobject",
        name,
        read: async () => (await custom.getNamespacedCustomObject(of)) as unknown,
        patch: async (body) => {
          await custom.patchNamespacedCustomObject({ ...of, body }, JSON_PATCH);
        },
      };
    }
    case "HorizontalPodAutoscaler": {
      const autoscaling = kubeConfig.makeApiClient(AutoscalingV2Api);
      return {
        resource: "horizontalpodautoscaler",
        name,
        read: () => autoscaling.readNamespacedHorizontalPodAutoscaler(request),
        patch: async (body) => {
          await autoscaling.patchNamespacedHorizontalPodAutoscaler({ ...request, body }, JSON_PATCH);
        },
      };
    }
    case "Deployment":
      return {
        resource: "deployment",
        name,
        read: () => apps.readNamespacedDeployment(request),
        patch: async (body) => {
          await apps.patchNamespacedDeployment({ ...request, body }, JSON_PATCH);
        },
      };
    case "StatefulSet":
      return {
        resource: "statefulset",
        name,
        read: () => apps.readNamespacedStatefulSet(request),
        patch: async (body) => {
          await apps.patchNamespacedStatefulSet({ ...request, body }, JSON_PATCH);
        },
      };
  }
}

/** Rolls a workload's pods as `kubectl rollout restart` does; needs the verb `patch` on it. */
export async function restartWorkload(
  kubeConfig: KubeConfig,
  { kind, object: name, namespace }: WorkloadDeclaration,
): Promise<void> {
  const annotations = { "kubectl.kubernetes.io/restartedAt": new Date().toISOString() };
  const request = { name, namespace, body: { spec: { template: { metadata: { annotations } } } } };
  const options = setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch);
  const apps = kubeConfig.makeApiClient(AppsV1Api);
  if (kind === "Deployment") await apps.patchNamespacedDeployment(request, options);
  else await apps.patchNamespacedStatefulSet(request, options);
}
