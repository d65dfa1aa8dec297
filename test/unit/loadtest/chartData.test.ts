import { containerMetric } from "./fixtures.ts";
import { liveChartData, chartDataOf } from "../../../loadtest/report/buildChartData.ts";
import type { WorkloadTrack } from "../../../loadtest/report/chartData.ts";
import { frameOf } from "../../../loadtest/report/feed.ts";
import { formatDuration, formatRatio } from "../../../loadtest/report/format.ts";
import { formatAmount, formatTick } from "../../../loadtest/report/amount.ts";
import { scaleOutsOf } from "../../../loadtest/report/askedBy.ts";
import { explainReplicas } from "../../../loadtest/report/explainReplicas.ts";
import { foreignSample, foreignScenario } from "./foreignReport.ts";
import { backlogScenario, cpuScenario, cutShort } from "./reportFixtures.ts";
import { LOAD_START_MS, sampleAt, unreadAt, withReadings } from "./reportSamples.ts";
import { autoscalerOf } from "../../../loadtest/model/observed.ts";
import { ABSENT, type Reading } from "../../../loadtest/model/reading.ts";

const FEEDS = { queue: "worker" };

function trackOf(tracks: readonly WorkloadTrack[], workload: WorkloadTrack["workload"]): WorkloadTrack {
  const track = tracks.find((candidate) => candidate.workload === workload);
  if (track === undefined) throw new Error(`no track ${workload}`);
  return track;
}

/** One explanation a sample. */
function explanations(workload: WorkloadTrack["workload"], ...states: Parameters<typeof sampleAt>[1][]): string[] {
  const { tracks } = liveChartData(
    states.map((state, second) => sampleAt(second, state)),
    FEEDS,
  );
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
      { kind: "absent", from: 50, to: 69, why: "there is no workload worker" },
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
    const autoscaler = autoscalerOf(sample, "worker");
    if (autoscaler.kind !== "value") throw new Error("no HPA");
    const metrics = [containerMetric("cpu", "worker", 90, 60)];
    const onCpu = { kind: "value", value: { ...autoscaler.value, metrics } } as const;
    const data = liveChartData([withReadings(sample, "worker", { scaledObject: ABSENT, autoscaler: onCpu })], FEEDS);
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
    expect(frameOf([], FEEDS)).toMatchObject({ deadLettered: {}, errors: [] });
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
    const { tracks } = liveChartData([unreadAt(0)], FEEDS);
    expect(explainReplicas(trackOf(tracks, "worker"), 0)).toEqual({
      replicas: "replicas not read",
      because: "HorizontalPodAutoscaler api in orders-dev: the API server answered 503",
    });
  });
});

