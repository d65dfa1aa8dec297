import type { AutoscalingConfig } from "../../../loadtest/model/autoscaling.ts";
import type { Elasticity } from "../../../loadtest/model/elasticity.ts";
import type { MetricSelector } from "../../../loadtest/model/metric.ts";
import type { Recording } from "../../../loadtest/model/recording.ts";
import type { QueueExpectation } from "../../../loadtest/model/scenario.ts";
import type { Workload } from "../../../loadtest/model/workload.ts";
import { DEFAULT_DRAIN_SECONDS, elasticityOf } from "../../../loadtest/timings/elasticity.ts";
import { busTrigger, containerMetric, LOAD_START_MS } from "./fixtures.ts";
import { METRIC, metricLive, metricRun, TRIGGER } from "./metricRecording.ts";
import { backlogRun, devLive, LIVE, mustScale, QUEUE, recorded } from "./timingsRecording.ts";

interface Asked {
  live?: AutoscalingConfig;
  queue?: QueueExpectation | null;
  metric?: MetricSelector;
  messages?: number | null;
  drainSeconds?: number;
}

function of(workload: Workload, recording: Recording, asked: Asked = {}): Elasticity | undefined {
  const { live = LIVE, queue = QUEUE, metric, messages = null, drainSeconds } = asked;
  const expectations = mustScale(workload).map((one) => (metric === undefined ? one : { ...one, metric }));
  const found = elasticityOf(
    recording,
    live,
    { mustScale: expectations, queue },
    { messages, ...(drainSeconds === undefined ? {} : { drainSeconds }) },
  );
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0];
}

describe("elasticity of a workload that a queue feeds", () => {
  test("demand is what processes each message within the drain objective, at the measured pace", () => {
    // 800 messages at 10/s of a replica within 60 s are 2 replicas, from the first message at 1 s until the queue is empty at 25 s. Ready are 1 from 5 s,
    // 5 from 10 s, 8 from 25 s, none from 40 s.
    expect(of("worker", backlogRun())).toEqual({
      workload: "worker",
      demand: "drain-objective",
      basis: {
        id: "drain-objective",
        params: { drainSeconds: DEFAULT_DRAIN_SECONDS, messagesPerSecondPerReplica: 10 },
      },
      seconds: 40,
      unknownSeconds: 0,
      underProvisioned: (2 * 4 + 1 * 5) / 40,
      overProvisioned: (3 * 15 + 8 * 15) / 40,
      underProvisionedShare: null,
      overProvisionedShare: null,
      underProvisionedTime: 9 / 40,
      overProvisionedTime: 30 / 40,
      // Supply 0 → 8, demand 0 → 2 → 0.
      jitterPerMinute: (8 - 4) / (40 / 60),
    });
  });

  test("a tighter objective asks for more", () => {
    // Within 20 s: 4 replicas at first, 4 while more than 600 are left; the rest waits shorter than that.
    const tight = of("worker", backlogRun(), { drainSeconds: 20 });
    expect(tight?.basis).toMatchObject({ params: { drainSeconds: 20 } });
    expect(tight?.underProvisioned).toBe((4 * 4 + 3 * 5) / 40);
  });

  test("demand does not depend on what the autoscaler is told that a replica can do", () => {
    const lazy = devLive({
      worker: { keda: { pollingIntervalSeconds: 5, cooldownSeconds: 15, triggers: [busTrigger({ target: 5000 })] } },
    });
    expect(of("worker", backlogRun(), { live: lazy })).toEqual(of("worker", backlogRun()));
  });

  test("while messages keep coming it is those that came lately, though none waits", () => {
    // 10 a second for 100 s, each replica takes 10 a second: from 60 s on one full replica, before less; always at least one.
    const steady = recorded(
      130,
      (second) => ({
        queue: second < 3 || second >= 100 ? 0 : second % 10 === 0 ? 0 : 5,
        worker: second < 120 ? [1, 1] : [0, 0],
      }),
      { loadEnd: 100 },
    );
    expect(of("worker", steady, { messages: 1000 })).toMatchObject({
      seconds: 120,
      underProvisioned: 0,
      // From 0 s to the first message at 3 s, and from 100 s to 120 s.
      overProvisioned: Number((23 / 120).toPrecision(4)),
      jitterPerMinute: -1,
    });
  });

  test("a backlog that is late is still demand", () => {
    const stuck = recorded(200, (second) => ({
      queue: second < 1 ? 0 : second < 10 ? 700 : 690,
      worker: second < 5 ? [0, 0] : [1, second < 9 ? 0 : 1],
    }));
    // 700 within 60 s at the measured pace, which this one was seen to have once.
    const found = of("worker", stuck);
    expect(found?.seconds).toBe(200);
    expect(found?.underProvisionedTime).toBe(199 / 200);
  });

  test("nothing is told where messages or pace are not known", () => {
    expect(of("worker", { ...backlogRun(), loadEndMs: LOAD_START_MS + 20_000 })).toBeUndefined();
    expect(
      of(
        "worker",
        recorded(30, () => ({})),
      ),
    ).toBeUndefined();
  });
});

