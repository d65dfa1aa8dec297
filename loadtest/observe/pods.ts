import {
  AppsV1Api,
  CoreV1Api,
  type KubeConfig,
  type V1LabelSelector,
  type V1LabelSelectorRequirement,
  type V1Pod,
  Watch,
} from "@kubernetes/client-node";
import type { PodTrouble } from "../model/pods.ts";
import { type Reading, valueOf } from "../model/reading.ts";
import type { Workload, WorkloadDeclaration } from "../model/workload.ts";
import { podTroubleOf } from "./podTrouble.ts";
import { present, until } from "./request.ts";
import type { Source } from "./sampler.ts";

/** One pod as it was seen at one moment. */
export interface PodState {
  name: string;
  workload: Workload;
  createdMs: number;
  /** When its main container first ran, as far as it tells; null while it has not. */
  startedMs: number | null;
  /** Since when it is ready; null while it is not. */
  readySinceMs: number | null;
  /** Whether somebody has asked for its end. */
  leaving: boolean;
  /** Why the cluster takes it away, where that is no autoscaler's doing: evicted, preempted, its node drained. */
  disruption: string | null;
  restarts: number;
  /** Of its main container, once that has ended for good. */
  mainExitCode: number | null;
  /** How a container ended, one that went wrong before others; null while none has. */
  lastEnd: { container: string; exitCode: number; reason: string; running: boolean } | null;
  /** Why it does not start, as far as it says; null while it is ready. */
  trouble: PodTrouble | null;
}

/** What is looked at beside the samples, at the same pace. */
export interface PodsSample {
  atMs: number;
  reading: Reading<readonly PodState[]>;
}

/** A workload with what tells its pods from others. */
export interface PodOwner {
  workload: WorkloadDeclaration;
  /** Of the object's own selector, as the API server takes it. */
  labelSelector: string;
}

/** Reads the selector of each workload; needs the verb `get` on it. @throws where one cannot be read or is not there. */
export async function readPodOwners(
  kubeConfig: KubeConfig,
  workloads: readonly WorkloadDeclaration[],
  signal: AbortSignal,
): Promise<PodOwner[]> {
  const apps = kubeConfig.makeApiClient(AppsV1Api);
  return Promise.all(
    workloads.map(async (workload) => {
      const { kind, object: name, namespace } = workload;
      const found = await present(`${kind} ${name} in ${namespace}`, async (aborted) =>
        kind === "Deployment"
          ? apps.readNamespacedDeployment({ name, namespace }, until(aborted))
          : apps.readNamespacedStatefulSet({ name, namespace }, until(aborted)),
      )(signal);
      if (found === undefined) throw new Error(`there is no ${kind} ${name} in ${namespace}`);
      return { workload, labelSelector: formatSelector(found.spec?.selector) };
    }),
  );
}

/** The fields of a label selector. */
type Selector = Pick<V1LabelSelector, "matchLabels"> & {
  matchExpressions?: readonly Pick<V1LabelSelectorRequirement, "key" | "operator" | "values">[];
};

/** A selector as the API server takes it in a request. */
export function formatSelector(selector: Selector | undefined): string {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    switch (operator) {
      case "Exists":
        return key;
      case "DoesNotExist":
        return `!${key}`;
      default:
        return `${key} ${operator === "NotIn" ? "notin" : "in"} (${values.join(",")})`;
    }
  });
  return [...labels, ...expressions].join(",");
}

/**
 * Whether a pod under its selector is the workload's own. A Deployment's ReplicaSets are named by it and their template's hash; what somebody else owns is
 * not counted.
 */
export function isOwnPod({ metadata }: Pick<V1Pod, "metadata">, { kind, object }: WorkloadDeclaration): boolean {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller === true);
  if (kind === "StatefulSet") return owner?.kind === "StatefulSet" && owner.name === object;
  return owner?.kind === "ReplicaSet" && owner.name === `${object}-${metadata?.labels?.["pod-template-hash"] ?? ""}`;
}

/** The pods of each workload, by its name; needs the verb `list` on pods. */
export function podSources(kubeConfig: KubeConfig, owners: readonly PodOwner[]): Record<Workload, Source<PodState[]>> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  return Object.fromEntries(
    owners.map(({ workload, labelSelector }) => {
      const { name, namespace } = workload;
      const source = present(`the pods of ${name} in ${namespace}`, async (signal) => {
        const { items } = await core.listNamespacedPod({ namespace, labelSelector }, until(signal));
        return items.filter((pod) => isOwnPod(pod, workload)).flatMap((pod) => podState(pod, workload));
      });
      return [name, source];
    }),
  );
}

