import { isResource } from "../model/metric.ts";
import type { AutoscalingConfig, ScalingRules } from "../model/autoscaling.ts";
import { type DeploymentState, autoscalerOf, deploymentOf } from "../model/observed.ts";
import type { Timing } from "../model/timing.ts";
import type { Workload } from "../model/workload.ts";
import type { Recording } from "../model/recording.ts";
import { type Curve, curveOf, firstMoment, largest, type Moment, valueAt } from "./curve.ts";
import { AT_ONCE_MS, backlogBegan, backlogOf, drainedAt, luckyAutoscaler, queueCurve, workOff } from "./drain.ts";
import { HPA_SYNC_SECONDS, HPA_TOLERANCE, hpaPace } from "./hpaGrowth.ts";
import { shortestRunningSeconds, shortestStartSeconds } from "./starts.ts";

/** How often a kubelet measures its containers, in seconds; cAdvisor's default, which no object tells. */
const HOUSEKEEPING_SECONDS = 10;

/** The least that the configuration allows, and how that comes about. */
interface Best {
  seconds: number | null;
  because: string;
}

/**
 * How fast the movers followed their signal, each step beside the least that the live configuration allows: every poll, reading and look of the
 * controller falls as well as it can, and only what must pass passes. Means over where they fall are given in words.
 * @param orders how many orders the load sent, where that is known; without it a load that took its time has no best for the drain.
 */
export function timingsOf(
  recording: Recording,
  live: AutoscalingConfig,
  mustScale: readonly Workload[],
  { orders }: { orders?: number } = {},
): Timing[] {
  return mustScale.flatMap((workload) =>
    workload === "worker" ? workerTimings(recording, live, orders) : apiTimings(recording, live),
  );
}

function workerTimings(recording: Recording, live: AutoscalingConfig, orders: number | undefined): Timing[] {
  const { loadStartMs, endMs, pods } = recording;
  const began = backlogBegan(recording, live);
  const desired = replicaCurve(recording, "worker", (state) => state.desired);
  const ready = replicaCurve(recording, "worker", (state) => state.ready);
  const start = shortestStartSeconds(pods, "worker", loadStartMs);
  const from = (moment: Moment | null): Measured => between(began, moment);
  const after = (at: Moment | null, find: (fromMs: number) => Moment | null): Moment | null =>
    at === null ? null : find(at.atMs);

  const firstWanted = bestFirstWanted(live);
  const firstReady = live.workerIdleReplicas > 0 ? firstWanted : plusStart(firstWanted, start);
  const most =
    began === null ? live.workerIdleReplicas : (largest(desired, began.atMs, endMs) ?? live.workerIdleReplicas);
  const allWanted = began === null ? nothing("no backlog was seen") : bestAllWanted(recording, live, began, most);
  const drained = drainedAt(recording, live);

  return [
    timing("worker", "backlog to a worker desired", {
      measured: from(after(began, (ms) => firstMoment(desired, ms, (count) => count >= 1))),
      best: firstWanted,
    }),
    timing("worker", "backlog to first worker ready", {
      measured: from(after(began, (ms) => firstMoment(ready, ms, (count) => count >= 1))),
      best: firstReady,
    }),
    timing("worker", "backlog to first order processed", {
      measured: firstOrder(recording, began),
      best: bestFirstOrder(live, firstWanted, shortestRunningSeconds(pods, "worker", loadStartMs)),
    }),
    timing("worker", "backlog to all workers desired", {
      measured:
        most > live.workerIdleReplicas
          ? from(after(began, (ms) => firstMoment(desired, ms, (count) => count >= most)))
          : null,
      best: allWanted,
    }),
    timing("worker", "backlog to all workers ready", {
      measured:
        most > live.workerIdleReplicas
          ? from(after(began, (ms) => firstMoment(ready, ms, (count) => count >= most)))
          : null,
      best: plusStart(allWanted, start),
    }),
    timing("worker", "backlog to empty queue", {
      measured: from(drained),
      best: bestDrain(recording, live, orders, start, most),
    }),
    timing("worker", "empty queue to rest", {
      measured:
        most > live.workerIdleReplicas
          ? between(drained, settledFrom(recording, "worker", live.workerIdleReplicas, drained))
          : null,
      best: bestRest(live, most),
    }),
  ];
}

