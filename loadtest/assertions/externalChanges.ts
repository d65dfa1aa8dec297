import type { Assertion } from "../model/assertion.ts";
import type { ScaledObjectState } from "../model/autoscaling.ts";
import type { Sample } from "../model/observed.ts";
import { valueOf } from "../model/reading.ts";
import type { Workload } from "../model/workload.ts";
import type { LiveField } from "../model/scenario.ts";
import type { PodLife } from "../observe/pods.ts";

/** What somebody else did to a workload while it was judged, in words. */
export type ExternalChanges = Record<Workload, string[]>;

/**
 * Pods that somebody took away, and a ScaledObject that somebody paused, changed, made or removed, between the first sample and the last.
 * @param ownChanges fields that the proof itself sets and restores meanwhile.
 */
export function detectExternalChanges(
  samples: readonly Sample[],
  pods: readonly PodLife[],
  ownChanges: readonly LiveField[],
): ExternalChanges {
  const found: ExternalChanges = { api: [], worker: [] };
  for (const pod of pods) {
    if (pod.takenAway) found[pod.workload].push(`pod ${pod.name} was taken away: ${pod.endedBecause ?? "unknown why"}`);
  }
  found.worker.push(...scaledObjectChanges(samples, ownChanges));
  return found;
}

function scaledObjectChanges(samples: readonly Sample[], ownChanges: readonly LiveField[]): string[] {
  const found = new Set<string>();
  let before: ScaledObjectState | null | undefined;
  for (const { readings } of samples) {
    const reading = readings.workerScaledObject;
    if (reading.kind === "gap") continue;
    const now = valueOf(reading) ?? null;
    if (before !== undefined && before !== now) {
      if (before === null) found.add("ScaledObject worker was made during the run");
      else if (now === null) found.add("ScaledObject worker was removed during the run");
      else for (const change of changesBetween(before, now, ownChanges)) found.add(change);
    }
    before = now;
  }
  return [...found];
}

function changesBetween(before: ScaledObjectState, now: ScaledObjectState, own: readonly LiveField[]): string[] {
  const paused = now.pausedBy.filter((annotation) => !before.pausedBy.includes(annotation));
  const resumed = before.pausedBy.filter((annotation) => !now.pausedBy.includes(annotation));
  const fields = [
    ["minReplicaCount", before.minReplicas, now.minReplicas],
    ...(own.includes("workerMaximum") ? [] : [["maxReplicaCount", before.maxReplicas, now.maxReplicas]]),
    ["pollingInterval", before.pollingIntervalSeconds, now.pollingIntervalSeconds],
    ["cooldownPeriod", before.cooldownSeconds, now.cooldownSeconds],
    ["queueName", before.queue, now.queue],
    ["messageCount", before.messagesPerReplica, now.messagesPerReplica],
    ...(own.includes("activationMessages")
      ? []
      : [["activationMessageCount", before.activationMessages, now.activationMessages]]),
  ] as [string, unknown, unknown][];
  return [
    ...paused.map((annotation) => `ScaledObject worker was paused during the run (annotation ${annotation})`),
    ...resumed.map((annotation) => `ScaledObject worker was resumed during the run (annotation ${annotation})`),
    ...fields
      .filter(([, from, to]) => from !== to)
      .map(
        ([name, from, to]) =>
          `${name} of ScaledObject worker was changed during the run from ${String(from)} to ${String(to)}`,
      ),
  ];
}

/** A failure in a world that somebody else has changed says nothing about the set-up: it is told, and is inconclusive. */
export function downgradeToInconclusive(assertion: Assertion, meddled: readonly string[]): Assertion {
  if (assertion.status !== "fail" || meddled.length === 0) return assertion;
  const reason = `somebody else changed the system meanwhile: ${meddled.join("; ")}`;
  return {
    ...assertion,
    status: "inconclusive",
    reason: assertion.reason === undefined ? reason : `${reason}; else: ${assertion.reason}`,
  };
}
