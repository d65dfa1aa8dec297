import { timingsOf } from "../../../loadtest/timings/timings.ts";
import type { Recording } from "../../../loadtest/model/recording.ts";
import type { AutoscalingConfig } from "../../../loadtest/model/autoscaling.ts";
import type { Timing, TimingId } from "../../../loadtest/model/timing.ts";
import type { Workload } from "../../../loadtest/model/workload.ts";
import { busTrigger, containerMetric, LOAD_START_MS, SCALE_UP } from "./fixtures.ts";
import { backlogRun, devLive, LIVE, mustScale, pod, QUEUE, recorded } from "./timingsRecording.ts";

function timed(
  recording: Recording,
  workloads: readonly Workload[],
  { live = LIVE, orders = null }: { live?: AutoscalingConfig; orders?: number | null } = {},
): Timing[] {
  return timingsOf(recording, live, { mustScale: mustScale(...workloads), queue: QUEUE }, { messages: orders });
}

/** Measured, lower bound and ratio by the timing's id. */
function table(
  recording: Recording,
  workload: Workload,
  { live = LIVE, orders = null }: { live?: AutoscalingConfig; orders?: number | null } = {},
): Record<string, [measured: number | null, lowerBound: number | null, ratio: number | null]> {
  const timings = timed(recording, [workload], { live, orders });
  return Object.fromEntries(
    timings.map(({ id, measuredSeconds, lowerBoundSeconds, ratio }) => [
      id,
      [measuredSeconds, lowerBoundSeconds, ratio],
    ]),
  );
}

function withId(timings: readonly Timing[], id: TimingId): Timing {
  const found = timings.find((timing) => timing.id === id);
  if (found === undefined) throw new Error(`no timing "${id}" in ${timings.map((one) => one.id).join(", ")}`);
  return found;
}

