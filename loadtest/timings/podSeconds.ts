import { isResource, isSameMetric } from "../model/metric.ts";
import type { AutoscalingConfig } from "../model/autoscaling.ts";
import { autoscalerOf, deploymentOf } from "../model/observed.ts";
import type { PodSeconds } from "../model/podSeconds.ts";
import type { Workload } from "../model/workload.ts";
import type { Recording } from "../model/recording.ts";
import { curveOf, integrate, largest, valueAt } from "./curve.ts";
import { askedFor, backlogBegan, backlogOf, workOff } from "./drain.ts";

/** How long a reading is taken to hold where the next ones are gaps; beyond that nobody knows. */
const HOLD_MS = 5000;

/** What somebody would have kept who knew the load, and how that is reckoned. */
interface Baseline {
  podSeconds: number | null;
  assumptions: string;
}

/**
 * What a run cost in pods, for each workload, beside somebody who knew the load and a fixed number of replicas. The window is the same for all three.
 * @param orders how many orders the load sent, where that is known.
 */
export function podSecondsOf(
  recording: Recording,
  live: AutoscalingConfig,
  { orders }: { orders?: number } = {},
): PodSeconds[] {
  const baselines: Record<Workload, Baseline> = {
    api: apiBaseline(recording, live),
    worker: workerBaseline(recording, live, orders),
  };
  return (["api", "worker"] as const).map((workload) => podSecondsOfWorkload(recording, workload, baselines[workload]));
}

function podSecondsOfWorkload(recording: Recording, workload: Workload, baseline: Baseline): PodSeconds {
  const { samples, loadStartMs, endMs } = recording;
  const curve = (pick: "replicas" | "ready"): ReturnType<typeof curveOf> =>
    curveOf(
      samples,
      (sample) => deploymentOf(sample, workload),
      (deployment) => deployment[pick],
      0,
    );
  const { integral, unknownSeconds } = integrate(curve("replicas"), loadStartMs, endMs, HOLD_MS);
  const windowSeconds = (endMs - loadStartMs) / 1000;
  const fixedReplicas = largest(curve("ready"), loadStartMs, endMs) ?? 0;
  return {
    workload,
    windowSeconds: rounded(windowSeconds),
    measured: rounded(integral),
    clairvoyant: baseline.podSeconds === null ? null : rounded(baseline.podSeconds),
    fixed: rounded(fixedReplicas * windowSeconds),
    fixedReplicas,
    assumptions:
      unknownSeconds >= 0.05
        ? `${baseline.assumptions}; for ${rounded(unknownSeconds)} s of the window nobody saw how many pods there were, and these count as none in what was measured`
        : baseline.assumptions,
  };
}

/** KEDA's rule without a wait: pods ready as the messages come, gone with the last one. */
function workerBaseline(recording: Recording, live: AutoscalingConfig, orders: number | undefined): Baseline {
  const windowSeconds = (recording.endMs - recording.loadStartMs) / 1000;
  if (backlogBegan(recording, live) === null) {
    return {
      podSeconds: live.workerIdleReplicas * windowSeconds,
      assumptions: `clairvoyant baseline: no backlog, so ${live.workerIdleReplicas} all the time`,
    };
  }
  const backlog = backlogOf(recording, live, orders);
  if (typeof backlog === "string") return { podSeconds: null, assumptions: `no clairvoyant baseline: ${backlog}` };
  const { workerMessagesPerReplica: each, workerMaximum: maximum, workerIdleReplicas: rest } = live;
  const { orders: total, paceOfReplica, arrivalSeconds } = backlog;
  const pace = `${rounded(paceOfReplica)} orders/s of a replica as measured in this run`;
  if (each === null) {
    return {
      podSeconds: total / paceOfReplica,
      assumptions: `clairvoyant baseline: ${total} orders at ${pace}, and no pod without work`,
    };
  }
  const worked = workOff(backlog, {
    ready: (_atSeconds, active) => Math.min(maximum, Math.max(rest, askedFor(live, active, maximum))),
  });
  if (worked === null)
    return { podSeconds: null, assumptions: "no clairvoyant baseline: the backlog would never drain" };
  return {
    podSeconds: worked.replicaSeconds + rest * Math.max(0, windowSeconds - worked.seconds),
    assumptions: `clairvoyant baseline: at each moment one pod for every ${each} messages, at most ${maximum}, ready at once and gone at once; ${total} orders come evenly within ${rounded(arrivalSeconds)} s and go at ${pace}`,
  };
}

/** As many pods as the CPU that was really used fills up to the target. */
function apiBaseline(recording: Recording, live: AutoscalingConfig): Baseline {
  const { samples, loadStartMs, endMs } = recording;
  const cpu = live.apiTargets.find(({ metric }) => isResource(metric, "cpu"));
  const target = cpu?.target ?? null;
  if (cpu === undefined || target === null || target <= 0) {
    return { podSeconds: null, assumptions: "no clairvoyant baseline: the API's HPA has no target for CPU" };
  }
  const ready = curveOf(
    samples,
    (sample) => deploymentOf(sample, "api"),
    (deployment) => deployment.ready,
    0,
  );
  const needed = samples.flatMap((sample) => {
    const autoscaler = autoscalerOf(sample, "api");
    const pods = valueAt(ready, sample.atMs);
    if (autoscaler.kind !== "value" || pods === undefined) return [];
    const used = autoscaler.value.metrics.find(({ metric }) => isSameMetric(metric, cpu.metric));
    // By the target as it was then: a scenario may move it.
    if (used?.current == null || used.target === null || used.target <= 0) return [];
    const enough = Math.ceil((used.current * pods) / used.target);
    return [{ atMs: sample.atMs, value: Math.min(live.apiMaximum, Math.max(live.apiMinimum, enough)) }];
  });
  const { integral, unknownSeconds } = integrate(needed, loadStartMs, endMs, HOLD_MS);
  const unread = unknownSeconds >= 0.05 ? `; ${rounded(unknownSeconds)} s without a reading count at the minimum` : "";
  return {
    podSeconds: integral + unknownSeconds * live.apiMinimum,
    assumptions: `clairvoyant baseline: at each moment the ready pods' CPU together, as the HPA read it, at ${target} % a pod, rounded up, from ${live.apiMinimum} to ${live.apiMaximum}; readings are up to 40 s old, which moves the curve and hardly changes its area; memory, which more pods do not share, is not in it${unread}`,
  };
}

function rounded(value: number): number {
  return Number(value.toFixed(1));
}