describe("elasticity of a workload with a target for a resource", () => {
  // A reading is 20 s old: 120 % of one replica from 0 s to 30 s, 60 % of two to 60 s, little after that. The second one is ready from 30 s to 80 s.
  const run = recorded(
    120,
    (second) => ({
      api: second < 30 || second >= 80 ? [1, 1] : [2, 2],
      cpu: second < 20 ? 9 : second < 50 ? 120 : second < 80 ? 60 : 9,
    }),
    { loadEnd: 60 },
  );

  test("demand is what was used over the target, at the moment of which a reading tells", () => {
    expect(of("api", run, { metric: { kind: "resource", name: "cpu" } })).toEqual({
      workload: "api",
      demand: "cpu",
      basis: {
        id: "resource-target",
        params: { metric: containerMetric("cpu", "api", null, null).metric, target: 60, readingAgeSeconds: 20 },
      },
      seconds: 80,
      unknownSeconds: 0,
      underProvisioned: 30 / 80,
      overProvisioned: 20 / 80,
      underProvisionedShare: ((1 / 2) * 30) / 80,
      overProvisionedShare: ((1 / 1) * 20) / 80,
      underProvisionedTime: 30 / 80,
      overProvisionedTime: 20 / 80,
      jitterPerMinute: 0,
    });
  });

  test("memory where the scenario is about it, else CPU", () => {
    expect(of("api", run)?.demand).toBe("cpu");
    expect(of("api", run, { metric: { kind: "resource", name: "memory" } })).toMatchObject({
      demand: "memory",
      underProvisioned: 0,
      overProvisionedTime: 50 / 80,
    });
  });

  test("demand stays within what its autoscaler may set", () => {
    const much = recorded(60, (second) => ({ api: [1, 1], cpu: second < 59 ? 6000 : 9 }), { loadEnd: 30 });
    expect(of("api", much)?.underProvisioned).toBe(5);
  });

  test("a reading that is missing is unknown time", () => {
    const gapped = recorded(120, (second) => ({ api: [1, 1], cpu: second >= 40 && second < 60 ? undefined : 30 }), {
      loadEnd: 100,
    });
    // The last reading before the gap tells of 19 s, and holds until 24 s.
    expect(of("api", gapped)).toMatchObject({ seconds: 100, unknownSeconds: 16, underProvisioned: 0 });
  });

  test("the last reading holds until it was read, though it is taken for a moment before", () => {
    const short = recorded(60, (second) => ({ api: [1, 1], cpu: second < 59 ? 30 : 100 }), { loadEnd: 60 });
    // Taken for 40 s, it holds to the end at 60 s.
    expect(of("api", short)).toMatchObject({ seconds: 60, unknownSeconds: 0, underProvisioned: (1 * 21) / 60 });
  });

  test("without a ready replica its use is not known", () => {
    const down = recorded(120, (second) => ({ api: [1, second >= 20 && second < 30 ? 0 : 1], cpu: 30 }), {
      loadEnd: 100,
    });
    // 19 s holds until 24 s.
    expect(of("api", down)).toMatchObject({ unknownSeconds: 6, underProvisionedTime: Number((4 / 94).toPrecision(4)) });
  });

  test("nothing is told of a workload without a target", () => {
    expect(of("api", run, { live: devLive({ api: { targets: [] } }) })).toBeUndefined();
    expect(of("api", run, { metric: { kind: "external", name: null } })).toBeUndefined();
  });
});

describe("elasticity of a workload that follows another metric", () => {
  test("demand is the metric over its target, and is marked so", () => {
    // 4 replicas for 40 from 10 s to 60 s, 1 for 1 from 4 s. Ready are 1 from 14 s, 4 from 22 s, none from 80 s.
    expect(of("worker", metricRun(), { live: metricLive(), queue: null })).toMatchObject({
      demand: "metric",
      basis: { id: "metric-target", params: { targets: [{ metric: { name: METRIC }, target: 10 }] } },
      seconds: 80,
      unknownSeconds: 0,
      underProvisioned: (1 * 6 + 4 * 4 + 3 * 8) / 80,
      overProvisioned: (4 * 20) / 80,
      // Supply 0 → 4, demand 0 → 4 → 0.
      jitterPerMinute: (4 - 8) / (80 / 60),
    });
  });

  test("of several metrics the highest counts, and a moment without one of them is unknown", () => {
    const other = "s1-prometheus";
    const live = metricLive({
      targets: [METRIC, other].map((name) => ({ metric: { kind: "External", name }, target: 10 })),
      keda: { pollingIntervalSeconds: 5, cooldownSeconds: 15, triggers: [TRIGGER, TRIGGER] },
    });
    const both = metricRun((second) => ({
      metrics: [
        { name: METRIC, value: 0 },
        { name: other, value: second < 60 ? 40 : 0 },
      ],
    }));
    expect(of("worker", both, { live, queue: null })?.underProvisioned).toBe((4 * 14 + 3 * 8) / 80);
    const one = metricRun(() => ({ metrics: [{ name: METRIC, value: 0 }] }));
    expect(of("worker", one, { live, queue: null })).toBeUndefined();
  });

  test("without the external metric the HPA's reading stands in, but for that of an HPA at 0 replicas", () => {
    const run = metricRun((second) => ({
      metrics: "absent",
      hpa: {
        current: second < 12 ? 0 : second < 20 ? 1 : 4,
        metrics: [{ metric: { kind: "External", name: METRIC }, current: second < 20 ? 40 : 10, target: 10 }],
      },
    }));
    const found = of("worker", run, { live: metricLive(), queue: null });
    // From 0 s to 12 s it says nothing; then it asks for 4 at all times.
    expect(found).toMatchObject({ seconds: 90, unknownSeconds: 12 });
    expect(found?.underProvisioned).toBeCloseTo((4 * 2 + 3 * 8 + 4 * 10) / 78, 3);
  });
});
