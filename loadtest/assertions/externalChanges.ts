import type { Assertion } from "../model/assertion.ts";
import type { ScaledObjectState } from "../model/autoscaling.ts";
import { type Cause, causeOf } from "../model/cause.ts";
import type { Sample } from "../model/observed.ts";
import type { PodLife } from "../model/pods.ts";
import { valueOf } from "../model/reading.ts";
import type { LiveField } from "../model/scenario.ts";
import type { Workload } from "../model/workload.ts";

/** What somebody else did to a workload while it was observed. */
export type ExternalChanges = Record<Workload, Cause[]>;

/**
 * Pods that somebody removed, and a ScaledObject that somebody paused, changed, created or deleted, between the first sample and the last.
 * @param ownChanges fields that the proof itself sets and restores meanwhile.
 */
export function detectExternalChanges(
  samples: readonly Sample[],
  pods: readonly PodLife[],
  ownChanges: readonly LiveField[],
): ExternalChanges {
  const removals = (workload: Workload): Cause[] =>
    pods
      .filter((pod) => pod.removedExternally && pod.workload === workload)
      .map(({ name, endedBecause }) => causeOf("external-pod-removal", name, { reason: endedBecause ?? "not known" }));
  return {
    api: removals("api"),
    worker: [...removals("worker"), ...scaledObjectChanges(samples, ownChanges)],
  };
}

function scaledObjectChanges(samples: readonly Sample[], ownChanges: readonly LiveField[]): Cause[] {
  const found = new Map<string, Cause>();
  let before: ScaledObjectState | null | undefined;
  for (const { readings } of samples) {
    const reading = readings.workerScaledObject;
    if (reading.kind === "gap") continue;
    const now = valueOf(reading) ?? null;
    for (const change of changesBetween(before, now, ownChanges)) found.set(JSON.stringify(change), change);
    before = now;
  }
  return [...found.values()];
}

/** @param before null where it was not there, undefined where it is not known. */
function changesBetween(
  before: ScaledObjectState | null | undefined,
  now: ScaledObjectState | null,
  own: readonly LiveField[],
): Cause[] {
  if (before === undefined || before === now) return [];
  if (before === null) return [causeOf("external-scaled-object-creation", "worker", {})];
  if (now === null) return [causeOf("external-scaled-object-deletion", "worker", {})];
  const paused = now.pausedBy.filter((annotation) => !before.pausedBy.includes(annotation));
  const resumed = before.pausedBy.filter((annotation) => !now.pausedBy.includes(annotation));
  const fields: [field: string, from: string | number | null, to: string | number | null][] = [
    ["minReplicaCount", before.minReplicas, now.minReplicas],
    ["pollingInterval", before.pollingIntervalSeconds, now.pollingIntervalSeconds],
    ["cooldownPeriod", before.cooldownSeconds, now.cooldownSeconds],
    ["queueName", before.queue, now.queue],
    ["messageCount", before.messagesPerReplica, now.messagesPerReplica],
  ];
  if (!own.includes("workerMaximum")) fields.push(["maxReplicaCount", before.maxReplicas, now.maxReplicas]);
  if (!own.includes("activationMessages")) {
    fields.push(["activationMessageCount", before.activationMessages, now.activationMessages]);
  }
  return [
    ...paused.map((annotation) => causeOf("external-pause", "worker", { annotation })),
    ...resumed.map((annotation) => causeOf("external-resume", "worker", { annotation })),
    ...fields
      .filter(([, from, to]) => from !== to)
      .map(([field, from, to]) =>
        causeOf("external-field-change", "worker", { field, from: String(from), to: String(to) }),
      ),
  ];
}

/** A failure in a system that somebody else has changed says nothing about its configuration: it is told, and is inconclusive. */
export function downgradeToInconclusive(assertion: Assertion, changes: readonly Cause[]): Assertion {
  if (assertion.status !== "fail" || changes.length === 0) return assertion;
  return { ...assertion, status: "inconclusive", causes: [...changes, ...assertion.causes] };
}
