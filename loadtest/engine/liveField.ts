import {
  AppsV1Api,
  AutoscalingV2Api,
  CoreV1Api,
  CustomObjectsApi,
  type KubeConfig,
  PatchStrategy,
  setHeaderOptions,
} from "@kubernetes/client-node";
import type { LiveField } from "../model/scenario.ts";
import { rejectionOf, requestErrorMessage } from "../observe/rejection.ts";
import type { WorkloadDeclaration } from "../model/workload.ts";
import { locate, newItem } from "./fieldPath.ts";
import type { JsonPatch, Reversal, UndoJournal } from "./undoJournal.ts";

/** A change to a live object that stays until it is reverted. */
export interface LiveChange {
  /** What reverts it by hand. */
  readonly revertCommand: string;
  /** Tries for a while. @throws when the API server takes it not. */
  undo(): Promise<void>;
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
 * Sets a field of a live object, which is written down in the journal before; needs the verbs `get` and `patch` on it.
 * @throws when there is no such field to set, or the API server refuses.
 */
export async function changeLive(
  kubeConfig: KubeConfig,
  field: LiveField,
  to: number | string | boolean,
  journal: UndoJournal,
): Promise<LiveChange> {
  const { namespace } = field.object;
  const object = patchable(kubeConfig, field.object);
  const { path, was, value } = place(field, await object.read(), to);
  const patches: JsonPatch[] = [{ op: was === undefined ? "add" : "replace", path, value }];
  const back: JsonPatch[] = was === undefined ? [{ op: "remove", path }] : [{ op: "replace", path, value: was }];
  const of = namespace === "" ? "" : ` -n ${namespace}`;
  return journaledChange(journal, {
    what: `${object.resource} ${object.name}`,
    revertCommand: `kubectl patch ${object.resource} ${object.name}${of} --type=json -p '${JSON.stringify(back)}'`,
    reversal: { kind: "patch", object: field.object, patches: [{ op: "test", path, value }, ...back] },
    make: async () => {
      await object.patch(patches).catch((error: unknown) => {
        const where = namespace === "" ? "" : ` in ${namespace}`;
        throw new Error(`${object.resource} ${object.name}${where} cannot be patched: ${requestErrorMessage(error)}`);
      });
    },
    revert: () => object.patch(back),
  });
}

/**
 * Makes a change that is reverted later. Whatever ends the process meanwhile: the journal has what reverts it, and whoever finds it changed is told.
 * @throws what `make` throws.
 */
export async function journaledChange(
  journal: UndoJournal,
  change: Parameters<UndoJournal["record"]>[0] & { make: () => Promise<void>; revert: () => Promise<void> },
): Promise<LiveChange> {
  const { what, revertCommand, reversal, make, revert } = change;
  const forget = await journal.record({ what, revertCommand, reversal });
  let standing = true;
  const onExit = (): void => {
    if (standing) process.stderr.write(`${what} is still changed; to restore it: ${revertCommand}\n`);
  };
  process.once("exit", onExit);
  try {
    await make();
  } catch (error) {
    process.removeListener("exit", onExit);
    await forget();
    throw error;
  }
  return {
    revertCommand,
    undo: async () => {
      if (!standing) return;
      for (let attempt = 1; ; attempt++) {
        try {
          await revert();
          break;
        } catch (error) {
          if (attempt === UNDO_ATTEMPTS) throw error;
          await new Promise((wake) => setTimeout(wake, UNDO_PAUSE_MS));
        }
      }
      standing = false;
      process.removeListener("exit", onExit);
      await forget();
    },
  };
}

/**
 * Reverts a field that an ended proof left changed.
 * @returns false where it is no longer as the proof has left it: somebody has changed it since, or the object is gone.
 * @throws when the API server cannot be asked, or refuses.
 */
export async function revertLeftField(
  kubeConfig: KubeConfig,
  { object, patches }: Extract<Reversal, { kind: "patch" }>,
): Promise<boolean> {
  try {
    await patchable(kubeConfig, object).patch(patches);
    return true;
  } catch (error) {
    const code = rejectionOf(error)?.code;
    if (code === NOT_FOUND || code === TEST_FAILED) return false;
    throw error;
  }
}

const NOT_FOUND = 404;
/** The API server's answer to a JSON patch whose `test` does not hold. */
const TEST_FAILED = 422;

/**
 * Where a field stands in its object, as a JSON Pointer, and what stands there now; `was` is undefined where nothing does. The item of a list that is not there,
 * such as a variable of a container, is set as a whole.
 * @throws where the object has no such field, nor the place for one.
 */
export function place(
  { object: { kind, name }, paths }: LiveField,
  object: unknown,
  to: number | string | boolean,
): { path: string; was: unknown; value: unknown } {
  const places = paths.map((path) => locate(object, path)).filter((found) => found !== undefined);
  const found = places.find(({ value }) => value !== undefined) ?? places[0];
  if (found === undefined) {
    const [added] = paths.map((path) => newItem(object, path, to)).filter((item) => item !== undefined);
    if (added !== undefined) return { path: added.pointer, was: undefined, value: added.item };
    throw new Error(`${kind} ${name} has no field ${paths.join(" nor ")}`);
  }
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
    case "TriggerAuthentication": {
      const custom = kubeConfig.makeApiClient(CustomObjectsApi);
      const of = { group: "keda.sh", version: "v1alpha1", plural: "triggerauthentications", ...request };
      return {
        resource: "triggerauthentication",
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
    case "Node": {
      const core = kubeConfig.makeApiClient(CoreV1Api);
      return {
        resource: "node",
        name,
        read: () => core.readNode({ name }),
        patch: async (body) => {
          await core.patchNode({ name, body }, JSON_PATCH);
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