function apiTimings(recording: Recording, live: AutoscalingConfig): Timing[] {
  const { loadStartMs, loadEndMs, pods, endMs } = recording;
  const desired = replicaCurve(recording, "api", (state) => state.desired);
  const ready = replicaCurve(recording, "api", (state) => state.ready);
  const start = shortestStartSeconds(pods, "api", loadStartMs);
  const loadBegan: Moment = { atMs: loadStartMs, uncertaintySeconds: 0 };
  const moreWanted = firstMoment(desired, loadStartMs, (count) => count > live.apiMinimum);
  const up = bestApiUp(recording, live, moreWanted);
  const ended: Moment | null = loadEndMs === null ? null : { atMs: loadEndMs, uncertaintySeconds: 0 };
  const most = largest(desired, loadStartMs, endMs) ?? live.apiMinimum;
  return [
    timing("api", "load to more replicas desired", { measured: between(loadBegan, moreWanted), best: up }),
    timing("api", "load to more replicas ready", {
      measured: between(
        loadBegan,
        firstMoment(ready, loadStartMs, (count) => count > live.apiMinimum),
      ),
      best: plusStart(up, start),
    }),
    timing("api", "load's end to rest", {
      measured: most > live.apiMinimum ? between(ended, settledFrom(recording, "api", live.apiMinimum, ended)) : null,
      best: bestShrink(live.apiScaleUp, live.apiScaleDown, most, live.apiMinimum),
    }),
  ];
}

/** Seconds from one moment to another, and by how much they may be off; null where either was not seen. */
type Measured = { seconds: number; uncertaintySeconds: number } | null;

function between(from: Moment | null, to: Moment | null): Measured {
  if (from === null || to === null) return null;
  return {
    seconds: (to.atMs - from.atMs) / 1000,
    // An end that came earlier than it was seen makes it shorter, a beginning longer: the two do not add up.
    uncertaintySeconds: Math.max(from.uncertaintySeconds, to.uncertaintySeconds),
  };
}

function timing(workload: Workload, name: string, { measured, best }: { measured: Measured; best: Best }): Timing {
  const measuredSeconds = measured === null ? null : rounded(measured.seconds, 1);
  const lowerBoundSeconds = best.seconds === null ? null : rounded(best.seconds, 1);
  const uncertaintySeconds = rounded(measured?.uncertaintySeconds ?? 0, 1);
  // What may be less than half of what was seen is an upper bound: a ratio of it would accuse for what nobody saw.
  const sure = measuredSeconds !== null && uncertaintySeconds <= Math.max(1, measuredSeconds / 2);
  return {
    name,
    workload,
    measuredSeconds,
    lowerBoundSeconds,
    ratio:
      !sure || lowerBoundSeconds === null || lowerBoundSeconds === 0
        ? null
        : rounded(measuredSeconds / lowerBoundSeconds, 2),
    lowerBoundReason: best.because,
    uncertaintySeconds,
  };
}

function nothing(because: string): Best {
  return { seconds: null, because };
}

/** KEDA's poll alone decides on the first; where replicas never go, one is there already. */
function bestFirstWanted(live: AutoscalingConfig): Best {
  const { workerPollingIntervalSeconds: poll, workerIdleReplicas } = live;
  if (workerIdleReplicas > 0) return { seconds: 0, because: `${workerIdleReplicas} kept at all times` };
  if (live.workerScaler !== "keda") return nothing("nothing scales the worker from 0");
  return {
    seconds: 0,
    because: `KEDA polls every ${poll} s: 0 s where a poll falls right after the first message, ${poll / 2} s on average, ${poll} s at most`,
  };
}

/** A worker takes orders as soon as it is connected, which may be a probe before it is ready: its container has to run, no more is certain. */
function bestFirstOrder(live: AutoscalingConfig, firstWanted: Best, running: number | null): Best {
  const seen = "seen when the queue first held less than before, which may be later while orders keep coming";
  if (live.workerIdleReplicas > 0) return { seconds: 0, because: `${firstWanted.because}; ${seen}` };
  if (firstWanted.seconds === null) return firstWanted;
  if (running === null) return nothing(`when a worker's container began to run was not seen; ${seen}`);
  return {
    seconds: firstWanted.seconds + running,
    because: `${firstWanted.because}; plus ${rounded(running, 1)} s from a pod's creation until its container runs, the least in this run, and nothing for its connecting and for the order itself; ${seen}`,
  };
}

