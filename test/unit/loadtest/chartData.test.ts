import { containerMetric } from "./fixtures.ts";
import { type WorkloadTrack, liveChartData, chartDataOf } from "../../../loadtest/report/chartData.ts";
import { frameOf } from "../../../loadtest/report/feed.ts";
import { formatDuration, formatRatio } from "../../../loadtest/report/format.ts";
import { explainReplicas } from "../../../loadtest/report/explainReplicas.ts";
import { backlogScenario, cpuScenario, cutShort } from "./reportFixtures.ts";
import { LOAD_START_MS, sampleAt, unreadAt } from "./reportSamples.ts";

function trackOf(tracks: readonly WorkloadTrack[], workload: WorkloadTrack["workload"]): WorkloadTrack {
  const track = tracks.find((candidate) => candidate.workload === workload);
  if (track === undefined) throw new Error(`no track ${workload}`);
  return track;
}

/** One explanation a sample. */
function explanations(workload: WorkloadTrack["workload"], ...states: Parameters<typeof sampleAt>[1][]): string[] {
  const { tracks } = liveChartData(states.map((state, second) => sampleAt(second, state)));
  return states.map((_state, index) => {
    const { replicas, because } = explainReplicas(trackOf(tracks, workload), index);
    return `${replicas}: ${because}`;
  });
}

describe("chart data", () => {
  test("has the workload under test first, and counts from the load's start", () => {
    const data = chartDataOf(cpuScenario());
    expect(data.tracks.map(({ workload, role }) => [workload, role])).toEqual([
      ["api", "mustScale"],
      ["worker", "mustNotScale"],
    ]);
    expect(data).toMatchObject({ axis: "since load", load: { fromSeconds: 0, toSeconds: 50 } });
    expect(data.seconds[0]).toBe(-10);
  });

  test("has signal, target, recommendation, replicas and limits at each moment", () => {
    const data = chartDataOf(backlogScenario());
    const at = data.seconds.indexOf(10);
    const worker = trackOf(data.tracks, "worker");
    expect(
      worker.signals.map(({ current, target, recommended }) => [current[at], target[at], recommended[at]]),
    ).toEqual([[3504, 50, 71]]);
    expect(worker.replicas).toMatchObject({ missing: [] });
    const { desired, ready, minimum, maximum } = worker.replicas;
    expect([desired, ready, minimum, maximum].map((values) => values[at])).toEqual([8, 4, 0, 8]);
    expect(trackOf(data.tracks, "api").signals.map(({ name, current }) => [name, current[at]])).toEqual([
      ["CPU", 12],
      ["memory", 13],
    ]);
  });

  test("a gap is no value, and neither is what is absent: each says which and why", () => {
    const scenario = cutShort().scenarios[0];
    if (scenario === undefined) throw new Error("no scenario");
    const data = chartDataOf(scenario);
    const { replicas, signals } = trackOf(data.tracks, "worker");
    expect(replicas.missing).toEqual([
      { kind: "gap", from: 22, to: 37, why: expect.stringContaining("503") as string },
      { kind: "absent", from: 50, to: 69, why: "there is no Deployment worker" },
    ]);
    for (const index of [22, 37, 50, 69])
      expect([replicas.desired[index], replicas.ready[index]]).toEqual([null, null]);
    expect(replicas.ready[21]).toBe(4);
    expect(signals[0]?.current.slice(22, 38)).toEqual(Array<null>(16).fill(null));
    expect(signals[0]?.current[50]).not.toBeNull();
    expect(data.load).toEqual({ fromSeconds: 0, toSeconds: null });
  });

  test("the worker under an HPA on CPU has its CPU beside the queue, and the HPA's limits", () => {
    const sample = sampleAt(0, { messages: 500, worker: [2, 2] });
    const { workerAutoscaler } = sample.readings;
    if (workerAutoscaler.kind !== "value") throw new Error("no HPA");
    const data = liveChartData([
      {
        ...sample,
        readings: {
          ...sample.readings,
          workerScaledObject: { kind: "absent" },
          workerAutoscaler: {
            kind: "value",
            value: {
              ...workerAutoscaler.value,
              metrics: [containerMetric("cpu", "worker", 90, 60)],
            },
          },
        },
      },
    ]);
    const worker = trackOf(data.tracks, "worker");
    expect(
      worker.signals.map(({ unit, current, target, recommended }) => [unit, current[0], target[0], recommended[0]]),
    ).toEqual([
      ["messages", 500, null, null],
      ["percent", 90, 60, 3],
    ]);
    expect([worker.replicas.minimum[0], worker.replicas.maximum[0]]).toEqual([1, 8]);
  });

  test("without any sample it is empty, and no error", () => {
    const data = chartDataOf({ ...cpuScenario(), loadStartedAt: null, samples: [] });
    expect(data.seconds).toEqual([]);
    expect(frameOf([])).toMatchObject({ deadLettered: null, errors: [] });
  });
});

