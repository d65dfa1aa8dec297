import { type AutoscalingConfig, scalingOf, type WorkloadScaling } from "../model/autoscaling.ts";
import { integrate, largest } from "../model/curve.ts";
import { isResource } from "../model/metric.ts";
import type { Assumption, PodSeconds } from "../model/podSeconds.ts";
import type { Recording } from "../model/recording.ts";
import type { QueueExpectation } from "../model/scenario.ts";
import type { Workload } from "../model/workload.ts";
import { backlogBegan, measuredBacklog } from "./backlog.ts";
import { HOLD_MS, replicaCurve } from "./curves.ts";
import { messagesPerReplicaOf, recommendedReplicas, workOff } from "./drain.ts";
import { rounded } from "./lowerBound.ts";
import { type QueueFed, queueFed } from "./signals.ts";
import { usedReplicas } from "./usage.ts";

/** What an autoscaler that knew the load would have kept, and what that rests on. */
interface Baseline {
  podSeconds: number | null;
  assumptions: readonly Assumption[];
}

/**
 * What a run cost in pods, for each workload, beside a clairvoyant baseline and a fixed number of replicas. The window is the same for all three.
 * @param queue the queue of the target that the load is about; the workload that it feeds is reckoned by its messages.
 * @param messages how many messages the load put on it; null where that is not known.
 */
export function podSecondsOf(
  recording: Recording,
  live: AutoscalingConfig,
  workloads: readonly Workload[],
  queue: QueueExpectation | null,
  { messages }: { messages: number | null },
): PodSeconds[] {
  return workloads.map((workload) => {
    const fed = queueFed(live, workload, queue);
    const baseline =
      fed === undefined
        ? resourceBaseline(recording, workload, scalingOf(live, workload))
        : queueBaseline(recording, fed, messages);
    return podSecondsOfWorkload(recording, workload, baseline);
  });
}

function podSecondsOfWorkload(recording: Recording, workload: Workload, baseline: Baseline): PodSeconds {
  const { loadStartMs, endMs } = recording;
  const existing = replicaCurve(recording, workload, ({ replicas }) => replicas);
  const ready = replicaCurve(recording, workload, (deployment) => deployment.ready);
  const { integral, unknownSeconds } = integrate(existing, loadStartMs, endMs, HOLD_MS);
  const windowSeconds = (endMs - loadStartMs) / 1000;
  const fixedReplicas = largest(ready, loadStartMs, endMs) ?? 0;
  return {
    workload,
    windowSeconds: rounded(windowSeconds),
    measured: rounded(integral),
    clairvoyant: baseline.podSeconds === null ? null : rounded(baseline.podSeconds),
    fixed: rounded(fixedReplicas * windowSeconds),
    fixedReplicas,
    assumptions: [...baseline.assumptions, ...unread("pods-unread", unknownSeconds)],
  };
}

function unread(id: "pods-unread" | "cpu-unread", seconds: number): Assumption[] {
  return rounded(seconds) > 0 ? [{ id, params: { seconds: rounded(seconds) } }] : [];
}

/** KEDA's rule without a wait: pods ready as the messages come, gone with the last one. */
function queueBaseline(recording: Recording, fed: QueueFed, messages: number | null): Baseline {
  const windowSeconds = (recording.endMs - recording.loadStartMs) / 1000;
  const { scaling } = fed;
  const { idleReplicas: idle, maxReplicas } = scaling;
  const messagesPerReplica = messagesPerReplicaOf(scaling);
  if (backlogBegan(recording, fed) === null) {
    return {
      podSeconds: idle * windowSeconds,
      assumptions: [{ id: "idle-replicas-only", params: { replicas: idle } }],
    };
  }
  const backlog = measuredBacklog(recording, fed, messages);
  if ("id" in backlog) return { podSeconds: null, assumptions: [backlog] };
  const work = {
    orders: backlog.messages,
    ordersPerSecondPerReplica: rounded(backlog.messagesPerSecondPerReplica),
  };
  if (messagesPerReplica === null) {
    return {
      podSeconds: backlog.messages / backlog.messagesPerSecondPerReplica,
      assumptions: [{ id: "no-idle-pods", params: work }],
    };
  }
  const drained = workOff(backlog, {
    ready: (_atSeconds, active) =>
      Math.min(maxReplicas, Math.max(idle, recommendedReplicas(scaling, active, maxReplicas))),
  });
  if (drained === null) return { podSeconds: null, assumptions: [{ id: "never-drains", params: {} }] };
  return {
    podSeconds: drained.replicaSeconds + idle * Math.max(0, windowSeconds - drained.seconds),
    assumptions: [
      {
        id: "replicas-by-messages",
        params: { messagesPerReplica, maxReplicas, arrivalSeconds: rounded(backlog.arrivalSeconds), ...work },
      },
    ],
  };
}

/** As many pods as the CPU that was really used fills up to the target. */
function resourceBaseline(recording: Recording, workload: Workload, scaling: WorkloadScaling): Baseline {
  const { loadStartMs, endMs } = recording;
  const { targets, minReplicas, maxReplicas } = scaling;
  const cpu = targets.find(({ metric }) => isResource(metric, "cpu"));
  const targetPercent = cpu?.target ?? null;
  if (cpu === undefined || targetPercent === null || targetPercent <= 0) {
    return { podSeconds: null, assumptions: [noBaseline(scaling)] };
  }
  const needed = usedReplicas(recording, workload, cpu.metric).map(({ atMs, value }) => ({
    atMs,
    value: Math.min(maxReplicas, Math.max(minReplicas, Math.ceil(value))),
  }));
  const { integral, unknownSeconds } = integrate(needed, loadStartMs, endMs, HOLD_MS);
  return {
    podSeconds: integral + unknownSeconds * minReplicas,
    assumptions: [
      { id: "replicas-by-cpu", params: { targetPercent, minReplicas, maxReplicas } },
      ...unread("cpu-unread", unknownSeconds),
    ],
  };
}

function noBaseline({ scaler, targets }: WorkloadScaling): Assumption {
  if (scaler === "none") return { id: "no-autoscaler", params: {} };
  const other = targets.find(({ metric }) => !isResource(metric));
  return other === undefined
    ? { id: "no-cpu-target", params: {} }
    : { id: "baseline-of-own-metric", params: { metric: other.metric } };
}
