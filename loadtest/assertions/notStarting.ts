import { type Cause, causeOf } from "../model/cause.ts";
import { replicasOf, type Sample } from "../model/observed.ts";
import type { PodRecord } from "../model/pods.ts";
import { valueOf } from "../model/reading.ts";
import type { Workload } from "../model/workload.ts";

type Pod = Pick<PodRecord, "name" | "workload" | "trouble">;

/** Why pods of a workload do not start, as they say themselves, once for each reason, and why the API server lets none be made. */
export function notStarting(samples: readonly Sample[], workload: Workload, pods: readonly Pod[]): Cause[] {
  const refusal = samples.map((sample) => valueOf(replicasOf(sample, workload))?.refused).findLast(isPresent);
  return [
    ...podCauses(pods.filter((pod) => pod.workload === workload)),
    ...(refusal === undefined ? [] : [causeOf("replicas-refused", workload, { message: refusal })]),
  ];
}

/** Of the pods of all workloads. */
export function podCauses(pods: readonly Pod[]): Cause[] {
  const alike = Map.groupBy(
    pods.filter(({ trouble }) => isPresent(trouble)),
    ({ workload, trouble }) => JSON.stringify([workload, trouble?.kind, trouble?.container, trouble?.reason]),
  );
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : causeFor(first, group.length);
  });
}

function causeFor({ name: pod, workload, trouble }: Pod, pods: number): Cause[] {
  if (!isPresent(trouble)) return [];
  const { kind, reason, message } = trouble;
  const container = trouble.container ?? "";
  switch (kind) {
    case "crash-loop":
      return [causeOf("pods-crash-looping", workload, { pods, pod, container, ended: message })];
    case "image":
    case "cannot-be-created":
      return [causeOf("pods-cannot-be-created", workload, { pods, pod, container, reason, message })];
    case "unschedulable":
      return [causeOf("pods-unschedulable", workload, { pods, pod, message })];
  }
}

function isPresent<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