describe("timings of a backlog", () => {
  test("each counts from the first message that was seen, beside what the configuration allows", () => {
    expect(table(backlogRun(), "worker")).toEqual({
      "scale-decision": [2, 0, null],
      // The quickest pod was ready in 2 s of whole seconds, so in more than 1.
      "first-ready": [4, 1, 4],
      "first-processed": [5, 0, null],
      "all-desired": [22, 15, 1.47],
      "all-ready": [24, 16, 1.5],
      drained: [24, 17, 1.41],
      idle: [15, 10, 1.5],
    });
  });

  test("lower bound of the drain: as many replicas as the policies allow, each ready after its start, at the measured pace", () => {
    const { lowerBoundSeconds, lowerBound } = withId(timed(backlogRun(), ["worker"]), "drained");
    // 1 desired at once and 5 at the first sync: 5 ready from 1 s on take 16 s for 800. At the second sync 150 are left, which call for no more.
    expect(lowerBoundSeconds).toBe(17);
    expect(lowerBound).toEqual([
      {
        id: "best-case-drain",
        params: { orders: 800, arrivalSeconds: 0, podStartSeconds: 1, ordersPerSecondPerReplica: 10 },
      },
    ]);
    // Twice as many: 150 * 5 within the first 15 s of work; the second sync makes it 8, ready at 16 s: 850 more at 80/s.
    const { lowerBoundSeconds: more } = withId(timed(backlogRun(), ["worker"], { orders: 1600 }), "drained");
    expect(more).toBeCloseTo(16 + 850 / 80, 0);
  });

  test("lower bounds have reasons in figures of the configuration", () => {
    const timings = timed(backlogRun(), ["worker"]);
    expect(withId(timings, "scale-decision").lowerBound).toEqual([
      { id: "keda-poll", params: { pollingIntervalSeconds: 5 } },
    ]);
    expect(withId(timings, "all-ready").lowerBound).toMatchObject([
      { id: "hpa-scale-out", params: { path: [1, 5, 8], selectPolicy: "Max", syncSeconds: 15 } },
      { id: "pod-start", params: { seconds: 1 } },
    ]);
    expect(withId(timings, "idle").lowerBound).toEqual([
      { id: "keda-cooldown", params: { cooldownSeconds: 15, pollingIntervalSeconds: 5, maxSeconds: 20 } },
    ]);
  });

  test("a slower policy, a later demand and a longer cooldown raise the lower bound", () => {
    const fast = { ...SCALE_UP, policies: [{ type: "Pods" as const, value: 7, periodSeconds: 15 }] };
    const live = devLive({
      worker: { scaleUp: fast, keda: { cooldownSeconds: 300, pollingIntervalSeconds: 30, triggers: [busTrigger()] } },
    });
    const timings = table(backlogRun(), "worker", { live });
    expect(timings["all-desired"]).toEqual([22, 0, null]);
    expect(timings.idle).toEqual([15, 270, 0.06]);
    // One more each 15 s: by then this queue, as it was sampled, called for fewer.
    const slow = { ...SCALE_UP, policies: [{ type: "Pods" as const, value: 1, periodSeconds: 15 }] };
    expect(
      withId(timed(backlogRun(), ["worker"], { live: devLive({ worker: { scaleUp: slow } }) }), "all-desired"),
    ).toMatchObject({
      lowerBoundSeconds: null,
      lowerBound: [{ id: "recommendation-too-short", params: { replicas: 8 } }],
    });
    const late = recorded(30, (second) => ({
      queue: second < 1 ? 0 : second < 20 ? 40 : 90,
      worker: second < 2 ? [0, 0] : second < 25 ? [1, 1] : [2, 2],
    }));
    expect(table(late, "worker")["all-desired"]).toEqual([24, 19, 1.26]);
  });

  test("what was not seen is null, and a missing lower bound has a reason", () => {
    const nothing = recorded(20, () => ({}), { loadEnd: 1 });
    expect(Object.values(table(nothing, "worker")).map(([measured]) => measured)).toEqual(Array(7).fill(null));
    expect(withId(timed(nothing, ["worker"]), "drained").lowerBound).toEqual([{ id: "no-backlog", params: {} }]);
    const unknown = { ...backlogRun(), pods: [] };
    expect(table(unknown, "worker")["first-ready"]).toEqual([4, null, null]);
    const cut = { ...backlogRun(), loadEndMs: null };
    expect(withId(timed(cut, ["worker"]), "drained")).toMatchObject({
      measuredSeconds: null,
      lowerBoundSeconds: null,
      lowerBound: [{ id: "load-not-ended" }],
    });
  });

  test("a load that takes its time has a lower bound of the drain only where its orders were counted", () => {
    const run = { ...backlogRun(), loadEndMs: LOAD_START_MS + 20_000 };
    expect(table(run, "worker").drained).toEqual([24, null, null]);
    // No sooner than the load's own end.
    expect(table(run, "worker", { orders: 2400 }).drained).toEqual([24, 20, 1.2]);
  });

  test("while orders keep coming the first one processed may have been earlier", () => {
    const run = recorded(
      40,
      (second) => ({
        queue: second < 1 ? 0 : second < 25 ? second * 10 : Math.max(0, 500 - second * 10),
        worker: second < 4 ? [0, 0] : [1, second < 6 ? 0 : 1],
      }),
      { loadEnd: 30 },
    );
    expect(withId(timed(run, ["worker"]), "first-processed")).toMatchObject({
      measuredSeconds: 25,
      uncertaintySeconds: 20,
      // It is an upper bound, so that a ratio would say more than was seen.
      ratio: null,
    });
  });

  test("a backlog begins where the threshold that holds then is passed", () => {
    const run = recorded(30, (second) => ({
      queue: second < 1 ? 0 : 10,
      activation: second < 12 ? 20 : 0,
      worker: second < 14 ? [0, 0] : [1, 1],
    }));
    expect(table(run, "worker")["scale-decision"]).toEqual([2, 0, null]);
  });

  test("a gap before a moment makes it less certain, and is not taken for a zero", () => {
    const seen = backlogRun();
    const gapped = recorded(
      40,
      (second) => {
        const sample = seen.samples[second + 2];
        const worker = sample?.workloads.worker?.replicas;
        const replicas: [number, number] | undefined =
          worker?.kind === "value" ? [worker.value.desired, worker.value.ready] : undefined;
        const queue = sample?.queues.queue;
        return {
          worker: second >= 3 && second <= 6 ? undefined : replicas,
          queue: queue?.kind === "value" ? queue.value.active : undefined,
        };
      },
      { pods: [...seen.pods] },
    );
    const timings = timed(gapped, ["worker"]);
    expect(withId(timings, "scale-decision")).toMatchObject({ measuredSeconds: 6, uncertaintySeconds: 5 });
    expect(withId(timed(seen, ["worker"]), "scale-decision").uncertaintySeconds).toBe(1);
  });

  test("under an HPA the first replica is there already, and the HPA scales in", () => {
    const live = devLive({ worker: { scaler: "hpa", idleReplicas: 1, minReplicas: 1, keda: null } });
    const run = recorded(60, (second) => ({
      worker: second < 16 ? [1, 1] : second < 50 ? [2, second < 18 ? 1 : 2] : [1, 1],
      queue: second < 1 ? 0 : Math.max(0, 400 - 10 * second),
    }));
    expect(table(run, "worker", { live })).toMatchObject({
      "scale-decision": [0, 0, null],
      "first-ready": [0, 0, null],
      "all-desired": [15, 0, null],
      idle: [10, 15, 0.67],
    });
  });
});

