import { Writable } from "node:stream";
import { CoreV1Api, Exec, type KubeConfig, V1Eviction, V1ObjectMeta, type V1Pod } from "@kubernetes/client-node";
import { messageOf } from "../../src/shared/messageOf.ts";
import { type Random } from "../model/random.ts";
import { type KillAction, nameOf, type PodSelection } from "../model/scenario.ts";
import type { Workload } from "../model/workload.ts";
import { isOwnPod, type PodOwner } from "../observe/pods.ts";
import { rejectionOf, requestErrorMessage } from "../observe/rejection.ts";
import { until } from "../observe/request.ts";
import type { Attempt, ClusterActions, PodName } from "./faultInjection.ts";
import type { LiveChange } from "./liveField.ts";

const ANSWER_TIMEOUT_MS = 10_000;
/** How long a command may take to be started; what it does then is its own. */
const COMMAND_TIMEOUT_MS = 15_000;
/** With which the eviction API refuses what a PodDisruptionBudget does not allow. */
const TOO_MANY_REQUESTS = 429;
const NOT_FOUND = 404;

/** A container of a pod. */
export interface ContainerName extends PodName {
  container: string;
}

/** What the actions on pods need of their surroundings. */
export interface PodSurroundings {
  kubeConfig: KubeConfig;
  owners: readonly PodOwner[];
  /** Ends a container by SIGKILL; undefined where the cluster's node cannot be reached. */
  killContainer: ((name: ContainerName) => Promise<void>) | undefined;
  /** By which pods are chosen that are killed by chance. */
  random: Random;
  /** Sets a field of a live object until it is reverted. */
  change: ClusterActions["change"];
}

/** Kills pods, evicts them, runs commands in them, and cordons their nodes. */
export function podActions({
  kubeConfig,
  owners,
  killContainer,
  random,
  change,
}: PodSurroundings): Pick<ClusterActions, "kill" | "evict" | "exec" | "cordon"> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const answered = () => until(AbortSignal.timeout(ANSWER_TIMEOUT_MS));

  /** The ready pods that stay, by name. @throws where there is none. */
  async function readyPods(selection: PodSelection): Promise<V1Pod[]> {
    const { namespace, labelSelector, isOwn } = resolve(selection, owners);
    const { items } = await core.listNamespacedPod({ namespace, labelSelector }, answered());
    const ready = items.filter((pod) => isOwn(pod) && isReady(pod) && !isLeaving(pod));
    if (ready.length === 0) throw new Error(`no pod of ${nameOf(selection)} is ready and stays`);
    return ready.sort((a, b) => (a.metadata?.name ?? "").localeCompare(b.metadata?.name ?? ""));
  }

  async function killOne(pod: V1Pod, { pods, how, container }: KillAction): Promise<string | null> {
    const { name, namespace } = placeOf(pod);
    switch (how) {
      case "sigkill":
        if (killContainer === undefined) {
          throw new Error(
            "a container cannot be killed by SIGKILL here: the cluster's provider has no access to its node",
          );
        }
        await killContainer({ namespace, pod: name, container: container ?? mainContainer(pod, pods, owners) });
        return null;
      case "delete":
        await core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 }, answered());
        return null;
      case "evict":
        return evict({ pod: name, namespace });
    }
  }

  async function evict({ pod: name, namespace }: PodName): Promise<string | null> {
    try {
      const body = Object.assign(new V1Eviction(), {
        metadata: Object.assign(new V1ObjectMeta(), { name, namespace }),
      });
      await core.createNamespacedPodEviction({ name, namespace, body }, answered());
      return null;
    } catch (error) {
      const code = rejectionOf(error)?.code;
      if (code === TOO_MANY_REQUESTS) return requestErrorMessage(error);
      if (code === NOT_FOUND) return null;
      throw error;
    }
  }

  async function isSchedulable(node: string): Promise<boolean> {
    return (await core.readNode({ name: node }, answered())).spec?.unschedulable !== true;
  }

  return {
    kill: async (action) => {
      const ready = await readyPods(action.pods);
      const attempts: Attempt[] = [];
      for (const pod of chosen(ready, action.which, random)) {
        const { name, namespace } = placeOf(pod);
        attempts.push({ pod: name, namespace, refusedBecause: await killOne(pod, action) });
      }
      return attempts;
    },
    evict,
    cordon: async (selection) => {
      const nodes = (await readyPods(selection)).map(({ spec }) => spec?.nodeName ?? "");
      const changes: LiveChange[] = [];
      for (const name of new Set(nodes)) {
        const object = { kind: "Node", name, namespace: "" } as const;
        if (await isSchedulable(name)) changes.push(await change({ object, paths: ["spec.unschedulable"] }, true));
      }
      return changes;
    },
    exec: async (pods, command) => {
      const [pod] = await readyPods(pods);
      if (pod === undefined) throw new Error(`no pod of ${nameOf(pods)} is ready`);
      const { name, namespace } = placeOf(pod);
      await runIn(kubeConfig, { namespace, pod: name, container: mainContainer(pod, pods, owners) }, command);
      return name;
    },
  };
}