/** The controller's looks over the queue as it was sampled, falling as well as they can. */
function bestAllWanted(recording: Recording, live: AutoscalingConfig, began: Moment, most: number): Best {
  if (most <= live.workerIdleReplicas) return nothing(`never more than ${live.workerIdleReplicas} desired`);
  const rules = live.workerScaleUp;
  if (rules === null) return nothing("no HPA of the worker was seen");
  const queue = queueCurve(recording.samples);
  const lastSeconds = Math.floor((recording.endMs - began.atMs) / 1000);
  let seconds: number | null = null;
  for (let firstSyncSeconds = 0; firstSyncSeconds < HPA_SYNC_SECONDS; firstSyncSeconds++) {
    const lucky = luckyAutoscaler(live, { startSeconds: 0, firstSyncSeconds, otherwise: most });
    for (let second = 0; second <= lastSeconds && lucky.desiredAt(most) === null; second++) {
      lucky.ready(second, valueAt(queue, began.atMs + second * 1000) ?? 0);
    }
    const reached = lucky.desiredAt(most);
    if (reached !== null) seconds = Math.min(seconds ?? Infinity, reached);
  }
  if (seconds === null) return nothing(`the queue, as it was sampled, never asked for ${most} long enough`);
  return {
    seconds,
    because: `${most} desired: ${growth(rules, live, most)}, the first look right when the queue asks for more, where an HPA is looked at every ${HPA_SYNC_SECONDS} s (${HPA_SYNC_SECONDS / 2} s more on average)`,
  };
}

/** The steps of growth in words: "1 → 5 → 8 at 15 s apart". */
function growth(rules: ScalingRules, live: AutoscalingConfig, most: number): string {
  const pace = hpaPace({ up: rules, down: rules, minimum: 1, maximum: live.workerMaximum, replicas: 1 });
  const path = [Math.max(1, live.workerIdleReplicas)];
  pace.set(path[0] ?? 1);
  for (let sync = 0; sync < 100 && pace.replicas() < most; sync++) {
    const replicas = pace.sync(sync * HPA_SYNC_SECONDS, most);
    if (replicas !== path.at(-1)) path.push(replicas);
  }
  const policies = rules.policies
    .map(({ type, value, periodSeconds }) => `${type === "Pods" ? `+${value}` : `+${value} %`} in ${periodSeconds} s`)
    .join(rules.selectPolicy === "Min" ? " and " : " or ");
  const window = rules.stabilizationSeconds > 0 ? `, window ${rules.stabilizationSeconds} s` : "";
  return `${path.join(" → ")} by the HPA's policies (${policies}${window})`;
}

function bestDrain(
  recording: Recording,
  live: AutoscalingConfig,
  orders: number | undefined,
  start: number | null,
  most: number,
): Best {
  const backlog = backlogOf(recording, live, orders);
  if (typeof backlog === "string") return nothing(backlog);
  if (start === null && most > live.workerIdleReplicas) return nothing("no worker's start was seen");
  if (live.workerScaleUp === null && live.workerIdleReplicas === 0) return nothing("no HPA of the worker was seen");
  let best: number | null = null;
  for (let firstSyncSeconds = 0; firstSyncSeconds < HPA_SYNC_SECONDS; firstSyncSeconds++) {
    const worked = workOff(
      backlog,
      luckyAutoscaler(live, { startSeconds: start ?? 0, firstSyncSeconds, otherwise: most }),
    );
    if (worked !== null) best = Math.min(best ?? Infinity, worked.seconds);
  }
  if (best === null) return nothing("it would never drain");
  const { orders: total, paceOfReplica, arrivalSeconds } = backlog;
  return {
    seconds: best,
    because: `${total} orders, come within ${rounded(arrivalSeconds, 1)} s, by as many workers as they ask for and as fast as the policies let them come, each ready ${rounded(start ?? 0, 1)} s after it is desired and then at ${rounded(paceOfReplica, 1)} orders/s as measured in this run`,
  };
}

function bestRest(live: AutoscalingConfig, most: number): Best {
  if (most <= live.workerIdleReplicas) return nothing(`never more than ${live.workerIdleReplicas} desired`);
  if (live.workerScaler === "hpa" && live.workerScaleDown !== null) {
    return bestShrink(live.workerScaleUp ?? live.workerScaleDown, live.workerScaleDown, most, live.workerIdleReplicas);
  }
  if (live.workerScaler !== "keda") return nothing("nothing scales the worker");
  const { workerCooldownSeconds: cooldown, workerPollingIntervalSeconds: poll } = live;
  const polls = Math.max(1, Math.ceil(cooldown / poll));
  return {
    seconds: (polls - 1) * poll,
    because: `cooldown ${cooldown} s from the last poll that saw a message, which may have been ${poll} s before the queue was empty, acted on at a poll: ${(polls - 1) * poll} to ${(polls + 1) * poll} s`,
  };
}

/** The way back of an HPA whose last high reading was at the load's very end. */
function bestShrink(up: ScalingRules, down: ScalingRules, from: number, to: number): Best {
  if (from <= to) return nothing(`never more than ${to} desired`);
  const pace = hpaPace({ up, down, minimum: to, maximum: from, replicas: from });
  pace.sync(0, from);
  let seconds = 0;
  while (pace.replicas() > to && seconds < 24 * 3600) {
    seconds += HPA_SYNC_SECONDS;
    pace.sync(seconds, to);
  }
  if (pace.replicas() > to) return nothing("its policies never let it shrink");
  return {
    seconds,
    because: `${from} → ${to} by the HPA's policies with a window of ${down.stabilizationSeconds} s since the last reading that asked for more, taken at the load's end, at looks every ${HPA_SYNC_SECONDS} s; readings that lag behind come on top`,
  };
}

