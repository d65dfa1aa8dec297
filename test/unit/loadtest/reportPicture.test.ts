import { containerMetric } from "./fixtures.ts";
import { type Lane, pictureOfSamples, pictureOfScenario } from "../../../loadtest/report/chartData.ts";
import { frameOf } from "../../../loadtest/report/feed.ts";
import { formatDuration, formatRatio } from "../../../loadtest/report/format.ts";
import { whyThisMany } from "../../../loadtest/report/explainReplicas.ts";
import { backlogScenario, cpuScenario, cutShort, LOAD_START_MS, sampleAt, unreadAt } from "./reportFixtures.ts";

function laneOf(lanes: readonly Lane[], workload: Lane["workload"]): Lane {
  const lane = lanes.find((candidate) => candidate.workload === workload);
  if (lane === undefined) throw new Error(`no lane ${workload}`);
  return lane;
}

/** Why, one sample after another. */
function whys(workload: Lane["workload"], ...states: Parameters<typeof sampleAt>[1][]): string[] {
  const { lanes } = pictureOfSamples(states.map((state, second) => sampleAt(second, state)));
  return states.map((_state, index) => {
    const { replicas, because } = whyThisMany(laneOf(lanes, workload), index);
    return `${replicas}: ${because}`;
  });
}

describe("the picture", () => {
  test("has whoever must move first, counted from the load's start", () => {
    const picture = pictureOfScenario(cpuScenario());
    expect(picture.lanes.map(({ workload, role }) => [workload, role])).toEqual([
      ["api", "mustScale"],
      ["worker", "mustNotScale"],
    ]);
    expect(picture).toMatchObject({ axis: "since load", load: { fromSeconds: 0, toSeconds: 50 } });
    expect(picture.seconds[0]).toBe(-10);
  });

  test("has signal, target, what it asks for, replicas and limits at each moment", () => {
    const picture = pictureOfScenario(backlogScenario());
    const at = picture.seconds.indexOf(10);
    const worker = laneOf(picture.lanes, "worker");
    expect(worker.signals.map(({ current, target, asks }) => [current[at], target[at], asks[at]])).toEqual([
      [3504, 50, 71],
    ]);
    expect(worker.replicas).toMatchObject({ missing: [] });
    const { desired, ready, minimum, maximum } = worker.replicas;
    expect([desired, ready, minimum, maximum].map((values) => values[at])).toEqual([8, 4, 0, 8]);
    expect(laneOf(picture.lanes, "api").signals.map(({ name, current }) => [name, current[at]])).toEqual([
      ["cpu of container api", 12],
      ["memory of container api", 13],
    ]);
  });

  test("a gap is no value, and neither is what is absent: each says which and why", () => {
    const scenario = cutShort().scenarios[0];
    if (scenario === undefined) throw new Error("no scenario");
    const picture = pictureOfScenario(scenario);
    const { replicas, signals } = laneOf(picture.lanes, "worker");
    expect(replicas.missing).toEqual([
      { kind: "gap", from: 22, to: 37, why: expect.stringContaining("503") as string },
      { kind: "absent", from: 50, to: 69, why: "there is no Deployment worker" },
    ]);
    for (const index of [22, 37, 50, 69])
      expect([replicas.desired[index], replicas.ready[index]]).toEqual([null, null]);
    expect(replicas.ready[21]).toBe(4);
    expect(signals[0]?.current.slice(22, 38)).toEqual(Array<null>(16).fill(null));
    expect(signals[0]?.current[50]).not.toBeNull();
    expect(picture.load).toEqual({ fromSeconds: 0, toSeconds: null });
  });

  test("the worker under an HPA on CPU has its CPU beside the queue, and the HPA's limits", () => {
    const sample = sampleAt(0, { messages: 500, worker: [2, 2] });
    const { workerAutoscaler } = sample.readings;
    if (workerAutoscaler.kind !== "value") throw new Error("no HPA");
    const picture = pictureOfSamples([
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
    const worker = laneOf(picture.lanes, "worker");
    expect(worker.signals.map(({ unit, current, target, asks }) => [unit, current[0], target[0], asks[0]])).toEqual([
      ["messages", 500, null, null],
      ["percent", 90, 60, 3],
    ]);
    expect([worker.replicas.minimum[0], worker.replicas.maximum[0]]).toEqual([1, 8]);
  });

  test("without any sample it is empty, and no error", () => {
    const picture = pictureOfScenario({ ...cpuScenario(), loadStartedAt: null, samples: [] });
    expect(picture.seconds).toEqual([]);
    expect(frameOf([])).toMatchObject({ deadLettered: null, troubles: [] });
  });
});

describe("why this many", () => {
  test("of the worker: the queue, a target of each, and the limits", () => {
    expect(
      whys(
        "worker",
        {},
        { messages: 4000, worker: [8, 3] },
        { messages: 120, worker: [1, 1] },
        { messages: 0, worker: [8, 8] },
        { messages: 1, worker: [1, 1] },
      ),
    ).toEqual([
      "no replica: no message asks for any",
      "3 of 8 ready: 4,000 messages at 50 a replica ask for 80; at most 8 allowed",
      "1 replica ready: 120 messages at 50 a replica ask for 3; not decided yet, or limited in its pace",
      "8 replicas ready: no message asks for any; kept until the cooldown or stabilisation window is over",
      "1 replica ready: 1 message at 50 a replica asks for 1",
    ]);
  });

  test("of the API: the metric that asks for most, no change within the HPA's tolerance", () => {
    expect(whys("api", { cpu: 143, api: [2, 2] }, { cpu: 64, api: [2, 2] }, { cpu: 5, api: [1, 1] })).toEqual([
      "2 replicas ready: CPU 143 %, target 60 %, asks for 2 × 143 ÷ 60, rounded up 5; not decided yet, or limited in its pace",
      "2 replicas ready: CPU 64 %, target 60 %, close enough for no change",
      "1 replica ready: CPU 5 %, target 60 %, asks for 1 × 5 ÷ 60, rounded up 1",
    ]);
  });

  test("what was not read is not explained away", () => {
    const { lanes } = pictureOfSamples([unreadAt(0)]);
    expect(whyThisMany(laneOf(lanes, "worker"), 0)).toEqual({
      replicas: "replicas not read",
      because: "HorizontalPodAutoscaler api in orders-dev: the API server answered 503",
    });
  });
});

describe("a frame of the live page", () => {
  test("has the window, and once each what cannot be read now", () => {
    const samples = [sampleAt(0, {}), unreadAt(1)];
    expect(frameOf(samples)).toMatchObject({
      deadLettered: null,
      troubles: ["HorizontalPodAutoscaler api in orders-dev: the API server answered 503"],
      picture: { axis: "clock", load: null },
    });
    expect(frameOf(samples.slice(0, 1))).toMatchObject({ deadLettered: 0, troubles: [] });
  });

  test("counts from a full hour, so that the axis stands still while the window moves", () => {
    const { picture } = frameOf([sampleAt(3, {})]);
    expect(picture.zeroMs).toBe(Date.parse("2026-11-21T18:00:00.000Z"));
    expect(picture.zeroMs + (picture.seconds[0] ?? 0) * 1000).toBe(LOAD_START_MS + 3000);
  });
});

test("durations are said as people do", () => {
  expect([0, 0.4, 2.54, 9.99, 42.4, 60, 80, 3600, 3900, -5].map(formatDuration)).toEqual([
    ...["0 s", "400 ms", "2.5 s", "10 s", "42 s", "1 min", "1 min 20 s", "1 h", "1 h 5 min", "−5 s"],
  ]);
  expect([1, 2.04, 12.3].map(formatRatio)).toEqual(["×1.0", "×2.0", "×12"]);
});
