import type { AutoscalingConfig } from "../../../loadtest/model/autoscaling.ts";
import type { Recording } from "../../../loadtest/model/recording.ts";
import type { Timing, TimingId } from "../../../loadtest/model/timing.ts";
import { podSecondsOf } from "../../../loadtest/timings/podSeconds.ts";
import { timingsOf } from "../../../loadtest/timings/timings.ts";
import { busTrigger, SCALE_UP } from "./fixtures.ts";
import { METRIC, metricLive, metricRun, TRIGGER } from "./metricRecording.ts";
import { backlogRun, devLive, mustScale, QUEUE } from "./timingsRecording.ts";

function timed(recording: Recording, live: AutoscalingConfig = metricLive()): Map<TimingId, Timing> {
  const timings = timingsOf(recording, live, { mustScale: mustScale("worker"), queue: null }, { messages: null });
  return new Map(timings.map((timing) => [timing.id, timing]));
}

/** Measured, lower bound and ratio by the timing's id. */
function table(recording: Recording, live?: AutoscalingConfig): Record<string, (number | null)[]> {
  return Object.fromEntries(
    [...timed(recording, live)].map(([id, { measuredSeconds, lowerBoundSeconds, ratio }]) => [
      id,
      [measuredSeconds, lowerBoundSeconds, ratio],
    ]),
  );
}

function reasons(timing: Timing | undefined): string[] | undefined {
  return timing?.lowerBound.map(({ id }) => id);
}

