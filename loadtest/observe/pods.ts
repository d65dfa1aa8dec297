import { CoreV1Api, type KubeConfig, type V1Pod, Watch } from "@kubernetes/client-node";
import { type Sample, deploymentOf } from "../model/observed.ts";
import type { PodLife, PodRecord } from "../model/pods.ts";
import { type Reading, valueOf } from "../model/reading.ts";
import type { Workload } from "../model/workload.ts";
import { present, until } from "./kubernetes.ts";
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
  /** Of the container that is named as its workload, once it has ended for good. */
  mainExitCode: number | null;
  /** How a container ended, one that went wrong before others; null while none has. */
  lastEnd: { container: string; exitCode: number; reason: string; running: boolean } | null;
}

/** What is looked at beside the samples, at the same pace. */
export interface PodsSeen {
  pods: readonly PodState[];
}

const SELECTOR = "service in (api,worker)";

/** All pods of api and worker in one list; needs the verb `list` on pods. */
export function podsSource(kubeConfig: KubeConfig, namespace: string): Source<readonly PodState[]> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  return present(`the pods in ${namespace}`, async (signal) => {
    const { items } = await core.listNamespacedPod({ namespace, labelSelector: SELECTOR }, until(signal));
    return items.flatMap(podState);
  });
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
export function watchPodEnds(kubeConfig: KubeConfig, namespace: string): PodEnds {
  const watch = new Watch(kubeConfig);
  const ends = new Map<string, PodState>();
  let stopped = false;
  let abort: AbortController | undefined;
  let again: NodeJS.Timeout | undefined;

  const begin = async (): Promise<void> => {
    abort = await watch.watch(
      `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`,
      { labelSelector: SELECTOR },
      (phase: string, pod: V1Pod) => {
        if (phase === "DELETED") for (const state of podState(pod)) ends.set(state.name, state);
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
  return {
    ends,
    stop: () => {
      stopped = true;
      clearTimeout(again);
      abort?.abort();
    },
  };
}

/** None where it is no pod of the two. */
export function podState(pod: V1Pod): PodState[] {
  const { metadata, status } = pod;
  const workload = metadata?.labels?.service;
  if (metadata?.name === undefined || (workload !== "api" && workload !== "worker")) return [];
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  const disrupted = status?.conditions?.find(
    ({ type, status: holds }) => type === "DisruptionTarget" && holds === "True",
  );
  const containers = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  const main = containers.find(({ name }) => name === workload);
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
      workload,
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
    },
  ];
}

/** What a watch hands over is not parsed: its times are text there. */
function timeOf(time: Date | string | undefined): number | undefined {
  return time === undefined ? undefined : new Date(time).getTime();
}

/** How long after its autoscaler asked for fewer a pod may be told to go, and how much earlier that may be seen. */
const ASKED_BEFORE_MS = 30_000;
const ASKED_AFTER_MS = 4_000;

/**
 * What became of every pod, from what was seen once a second. A moment that could not be read says nothing about any.
 * @param samples the Deployments' replicas, by which a pod's going is known to be its autoscaler's wish.
 * @param killed the pods in which the proof itself killed a container.
 */
export function podLives(
  seen: readonly { atMs: number; reading: Reading<readonly PodState[]> }[],
  samples: readonly Sample[],
  { killed = new Set(), ends = new Map() }: { killed?: ReadonlySet<string>; ends?: ReadonlyMap<string, PodState> } = {},
): PodLife[] {
  const moments = seen.flatMap(({ atMs, reading }) =>
    reading.kind === "value" ? [{ atMs, pods: reading.value }] : [],
  );
  const lives = new Map<string, PodLife & { leftMs: number | null; last: PodState; restartsBefore: number }>();
  moments.forEach(({ atMs, pods }, index) => {
    const names = new Set(pods.map(({ name }) => name));
    for (const life of lives.values()) if (!names.has(life.name)) life.goneMs ??= atMs;
    for (const pod of pods) {
      const known = lives.get(pod.name);
      if (known === undefined) {
        lives.set(pod.name, {
          name: pod.name,
          workload: pod.workload,
          createdMs: pod.createdMs,
          startedMs: pod.startedMs,
          readyMs: pod.readySinceMs,
          goneMs: null,
          endedBecause: null,
          restarts: 0,
          removedExternally: false,
          exitCode: null,
          // One that was leaving when it was first looked at left before anybody looked.
          leftMs: pod.leaving && index > 0 ? atMs : null,
          last: pod,
          restartsBefore: index === 0 ? pod.restarts : 0,
        });
      } else {
        known.startedMs ??= pod.startedMs;
        known.readyMs ??= pod.readySinceMs === null ? null : Math.min(atMs, pod.readySinceMs);
        if (pod.leaving && !known.last.leaving) known.leftMs = atMs;
        known.restarts = Math.max(known.restarts, pod.restarts - known.restartsBefore);
        known.last = pod;
      }
    }
  });

  const unasked = new Set<string>();
  for (const workload of ["api", "worker"] as const) {
    const left = [...lives.values()].flatMap(({ name, workload: of, leftMs, goneMs, last }) => {
      const atMs = leftMs ?? (last.leaving ? null : goneMs);
      return of === workload && atMs !== null ? [{ name, atMs }] : [];
    });
    for (const name of leftUnasked(left, samples, workload)) unasked.add(name);
  }
  return [...lives.values()].map(({ leftMs: _leftMs, last: lastListed, restartsBefore: _before, ...life }) => {
    const final = life.goneMs === null ? undefined : ends.get(life.name);
    const last = final ?? lastListed;
    const disrupted = last.disruption ?? null;
    const deleted = unasked.has(life.name) ? "deleted by somebody, its autoscaler had not asked for fewer" : null;
    return {
      ...life,
      endedBecause: disrupted ?? deleted ?? endOf(last, life, killed),
      removedExternally: disrupted !== null || deleted !== null,
      exitCode: final?.mainExitCode ?? null,
    };
  });
}

/** Why a container of it ended, where that was no ordinary end. */
function endOf(last: PodState, life: PodRecord, killed: ReadonlySet<string>): string | null {
  const end = last.lastEnd;
  if (end === null || end.exitCode === 0 || (life.restarts === 0 && life.goneMs === null && end.running)) return null;
  const how = `container ${end.container} ended with ${end.exitCode}${end.reason === "" ? "" : ` (${end.reason})`}`;
  if (killed.has(life.name)) return `${how}, killed by the proof`;
  return last.leaving && end.exitCode === 137 ? `${how}: it did not end within its grace period` : how;
}

/** Each pod that goes takes one of the replicas that the autoscaler has asked away about then; who finds none was not asked to go. */
function leftUnasked(
  left: readonly { name: string; atMs: number }[],
  samples: readonly Sample[],
  workload: Workload,
): string[] {
  const asked: number[] = [];
  let desired: number | undefined;
  for (const sample of samples) {
    const now = valueOf(deploymentOf(sample, workload))?.desired;
    if (now === undefined) continue;
    for (let fewer = now; desired !== undefined && fewer < desired; fewer++) asked.push(sample.atMs);
    desired = now;
  }
  return [...left]
    .sort((a, b) => a.atMs - b.atMs)
    .flatMap(({ name, atMs }) => {
      const index = asked.findIndex((askedMs) => askedMs >= atMs - ASKED_BEFORE_MS && askedMs <= atMs + ASKED_AFTER_MS);
      if (index !== -1) {
        asked.splice(index, 1);
        return [];
      }
      const looked = samples.filter((sample) => Math.abs(sample.atMs - atMs) <= ASKED_AFTER_MS);
      // Only where the Deployment was seen around then can it be said that it desired no fewer.
      return looked.length > 0 && looked.every((sample) => deploymentOf(sample, workload).kind === "value")
        ? [name]
        : [];
    });
}
