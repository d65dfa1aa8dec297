import { replicasOf, type Sample } from "../model/observed.ts";
import type { PodLife, PodRecord } from "../model/pods.ts";
import { type Reading, valueOf } from "../model/reading.ts";
import type { Workload } from "../model/workload.ts";
import type { PodState } from "./pods.ts";

/** How long after its autoscaler asked for fewer a pod may be told to go, and how much earlier that may be seen. */
const ASKED_BEFORE_MS = 30_000;
const ASKED_AFTER_MS = 4_000;

/**
 * What became of every pod, from what was seen once a second. A moment that could not be read says nothing about any.
 * @param samples the workloads' replicas, by which a pod's going is known to be its autoscaler's wish.
 * @param killed the pods that the proof itself killed or evicted, or a container of them.
 * @param restarted the workloads whose rollout the proof itself restarted.
 */
export function podLives(
  seen: readonly { atMs: number; reading: Reading<readonly PodState[]> }[],
  samples: readonly Sample[],
  of: { killed?: ReadonlySet<string>; restarted?: ReadonlySet<Workload>; ends?: ReadonlyMap<string, PodState> } = {},
): PodLife[] {
  const { killed = new Set(), restarted = new Set(), ends = new Map<string, PodState>() } = of;
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
          trouble: pod.trouble,
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
        // Between two crashes it says nothing for a moment.
        known.trouble = pod.readySinceMs === null ? (pod.trouble ?? known.trouble ?? null) : null;
        known.last = pod;
      }
    }
  });

  const unasked = new Set<string>();
  for (const workload of new Set([...lives.values()].map((life) => life.workload))) {
    const left = [...lives.values()].flatMap(({ name, workload: of, leftMs, goneMs, last }) => {
      const atMs = leftMs ?? (last.leaving ? null : goneMs);
      return of === workload && atMs !== null ? [{ name, atMs }] : [];
    });
    for (const name of leftUnasked(left, samples, workload)) unasked.add(name);
  }
  return [...lives.values()].map(({ leftMs: _leftMs, last: lastListed, restartsBefore: _before, ...life }) => {
    const final = life.goneMs === null ? undefined : ends.get(life.name);
    const last = final ?? lastListed;
    const disrupted = killed.has(life.name) ? null : (last.disruption ?? null);
    const deleted =
      unasked.has(life.name) && !killed.has(life.name) && !restarted.has(life.workload)
        ? "deleted by somebody, its autoscaler had not asked for fewer"
        : null;
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
    const now = valueOf(replicasOf(sample, workload))?.desired;
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
      // Only where its replicas were seen around then can it be said that it desired no fewer.
      return looked.length > 0 && looked.every((sample) => replicasOf(sample, workload).kind === "value") ? [name] : [];
    });
}