describe("a frame of the live view", () => {
  test("has the whole window, and each current error once", () => {
    const samples = [sampleAt(0, {}), unreadAt(1)];
    expect(frameOf(samples, FEEDS)).toMatchObject({
      deadLettered: { queue: null },
      errors: ["HorizontalPodAutoscaler api in orders-dev: the API server answered 503"],
      chartData: { axis: "clock", load: null },
    });
    expect(frameOf(samples.slice(0, 1), FEEDS)).toMatchObject({ deadLettered: { queue: 0 }, errors: [] });
  });

  test("has the error of each object that could not be read", () => {
    const sample = withReadings(sampleAt(0, {}), "api", { autoscaler: { kind: "gap", error: "HPA: 503" } });
    expect(frameOf([sample], FEEDS).errors).toEqual(["HPA: 503"]);
  });

  test("counts from a full hour, so that the axis stands still while the window moves", () => {
    const { chartData: data } = frameOf([sampleAt(3, {})], FEEDS);
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

describe("chart data of any workloads", () => {
  const scenario = foreignScenario(null);
  const data = chartDataOf(scenario);
  const at = data.seconds.indexOf(30);

  test("has a track a workload, the ones under test first, with every metric in its own unit", () => {
    expect(data.tracks.map(({ workload, role }) => [workload, role])).toEqual([
      ["mailer", "mustScale"],
      ["cache", "mustNotScale"],
      ["web", "watched"],
    ]);
    const told = ({ signals }: WorkloadTrack): unknown[] =>
      signals.map(({ name, unit, shared, current, target, recommended }) => [
        ...[name, unit, shared],
        ...[current[at], target[at], recommended[at]],
      ]);
    expect(told(trackOf(data.tracks, "mailer"))).toEqual([
      ["s0-redis-emails", "own", true, 40, 5, 8],
      ["s1-cron-Etc-UTC", "own", true, 1, 1, 1],
    ]);
    expect(told(trackOf(data.tracks, "web"))).toEqual([
      ["CPU", "percent", false, 20, 60, 1],
      ["http_requests_per_second", "own", false, 3, 12.5, 1],
      ["memory", "bytes", false, 180 * 1024 ** 2, 256 * 1024 ** 2, 1],
    ]);
  });

  test("shows a queue by itself where it is not known what it feeds, and else with its workload by the trigger's name", () => {
    expect(data.queues.map(({ queue, current }) => [queue, current[at]])).toEqual([["audit", 3]]);
    const renamed = scenario.samples.map((sample) => ({
      ...sample,
      queues: { emails: { kind: "value", value: { active: 40, deadLettered: 0 } } } as const,
    }));
    const named = chartDataOf({ ...scenario, samples: renamed });
    expect(named.queues).toEqual([]);
    // The trigger's own external metric is the same curve.
    expect(trackOf(named.tracks, "mailer").signals.map(({ name }) => name)).toEqual(["messages", "s1-cron-Etc-UTC"]);
    expect(explainReplicas(trackOf(named.tracks, "mailer"), at).because).toContain("40 messages / 5 per replica = 8");
  });

  test("a formula decides over its triggers, so that a queue by itself recommends nothing", () => {
    const samples = scenario.samples.map((sample) => {
      const mailer = sample.workloads.mailer;
      if (mailer?.scaledObject.kind !== "value") throw new Error("no ScaledObject");
      const scaledObject = { kind: "value", value: { ...mailer.scaledObject.value, formula: "a + b" } } as const;
      const emails = { kind: "value", value: { active: 40, deadLettered: 0 } } as const;
      return { ...sample, workloads: { ...sample.workloads, mailer: { ...mailer, scaledObject } }, queues: { emails } };
    });
    const [messages] = trackOf(chartDataOf({ ...scenario, samples }).tracks, "mailer").signals;
    expect([messages?.current[at], messages?.target[at], messages?.recommended[at]]).toEqual([40, null, null]);
  });

  test("explains a workload by its most demanding metric, or that it has no autoscaler", () => {
    expect(explainReplicas(trackOf(data.tracks, "mailer"), at)).toEqual({
      replicas: "4 replicas ready",
      because: "s0-redis-emails 40 / 5 per replica = 8; not decided yet, or limited by the scale-up policies",
    });
    expect(explainReplicas(trackOf(data.tracks, "cache"), at)).toEqual({
      replicas: "2 replicas ready",
      because: "no autoscaler",
    });
  });

  test("says which of several metrics asked for each step up, and nothing over a gap", () => {
    const steps = scaleOutsOf(trackOf(data.tracks, "web"));
    expect(steps).toEqual([{ index: 50, from: 1, to: 2, askedBy: "CPU 90 % / target 60 %" }]);
    expect(scaleOutsOf(trackOf(chartDataOf(backlogScenario()).tracks, "worker"))).toEqual([]);
    const track = trackOf(data.tracks, "web");
    const gapped = track.replicas.desired.map((value, index) => (index === 49 ? null : value));
    expect(scaleOutsOf({ ...track, replicas: { ...track.replicas, desired: gapped } })).toEqual([]);
  });

  test("names a resource of several containers by its container, and has an external metric with a target of type Value as the HPA has it", () => {
    const samples = [foreignSample(0, 40, 2)].map((sample) => {
      const mailer = sample.workloads.mailer;
      if (mailer?.autoscaler.kind !== "value") throw new Error("no HPA");
      const metrics = [
        containerMetric("cpu", "app", 30, 60),
        containerMetric("cpu", "proxy", 90, 60),
        { metric: { kind: "External", name: "lag" } as const, current: 20, target: 8, targetType: "Value" as const },
      ];
      const autoscaler = { kind: "value", value: { ...mailer.autoscaler.value, metrics } } as const;
      // Of a target of type Value the HPA's own figure is of all replicas together already.
      const externalMetrics = { kind: "value", value: [{ name: "lag", value: 21 }] } satisfies Reading<unknown>;
      return { ...sample, workloads: { mailer: { ...mailer, autoscaler, externalMetrics } } };
    });
    const [track] = liveChartData(samples, {}).tracks;
    expect(track?.signals.map(({ name, current, recommended }) => [name, current[0], recommended[0]])).toEqual([
      ["CPU of container app", 30, 1],
      ["CPU of container proxy", 90, 3],
      ["lag", 20, 5],
    ]);
  });
});

test("amounts have their unit, and small figures their digits", () => {
  expect(
    (
      [
        [143, "percent"],
        [3120, "messages"],
        [536_870_912, "bytes"],
        [0.25, "cores"],
        [1, "cores"],
        [0.0421, "own"],
        [12_345.6, "own"],
      ] as const
    ).map(([value, unit]) => formatAmount(value, unit)),
  ).toEqual(["143 %", "3,120", "512 MiB", "0.25 cores", "1 core", "0.0421", "12,346"]);
  expect([formatTick(2_500_000, "own"), formatTick(536_870_912, "bytes")]).toEqual(["2.5M", "512"]);
});