/** Those that are killed, of ready ones in the order of their names. */
export function chosen<T>(ready: readonly T[], which: KillAction["which"], random: Random): readonly T[] {
  switch (which) {
    case "first":
      return ready.slice(0, 1);
    case "random": {
      const index = Math.floor(random() * ready.length);
      return ready.slice(index, index + 1);
    }
    case "all":
      return ready;
  }
}

function placeOf({ metadata }: V1Pod): { name: string; namespace: string } {
  return { name: metadata?.name ?? "", namespace: metadata?.namespace ?? "" };
}

function resolve(
  selection: PodSelection,
  owners: readonly PodOwner[],
): { namespace: string; labelSelector: string; isOwn: (pod: V1Pod) => boolean } {
  if (!("workload" in selection)) {
    return { namespace: selection.namespace, labelSelector: selection.labels, isOwn: () => true };
  }
  const { workload, labelSelector } = ownerOf(selection.workload, owners);
  return { namespace: workload.namespace, labelSelector, isOwn: (pod) => isOwnPod(pod, workload) };
}

function ownerOf(workload: Workload, owners: readonly PodOwner[]): PodOwner {
  const found = owners.find(({ workload: { name } }) => name === workload);
  if (found === undefined) throw new Error(`there is no workload ${workload}`);
  return found;
}

function mainContainer(pod: V1Pod, selection: PodSelection, owners: readonly PodOwner[]): string {
  const named = "workload" in selection ? ownerOf(selection.workload, owners).workload.container : selection.main;
  return named ?? pod.spec?.containers[0]?.name ?? "";
}

function isLeaving({ metadata }: V1Pod): boolean {
  return metadata?.deletionTimestamp !== undefined;
}

function isReady({ status }: V1Pod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") === true;
}

/** Resolves once the command has ended, or its connection, as where it ended the container. @throws where it cannot be started. */
async function runIn(kubeConfig: KubeConfig, at: ContainerName, command: readonly string[]): Promise<void> {
  const ignored = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const what = `${command.join(" ")} in container ${at.container} of pod ${at.pod}`;
  await new Promise<void>((resolve, reject) => {
    const overdue = setTimeout(resolve, COMMAND_TIMEOUT_MS);
    const end = (error?: Error): void => {
      clearTimeout(overdue);
      if (error === undefined) resolve();
      else reject(error);
    };
    new Exec(kubeConfig)
      .exec(at.namespace, at.pod, at.container, [...command], ignored, ignored, null, false, ({ status, message }) => {
        // A command that is not there is a failure of the container runtime; one that ran has an exit code.
        const notStarted = status === "Failure" && /executable file not found|no such file/.test(message ?? "");
        end(notStarted ? new Error(`${what} cannot be started: ${message ?? ""}`) : undefined);
      })
      .then((socket: { onclose: unknown }) => {
        socket.onclose = () => {
          end();
        };
      })
      .catch((error: unknown) => {
        end(new Error(`${what} cannot be run; it needs create on pods/exec: ${messageOf(error)}`));
      });
  });
}