describe("timings of load on the API", () => {
  const run = recorded(
    120,
    (second) => ({
      api: second < 19 ? [1, 1] : second < 24 ? [5, 1] : second < 100 ? [5, 5] : [1, 1],
      // What it acts on began before the load: 5 pods at 80 % are more.
      cpu: second < 19 ? 9 : second < 34 ? 330 : second < 60 ? 80 : 10,
    }),
    { loadEnd: 60, pods: [pod("api", { created: 19, ready: 23 }), pod("api", { created: 19, ready: 25 })] },
  );

  test("count from the load's start, and to idle from its end", () => {
    expect(table(run, "api")).toEqual({
      // 66 % of 400 % is a sixth of 15 s.
      "scale-decision": [19, 2.5, 7.6],
      // And the quickest pod's start, more than 3 s.
      "first-ready": [24, 5.5, 4.36],
      idle: [40, 30, 1.33],
    });
    expect(withId(timed(run, ["api"]), "scale-decision").lowerBound).toMatchObject([
      {
        id: "cpu-average",
        params: {
          readPercent: 400,
          targetPercent: 60,
          resolutionSeconds: 15,
          neededSeconds: 2.5,
          meanDelaySeconds: 20,
        },
      },
    ]);
  });

  test("memory, which is no average over time, has a lower bound of 0", () => {
    const memory = recorded(30, (second) => ({ api: second < 9 ? [1, 1] : [2, 2], memory: second < 9 ? 14 : 130 }));
    expect(table(memory, "api")["scale-decision"]).toEqual([9, 0, null]);
  });

  test("the targets are those of the moment, which a scenario may have changed", () => {
    const moved = recorded(30, (second) => ({
      api: second < 9 ? [1, 1] : [2, 2],
      cpu: 300,
      cpuTarget: 900,
      memory: 130,
    }));
    expect(withId(timed(moved, ["api"]), "scale-decision").lowerBound).toEqual([
      { id: "metric-without-average", params: { metric: containerMetric("memory", "api", null, null).metric } },
    ]);
  });

  test("an API that never scaled has no timings", () => {
    expect(
      table(
        recorded(60, () => ({})),
        "api",
      ),
    ).toEqual({
      "scale-decision": [null, null, null],
      "first-ready": [null, null, null],
      idle: [null, null, null],
    });
  });

  test("only workloads under test are timed", () => {
    expect(timed(run, []).length).toBe(0);
    expect(new Set(timed(run, ["api", "worker"]).map(({ workload }) => workload))).toEqual(new Set(["api", "worker"]));
  });
});