/** The least share of a metrics window that this load needs for its average to stand above the target. */
function bestApiUp(recording: Recording, live: AutoscalingConfig, moreWanted: Moment | null): Best {
  const { metricsResolutionSeconds: resolution } = live;
  if (moreWanted === null) return nothing("the API was never asked for more");
  // By the targets as they were then: a scenario may move them. The controller writes what it read in the same look; a sample may fall between the two.
  const loudest = recording.samples
    .filter(({ atMs }) => atMs >= moreWanted.atMs && atMs <= moreWanted.atMs + 2000)
    .flatMap((sample) => {
      const autoscaler = autoscalerOf(sample, "api");
      return autoscaler.kind === "value" ? autoscaler.value.metrics : [];
    })
    .flatMap(({ metric, current: read, target }) =>
      read === null || target === null || target <= 0 ? [] : [{ metric, target, read }],
    )
    .sort((a, b) => b.read / b.target - a.read / a.target)[0];
  if (loudest === undefined) return nothing("what the HPA read when it asked for more was not seen");
  const { metric, target, read } = loudest;
  if (!isResource(metric, "cpu")) {
    return {
      seconds: 0,
      because: `${metric.name} is no average over time: 0 s where a reading falls right after the load`,
    };
  }
  const needed = (100 + HPA_TOLERANCE * 100) / 100;
  const share = Math.min(1, (needed * target) / Math.max(read, needed * target));
  const mean = HOUSEKEEPING_SECONDS / 2 + resolution / 2 + HPA_SYNC_SECONDS / 2;
  return {
    seconds: share * resolution,
    because: `the reading that it acted on, ${read} % at a target of ${target} %, is an average over metrics-server's ${resolution} s: ${rounded(share * resolution, 1)} s of such use suffice; where the kubelet's ${HOUSEKEEPING_SECONDS} s (its default), those ${resolution} s and the HPA's ${HPA_SYNC_SECONDS} s stand by chance, ${rounded(mean, 1)} s more on average`,
  };
}

function plusStart(best: Best, start: number | null): Best {
  if (best.seconds === null) return best;
  if (start === null) return nothing("no pod was seen to start in this run");
  return {
    seconds: best.seconds + start,
    because: `${best.because}; plus ${rounded(start, 1)} s from a pod's creation to ready, the least in this run`,
  };
}

function replicaCurve(recording: Recording, workload: Workload, pick: (state: DeploymentState) => number): Curve {
  return curveOf(recording.samples, (sample) => deploymentOf(sample, workload), pick, 0);
}

/**
 * When the queue first held less than before. While orders keep coming it may grow though some are processed: then the first was processed at some time
 * between the first ready worker and that moment.
 */
function firstOrder(recording: Recording, began: Moment | null): Measured {
  if (began === null) return null;
  const { samples, loadStartMs, loadEndMs, endMs } = recording;
  const fall = between(began, firstFall(queueCurve(samples), began.atMs));
  if (fall === null || (loadEndMs ?? endMs) - loadStartMs <= AT_ONCE_MS) return fall;
  const ready = replicaCurve(recording, "worker", (state) => state.ready);
  const first = between(
    began,
    firstMoment(ready, began.atMs, (count) => count >= 1),
  );
  const earlier = fall.seconds - (first?.seconds ?? fall.seconds);
  return { ...fall, uncertaintySeconds: Math.max(fall.uncertaintySeconds, earlier) };
}

/** The first moment at which the queue held less than before. */
function firstFall(queue: Curve, fromMs: number): Moment | null {
  let most = 0;
  for (const [index, { atMs, value }] of queue.entries()) {
    if (atMs < fromMs) continue;
    if (value < most) return { atMs, uncertaintySeconds: (atMs - (queue[index - 1]?.atMs ?? atMs)) / 1000 };
    most = Math.max(most, value);
  }
  return null;
}

/** The first moment after `since` from which on everything of the workload stayed at rest; null where it did not. */
function settledFrom(recording: Recording, workload: Workload, rest: number, since: Moment | null): Moment | null {
  if (since === null) return null;
  const restless = replicaCurve(recording, workload, (state) =>
    state.desired === rest && state.ready === rest && state.replicas === rest ? 0 : 1,
  );
  const lastRestlessMs = restless.findLast(({ value }) => value === 1)?.atMs ?? since.atMs;
  return firstMoment(restless, Math.max(since.atMs, lastRestlessMs), (value) => value === 0);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