describe("timings of a workload that KEDA scales on a metric of its own", () => {
  test("count from the metric's passing its activation threshold, and to idle from the condition's turn to false", () => {
    expect(table(metricRun())).toEqual({
      "scale-decision": [2, 0, null],
      "first-ready": [4, 1, 4],
      "all-desired": [10, 0, null],
      "all-ready": [12, 1, 12],
      idle: [15, 10, 1.5],
    });
    const timings = timed(metricRun());
    expect(reasons(timings.get("first-ready"))).toEqual(["keda-poll-of-metric", "pod-start"]);
    expect(timings.get("all-desired")?.lowerBound).toMatchObject([{ id: "hpa-policies", params: { path: [1, 4] } }]);
    expect(timings.get("idle")?.lowerBound).toEqual([
      { id: "keda-cooldown-of-metric", params: { cooldownSeconds: 15, pollingIntervalSeconds: 5, maxSeconds: 20 } },
    ]);
  });

  test("a metric above its activation threshold is demand, be it below the target of a replica", () => {
    const few = metricRun((second) => ({ metrics: [{ name: METRIC, value: second < 7 ? 2 : 3 }] }));
    expect(table(few)["scale-decision"]).toEqual([5, 0, null]);
  });

  test("a metric that was not sampled leaves the condition Active", () => {
    expect(table(metricRun(() => ({ metrics: "absent" })))).toMatchObject({ "scale-decision": [0, 0, null] });
  });

  test("where neither was sampled they count from the load's start, and say that demand may have begun later", () => {
    const unseen = timed(metricRun(() => ({ metrics: undefined, active: undefined })));
    expect(unseen.get("scale-decision")).toMatchObject({ measuredSeconds: 12, uncertaintySeconds: 12, ratio: null });
    expect(unseen.get("all-ready")).toMatchObject({ measuredSeconds: 22, uncertaintySeconds: 22, ratio: null });
    expect(reasons(unseen.get("first-ready"))).toEqual(["keda-poll-of-metric", "demand-not-sampled", "pod-start"]);
    expect(unseen.get("idle")?.measuredSeconds).toBeNull();
  });

  test("demand that never showed is no demand", () => {
    const idle = timed(metricRun(() => ({ metrics: [{ name: METRIC, value: 2 }], active: false })));
    expect(idle.get("scale-decision")).toMatchObject({ measuredSeconds: null, lowerBoundSeconds: null });
    expect(reasons(idle.get("all-ready"))).toEqual(["no-demand-seen"]);
  });

  test("a metric of cron may be above 0 outside its interval: the condition alone tells", () => {
    const live = metricLive({
      keda: {
        pollingIntervalSeconds: 5,
        cooldownSeconds: 15,
        triggers: [{ ...TRIGGER, type: "cron", activation: 0 }],
      },
    });
    const run = metricRun(() => ({ metrics: [{ name: "s0-cron", value: 1 }] }));
    expect(table(run, live)["scale-decision"]).toEqual([0, 0, null]);
  });

  test("where replicas are kept the HPA decides, and its way back counts from readings that are not known", () => {
    const kept = timed(
      metricRun((second) => ({ replicas: second < 20 || second >= 80 ? [1, 1] : [4, second < 22 ? 1 : 4] })),
      metricLive({ idleReplicas: 1, minReplicas: 1 }),
    );
    expect(kept.get("scale-decision")).toMatchObject({ measuredSeconds: 10, lowerBoundSeconds: 0 });
    expect(reasons(kept.get("scale-decision"))).toEqual(["hpa-sync"]);
    expect(kept.get("idle")).toMatchObject({ measuredSeconds: 15, lowerBoundSeconds: null });
    expect(reasons(kept.get("idle"))).toEqual(["scale-in-before-demand-ended"]);
  });

  test("a slower policy raises the lower bound, one that never gets there takes it away", () => {
    const slow = { ...SCALE_UP, policies: [{ type: "Pods" as const, value: 1, periodSeconds: 15 }] };
    expect(table(metricRun(), metricLive({ scaleUp: slow }))["all-desired"]).toEqual([10, 30, 0.33]);
    const never = timed(metricRun(), metricLive({ scaleUp: { ...SCALE_UP, selectPolicy: "Disabled" } }));
    expect(reasons(never.get("all-desired"))).toEqual(["policies-prevent-scale-out"]);
  });

  test("a ScaledObject on CPU alone is timed as its HPA is: by the load", () => {
    const live = metricLive({
      idleReplicas: 1,
      minReplicas: 1,
      keda: { pollingIntervalSeconds: 5, cooldownSeconds: 15, triggers: [{ ...TRIGGER, type: "cpu" }] },
    });
    expect(Object.keys(table(metricRun(), live))).toEqual(["scale-decision", "first-ready", "idle"]);
    expect(table(metricRun(), live)["scale-decision"]?.[0]).toBe(20);
  });

  test("its pod-seconds have no clairvoyant baseline, and say why", () => {
    const costs = (live: AutoscalingConfig) => podSecondsOf(metricRun(), live, ["worker"], null, { messages: null })[0];
    // 1 from 12 s to 20 s, 4 to 80 s.
    expect(costs(metricLive())).toMatchObject({
      measured: 8 + 60 * 4,
      clairvoyant: null,
      assumptions: [{ id: "baseline-of-own-metric", params: { metric: { kind: "External", name: METRIC } } }],
    });
    expect(costs(metricLive({ scaler: "none", keda: null, targets: [] }))).toMatchObject({
      clairvoyant: null,
      assumptions: [{ id: "no-autoscaler" }],
    });
  });
});

describe("a workload that a queue feeds", () => {
  test("has no bound for its way back where its HPA scales in", () => {
    const live = devLive({ worker: { minReplicas: 1, idleReplicas: 1 } });
    const timings = timingsOf(backlogRun(), live, { mustScale: mustScale("worker"), queue: QUEUE }, { messages: null });
    expect(reasons(timings.find(({ id }) => id === "idle"))).toEqual(["scale-in-before-demand-ended"]);
  });

  test("is reckoned without KEDA's rule where KEDA follows its CPU", () => {
    const live = devLive({
      worker: {
        keda: {
          pollingIntervalSeconds: 5,
          cooldownSeconds: 15,
          triggers: [busTrigger({ type: "cpu", queue: null, target: 60 })],
        },
      },
    });
    const [costs] = podSecondsOf(backlogRun(), live, ["worker"], QUEUE, { messages: null });
    expect(costs?.assumptions).toMatchObject([{ id: "no-idle-pods" }]);
  });
});