describe("an explanation of replicas", () => {
  test("of the worker has the queue, the messages per replica, and the limit", () => {
    expect(
      explanations(
        "worker",
        {},
        { messages: 4000, worker: [8, 3] },
        { messages: 120, worker: [1, 1] },
        { messages: 0, worker: [8, 8] },
        { messages: 1, worker: [1, 1] },
      ),
    ).toEqual([
      "no replica: queue empty",
      "3 of 8 ready: 4,000 messages / 50 per replica = 80; capped at maxReplicas 8",
      "1 replica ready: 120 messages / 50 per replica = 3; not decided yet, or limited by the scale-up policies",
      "8 replicas ready: queue empty; held by the cooldown or stabilization window",
      "1 replica ready: 1 message / 50 per replica = 1",
    ]);
  });

  test("of the API has the metric with the highest recommendation, and the HPA's tolerance", () => {
    expect(explanations("api", { cpu: 143, api: [2, 2] }, { cpu: 64, api: [2, 2] }, { cpu: 5, api: [1, 1] })).toEqual([
      "2 replicas ready: 2 × CPU 143 % / target 60 % = 5, rounded up; not decided yet, or limited by the scale-up policies",
      "2 replicas ready: CPU 64 % / target 60 %: within tolerance",
      "1 replica ready: 1 × CPU 5 % / target 60 % = 1, rounded up",
    ]);
  });

  test("without a reading has the error of that reading", () => {
    const { tracks } = liveChartData([unreadAt(0)]);
    expect(explainReplicas(trackOf(tracks, "worker"), 0)).toEqual({
      replicas: "replicas not read",
      because: "HorizontalPodAutoscaler api in orders-dev: the API server answered 503",
    });
  });
});

describe("a frame of the live view", () => {
  test("has the whole window, and each current error once", () => {
    const samples = [sampleAt(0, {}), unreadAt(1)];
    expect(frameOf(samples)).toMatchObject({
      deadLettered: null,
      errors: ["HorizontalPodAutoscaler api in orders-dev: the API server answered 503"],
      chartData: { axis: "clock", load: null },
    });
    expect(frameOf(samples.slice(0, 1))).toMatchObject({ deadLettered: 0, errors: [] });
  });

  test("counts from a full hour, so that the axis stands still while the window moves", () => {
    const { chartData: data } = frameOf([sampleAt(3, {})]);
    expect(data.zeroMs).toBe(Date.parse("2026-11-21T18:00:00.000Z"));
    expect(data.zeroMs + (data.seconds[0] ?? 0) * 1000).toBe(LOAD_START_MS + 3000);
  });
});

test("durations and ratios are formatted with few digits", () => {
  expect([0, 0.4, 2.54, 9.99, 42.4, 60, 80, 3600, 3900, -5].map(formatDuration)).toEqual([
    ...["0 s", "400 ms", "2.5 s", "10 s", "42 s", "1m", "1m 20s", "1h", "1h 5m", "−5 s"],
  ]);
  expect([1, 2.04, 12.3].map(formatRatio)).toEqual(["×1.0", "×2.0", "×12"]);
});