/** All pods of a moment; a gap where those of one workload could not be read. */
export function podsSeen(readings: Readonly<Record<Workload, Reading<PodState[]>>>): Reading<readonly PodState[]> {
  const all = Object.values(readings);
  const gap = all.find((reading) => reading.kind === "gap");
  return gap ?? { kind: "value", value: all.flatMap((reading) => valueOf(reading) ?? []) };
}

/** How the pods ended that were deleted, as far as the API server told. */
export interface PodEnds {
  readonly ends: ReadonlyMap<string, PodState>;
  stop(): void;
}

const WATCH_AGAIN_MS = 1000;

/**
 * A pod's last state, with its containers' exit codes, stands in the API server for a moment only: a list a second misses it, the event of its
 * deletion has it. Needs the verb `watch` on pods; without it, or with gaps in it, ends are not known.
 */
export function watchPodEnds(kubeConfig: KubeConfig, owners: readonly PodOwner[]): PodEnds {
  const watch = new Watch(kubeConfig);
  const ends = new Map<string, PodState>();
  const stops = owners.map(({ workload, labelSelector }) =>
    watchDeletions(watch, { namespace: workload.namespace, labelSelector }, (pod) => {
      if (!isOwnPod(pod, workload)) return;
      for (const state of podState(pod, workload)) ends.set(state.name, state);
    }),
  );
  return {
    ends,
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}

/** @returns what stops it. */
function watchDeletions(
  watch: Watch,
  { namespace, labelSelector }: { namespace: string; labelSelector: string },
  deleted: (pod: V1Pod) => void,
): () => void {
  let stopped = false;
  let abort: AbortController | undefined;
  let again: NodeJS.Timeout | undefined;

  const begin = async (): Promise<void> => {
    abort = await watch.watch(
      `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`,
      { labelSelector },
      (phase: string, pod: V1Pod) => {
        if (phase === "DELETED") deleted(pod);
      },
      later,
    );
    if (stopped) abort.abort();
  };
  // A watch ends by itself every few minutes.
  const later = (): void => {
    if (!stopped) again = setTimeout(() => void begin().catch(later), WATCH_AGAIN_MS);
  };
  void begin().catch(later);
  return () => {
    stopped = true;
    clearTimeout(again);
    abort?.abort();
  };
}

/** None where it has no name. */
export function podState(pod: V1Pod, workload: WorkloadDeclaration): PodState[] {
  const { metadata, spec, status } = pod;
  if (metadata?.name === undefined) return [];
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  const disrupted = status?.conditions?.find(
    ({ type, status: holds }) => type === "DisruptionTarget" && holds === "True",
  );
  const containers = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  const mainName = workload.container ?? spec?.containers[0]?.name;
  const main = containers.find(({ name }) => name === mainName);
  const ends = containers.flatMap(({ name, state, lastState }) => {
    const ended = state?.terminated ?? lastState?.terminated;
    return ended === undefined
      ? []
      : [
          {
            container: name,
            exitCode: ended.exitCode,
            reason: ended.reason ?? "",
            running: state?.terminated === undefined,
          },
        ];
  });
  return [
    {
      name: metadata.name,
      workload: workload.name,
      createdMs: timeOf(metadata.creationTimestamp) ?? 0,
      startedMs:
        timeOf(
          main?.lastState?.terminated?.startedAt ??
            main?.state?.running?.startedAt ??
            main?.state?.terminated?.startedAt,
        ) ?? null,
      readySinceMs: ready?.status === "True" ? (timeOf(ready.lastTransitionTime) ?? 0) : null,
      leaving: metadata.deletionTimestamp !== undefined,
      disruption:
        disrupted !== undefined
          ? [disrupted.reason, disrupted.message].filter(Boolean).join(": ")
          : status?.reason === "Evicted" || status?.reason === "Preempting"
            ? [status.reason, status.message].filter(Boolean).join(": ")
            : null,
      restarts: containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
      mainExitCode: main?.state?.terminated?.exitCode ?? null,
      lastEnd: ends.find(({ exitCode }) => exitCode !== 0) ?? ends[0] ?? null,
      trouble: ready?.status === "True" ? null : podTroubleOf(pod),
    },
  ];
}

/** What a watch hands over is not parsed: its times are text there. */
function timeOf(time: Date | string | undefined): number | undefined {
  return time === undefined ? undefined : new Date(time).getTime();
}
