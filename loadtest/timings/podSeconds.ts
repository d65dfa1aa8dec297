import { isResource, isSameMetric } from "../model/metric.ts";
import type { AutoscalingConfig } from "../model/autoscaling.ts";
import { autoscalerOf } from "../model/observed.ts";
import type { Assumption, PodSeconds } from "../model/podSeconds.ts";
import type { Workload } from "../model/workload.ts";
import type { Recording } from "../model/recording.ts";
import { integrate, largest, valueAt } from "../model/curve.ts";
import { recommendedReplicas, backlogBegan, measuredBacklog, replicaCurve, workOff } from "./drain.ts";
import { rounded } from "./lowerBound.ts";

/** For how long a reading holds where the next ones are gaps. */
const HOLD_MS = 5000;

/** What an autoscaler that knew the load would have kept, and what that rests on. */
interface Baseline {
  podSeconds: number | null;
  assumptions: readonly Assumption[];
}

/**
 * What a run cost in pods, for each workload, beside a clairvoyant baseline and a fixed number of replicas. The window is the same for all three.
 * @param orders how many orders the load sent, where that is known.
 */
export function podSecondsOf(
  recording: Recording,
  live: AutoscalingConfig,
  { orders }: { orders?: number } = {},
): PodSeconds[] {
  return [
    podSecondsOfWorkload(recording, "api", apiBaseline(recording, live)),
    podSecondsOfWorkload(recording, "worker", workerBaseline(recording, live, orders)),
  ];
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
function workerBaseline(recording: Recording, live: AutoscalingConfig, orders: number | undefined): Baseline {
  const windowSeconds = (recording.endMs - recording.loadStartMs) / 1000;
  const { workerMessagesPerReplica: messagesPerReplica, workerMaximum, workerIdleReplicas: idle } = live;
  if (backlogBegan(recording, live) === null) {
    return {
      podSeconds: idle * windowSeconds,
      assumptions: [{ id: "idle-replicas-only", params: { replicas: idle } }],
    };
  }
  const backlog = measuredBacklog(recording, live, orders);
  if ("id" in backlog) return { podSeconds: null, assumptions: [backlog] };
  const work = {
    orders: backlog.orders,
    ordersPerSecondPerReplica: rounded(backlog.ordersPerSecondPerReplica),
  };
  if (messagesPerReplica === null) {
    return {
      podSeconds: backlog.orders / backlog.ordersPerSecondPerReplica,
      assumptions: [{ id: "no-idle-pods", params: work }],
    };
  }
  const drained = workOff(backlog, {
    ready: (_atSeconds, active) =>
      Math.min(workerMaximum, Math.max(idle, recommendedReplicas(live, active, workerMaximum))),
  });
  if (drained === null) return { podSeconds: null, assumptions: [{ id: "never-drains", params: {} }] };
  return {
    podSeconds: drained.replicaSeconds + idle * Math.max(0, windowSeconds - drained.seconds),
    assumptions: [
      {
        id: "replicas-by-messages",
        params: {
          messagesPerReplica,
          maxReplicas: workerMaximum,
          arrivalSeconds: rounded(backlog.arrivalSeconds),
          ...work,
        },
      },
    ],
  };
}

/** As many pods as the CPU that was really used fills up to the target. */
function apiBaseline(recording: Recording, live: AutoscalingConfig): Baseline {
  const { samples, loadStartMs, endMs } = recording;
  const cpu = live.apiTargets.find(({ metric }) => isResource(metric, "cpu"));
  const target = cpu?.target ?? null;
  if (cpu === undefined || target === null || target <= 0) {
    return { podSeconds: null, assumptions: [{ id: "no-cpu-target", params: {} }] };
  }
  const ready = replicaCurve(recording, "api", (deployment) => deployment.ready);
  const needed = samples.flatMap((sample) => {
    const autoscaler = autoscalerOf(sample, "api");
    const pods = valueAt(ready, sample.atMs);
    if (autoscaler.kind !== "value" || pods === undefined) return [];
    const used = autoscaler.value.metrics.find(({ metric }) => isSameMetric(metric, cpu.metric));
    // By the target as it was then: a scenario may change it.
    if (used?.current == null || used.target === null || used.target <= 0) return [];
    const enough = Math.ceil((used.current * pods) / used.target);
    return [{ atMs: sample.atMs, value: Math.min(live.apiMaximum, Math.max(live.apiMinimum, enough)) }];
  });
  const { integral, unknownSeconds } = integrate(needed, loadStartMs, endMs, HOLD_MS);
  return {
    podSeconds: integral + unknownSeconds * live.apiMinimum,
    assumptions: [
      {
        id: "replicas-by-cpu",
        params: { targetPercent: target, minReplicas: live.apiMinimum, maxReplicas: live.apiMaximum },
      },
      ...unread("cpu-unread", unknownSeconds),
    ],
  };
}
