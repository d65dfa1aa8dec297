import { curveOf, valueAt } from "../../loadtest/model/curve.ts";
import { autoscalerOf, queueOf, replicasOf, type Sample } from "../../loadtest/model/observed.ts";
import { ABSENT, valueOf } from "../../loadtest/model/reading.ts";
import { idleReplicasOf, type PlannedWorkload } from "../../loadtest/planner/plannedWorkload.ts";
import { simulateWorkload } from "../../loadtest/planner/simulateWorkload.ts";
import { SYNC_MILLIS } from "../../loadtest/simulator/hpaLoop.ts";
import type { Steps } from "../../loadtest/simulator/steps.ts";
import { type RecordedScenario, WORKLOAD } from "../../scripts/accuracy/recording.ts";
import { scalerOf } from "../../scripts/planning/autoscaler.ts";

/** Desired replicas from a second on, counted from the last sample before the backlog. */
export interface Step {
  readonly atSeconds: number;
  readonly desired: number;
}

/** A recorded run beside what the simulator makes of its sampled queue. */
export interface Replay {
  readonly measured: readonly Step[];
  /** The best match within the second in which a poll and a sync were seen. */
  readonly predicted: readonly Step[];
  /** By how much the step that is most off is off; null where the steps are not the same. */
  readonly worstSeconds: number | null;
}

/** Between two samples a poll or a sync may have been at any of these. */
const QUARTERS = [0, 0.25, 0.5, 0.75];
/** A period of syncs is a little longer than it should be, the more so beside other work: those after the first may be seen by so much later. */
const AROUND_SECONDS = 1;

export function replayed(recording: RecordedScenario): Replay {
  const samples = fromBacklog(recording);
  const scaler = scalerOf(
    { kind: "ScaledObject", name: WORKLOAD, spec: recording.scaledObject, annotations: {} },
    WORKLOAD,
  );
  if (scaler.kind !== "scaled-object") throw new Error("the recording has no ScaledObject");
  const [trigger] = scaler.spec.triggers;
  if (trigger?.kind !== "queue") throw new Error("the recording scales on no queue");
  const startMillis = firstStartMillis(recording);
  const planned: PlannedWorkload = {
    name: WORKLOAD,
    scaler,
    containers: [],
    graceSeconds: 60,
    load: { arrivals: [], levels: { [trigger.metric]: queueSteps(samples) }, usage: [], endSeconds: 0 },
    service: null,
    startSeconds: [startMillis / 1000],
    aloneStartSeconds: [],
  };
  const desired = curveOf(
    samples,
    (sample) => replicasOf(sample, WORKLOAD),
    (replicas) => replicas.desired,
  );
  const measured = stepsOf(samples.map(({ atMs }) => valueAt(desired, atMs) ?? 0));
  const pollMillis = scaler.spec.pollingSeconds * 1000;
  const idle = idleReplicasOf(planned);
  const woken = measured.find(({ desired }) => desired > idle)?.atSeconds ?? 0;
  const replays = QUARTERS.flatMap((poll) =>
    QUARTERS.map((sync): Replay => {
      const { seconds } = simulateWorkload(
        planned,
        {
          ...{
            scrapeMillis: 0,
            lookMillis: 0,
            startMillis,
            aloneStartMillis: startMillis,
            pace: 1,
            ofMessage: () => 1,
          },
          syncMillis: sinceLast((syncsIn(samples)[0] ?? 0) - sync, SYNC_MILLIS),
          pollMillis: sinceLast(woken - poll, pollMillis),
        },
        samples.length - 1 + SYNC_MILLIS / 1000,
      );
      const predicted = stepsOf(seconds.map(({ desired }) => desired));
      return { measured, predicted, worstSeconds: worst(measured, predicted) };
    }),
  );
  const [best] = replays.sort((a, b) => (a.worstSeconds ?? Infinity) - (b.worstSeconds ?? Infinity));
  if (best === undefined) throw new Error("nothing was replayed");
  return best;
}

/** Of the first pod that the load brought: the others are created and ready between two syncs. */
function firstStartMillis({ pods, loadStartedAt }: RecordedScenario): number {
  const [first] = pods
    .filter(({ createdMs }) => createdMs >= Date.parse(loadStartedAt ?? "") - 1000)
    .sort((a, b) => a.createdMs - b.createdMs);
  if (first?.readyMs == null) throw new Error("the recording shows no pod that got ready");
  return first.readyMs - first.createdMs;
}

/** From the last sample without the backlog. */
function fromBacklog({ samples, queue }: RecordedScenario): Sample[] {
  const began = samples.findIndex((sample) => (valueOf(queueOf(sample, queue?.name ?? ""))?.active ?? 0) > 0);
  if (began < 1) throw new Error("the recording shows no backlog that began");
  return samples.slice(began - 1);
}

/**
 * What the queue held, by its own count each second; around a sync by what the HPA read at it, which its status tells: between two samples the queue changes by
 * more than what decides between two numbers of replicas.
 */
function queueSteps(samples: readonly Sample[]): Steps {
  const counted = samples.map((sample) => Object.values(sample.queues).map(valueOf)[0]?.active);
  const readings = syncsIn(samples).flatMap((second) => {
    const hpa = valueOf(samples[second] === undefined ? ABSENT : autoscalerOf(samples[second], WORKLOAD));
    const [metric] = hpa?.metrics ?? [];
    if (hpa === undefined || metric?.current == null) return [];
    const value = metric.targetType === "Value" ? metric.current : metric.current * hpa.current;
    return [{ from: second - 1 - AROUND_SECONDS, to: second + AROUND_SECONDS, value }];
  });
  const at = (second: number): number =>
    readings.find(({ from, to }) => second >= from && second < to)?.value ??
    counted.slice(0, Math.floor(second) + 1).findLast((value) => value !== undefined) ??
    0;
  const seconds = [...samples.keys(), ...readings.flatMap(({ from, to }) => [from, to])].filter((one) => one >= 0);
  return [...new Set(seconds)].sort((a, b) => a - b).map((second) => [second, at(second)]);
}

/** The seconds in which the HPA's status was seen to change: only a sync changes it. */
function syncsIn(samples: readonly Sample[]): number[] {
  const status = samples.map((sample) => {
    const hpa = valueOf(autoscalerOf(sample, WORKLOAD));
    return hpa === undefined ? undefined : JSON.stringify([hpa.current, hpa.desired, hpa.metrics]);
  });
  return status.flatMap((one, second) =>
    second > 0 && one !== undefined && one !== status.slice(0, second).findLast((before) => before !== undefined)
      ? [second]
      : [],
  );
}
/** From what happens every so often to the begin, by when it happened after it. */
function sinceLast(atSeconds: number, periodMillis: number): number {
  const after = (atSeconds * 1000) % periodMillis;
  return after <= 0 ? -after : periodMillis - after;
}

function stepsOf(desired: readonly number[]): Step[] {
  return desired.flatMap((replicas, atSeconds) =>
    replicas === desired[atSeconds - 1] ? [] : [{ atSeconds, desired: replicas }],
  );
}

function worst(measured: readonly Step[], predicted: readonly Step[]): number | null {
  const isSame =
    measured.length === predicted.length &&
    measured.every(({ desired }, index) => desired === predicted[index]?.desired);
  if (!isSame) return null;
  return Math.max(...measured.map(({ atSeconds }, index) => Math.abs(atSeconds - (predicted[index]?.atSeconds ?? 0))));
}
