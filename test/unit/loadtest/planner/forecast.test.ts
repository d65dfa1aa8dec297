import { affordableRuns, forecastOf, horizonOf } from "../../../../loadtest/planner/forecast.ts";
import { MOST_SINGLE_MESSAGES, simulateWorkload } from "../../../../loadtest/planner/simulateWorkload.ts";
import { middle } from "../../../../loadtest/planner/variation.ts";
import { api, worker } from "./fixtures.ts";

const OPTIONS = { runs: 40, seed: 1, horizonSeconds: null };
const bound = (forecast: ReturnType<typeof forecastOf>): string[] =>
  forecast.bindings.map(({ binds }) => binds.join("+"));

describe("a forecast of a queue's consumers", () => {
  const forecast = forecastOf(worker(), OPTIONS);

  test("goes the way of KEDA and its HPA: 0, 1, 5, 8 and back to 0", () => {
    expect(forecast.steps.map(({ desired }) => desired)).toEqual([0, 1, 5, 8, 0]);
    expect(forecast.statistics.peakReplicas).toEqual({ low: 8, median: 8, high: 8 });
    expect(bound(forecast)).toEqual([
      "poll",
      "start",
      "target",
      "policy+start",
      "policy",
      "maximum+start",
      "maximum",
      "cooldown",
      "idle",
    ]);
  });

  test("takes a poll and a pod start until the first replica, and no more", () => {
    const { firstReadySeconds } = forecast.statistics;
    expect(firstReadySeconds.low).toBeGreaterThanOrEqual(2);
    // A period of 5 s, a start of 3.6 s at the most, and seconds are whole.
    expect(firstReadySeconds.high).toBeLessThanOrEqual(10);
    // The load may come at any time between two polls.
    expect((firstReadySeconds.high ?? 0) - (firstReadySeconds.low ?? 0)).toBeGreaterThanOrEqual(4);
  });

  test("starts the first pod as those that were created alone, and the next as those created together", () => {
    const slow = worker({}, { startSeconds: [9], aloneStartSeconds: [2] });
    const { seconds } = simulateWorkload(slow, middle(slow), 120);
    const reached = (of: "existing" | "ready", count: number): number => seconds.findIndex((one) => one[of] >= count);
    expect(reached("ready", 1) - reached("existing", 1)).toBe(2);
    expect(reached("ready", 5) - reached("existing", 5)).toBe(9);
  });

  test("drains no faster than all replicas together can, and tells how old messages get", () => {
    const { drainedSeconds, orderAgeP95Seconds, podSeconds } = forecast.statistics;
    expect(drainedSeconds.low).toBeGreaterThan(4000 / (8 * 20 * 1.05));
    expect(drainedSeconds.high).toBeLessThan(60);
    expect(orderAgeP95Seconds.median).toBeLessThanOrEqual(drainedSeconds.median ?? 0);
    expect(orderAgeP95Seconds.median).toBeGreaterThan(0.8 * (drainedSeconds.median ?? 0));
    // Each replica-second processes 20 messages: fewer cannot do.
    expect(podSeconds.low).toBeGreaterThan(4000 / (20 * 1.05));
  });

  test("counts pods as the status of a Deployment does, without those that still finish their messages", () => {
    const slow = worker(
      {},
      {
        load: { arrivals: [{ atSeconds: 0, messages: 100 }], levels: {}, usage: [], endSeconds: 0 },
        service: { messagesPerSecond: 0.1, concurrency: 4 },
      },
    );
    const { seconds } = simulateWorkload(slow, middle(slow), 700);
    const wentDown = seconds.findIndex(({ desired }, second) => desired < (seconds[second - 1]?.desired ?? 0));
    expect(wentDown).toBeGreaterThan(0);
    expect(seconds[wentDown + 1]?.existing).toBe(seconds[wentDown + 1]?.desired);
  });

  test("is the same for the same seed and another for another", () => {
    expect(forecastOf(worker(), OPTIONS)).toEqual(forecast);
    expect(forecastOf(worker(), { ...OPTIONS, seed: 2 }).ready).not.toEqual(forecast.ready);
  });

  test("has a band around its median, which nine of ten runs keep to", () => {
    const { low, median, high } = forecast.ready;
    for (const [second, middle] of median.entries()) {
      expect(low[second]).toBeLessThanOrEqual(middle);
      expect(high[second]).toBeGreaterThanOrEqual(middle);
    }
    expect(low).not.toEqual(high);
  });

  test("says never for what does not come within its time", () => {
    const short = forecastOf(worker(), { ...OPTIONS, horizonSeconds: 20 });
    expect(short.statistics.drainedSeconds).toEqual({ low: null, median: null, high: null });
    expect(short.statistics.idleSeconds.high).toBeNull();
  });

  test("lasts until it is idle again, with a longer cooldown longer", () => {
    expect(horizonOf(worker({ cooldownPeriod: 300 }))).toBeGreaterThan(horizonOf(worker()) + 200);
  });

  test("is of a paused workload that nothing happens", () => {
    const paused = worker({}, {}, { "autoscaling.keda.sh/paused": "true" });
    const { statistics, bindings } = forecastOf(paused, { ...OPTIONS, horizonSeconds: 120 });
    expect(statistics.peakReplicas.high).toBe(0);
    expect(bindings).toEqual([{ fromSeconds: 0, toSeconds: 121, binds: ["paused"] }]);
  });

  test("makes fewer runs of a load that takes hours, and says how many it made", () => {
    expect([600, 5000, 10_000, 80_000].map((seconds) => affordableRuns(100, seconds))).toEqual([100, 100, 50, 20]);
    expect(forecast.runs).toBe(OPTIONS.runs);
  });

  test("counts many messages in lots and drains all of them", () => {
    const messages = 5 * MOST_SINGLE_MESSAGES;
    const load = { arrivals: [{ atSeconds: 0, messages }], levels: {}, usage: [], endSeconds: 0 };
    const service = { messagesPerSecond: 500, concurrency: 4 };
    const many = forecastOf(worker({}, { load, service }), { ...OPTIONS, runs: 20 });
    expect(many.messagesInLot).toBe(5);
    expect(many.active?.median[1]).toBe(messages);
    expect(many.statistics.drainedSeconds.median).toBeGreaterThan(messages / (8 * 500 * 1.05));
    expect(many.statistics.drainedSeconds.median).toBeLessThan(messages / (8 * 500) + 40);
  });
});

describe("a forecast of an HPA on CPU", () => {
  const forecast = forecastOf(api(), OPTIONS);

  test("comes to what the usage calls for, after a reading", () => {
    // 300 m of 60 m for each replica.
    expect(forecast.statistics.peakReplicas.median).toBe(5);
    expect(bound(forecast)[0]).toBe("reading");
    expect(forecast.statistics.firstReadySeconds.low).toBeGreaterThan(3);
    expect(forecast.statistics.firstReadySeconds.high).toBeLessThan(45);
  });

  test("goes by a mean, in which the load's begin and end are half of it: a step in between, up and down", () => {
    expect(forecast.steps.map(({ desired }) => desired)).toEqual([1, 3, 5, 2, 1]);
  });

  test("goes by what a replica may use at most: its limit hides what is beyond, until there are enough of them", () => {
    const { load } = api();
    const limited = api({ load: { ...load, usage: load.usage.map((one) => ({ ...one, mostPerPod: 100 })) } });
    const { steps } = forecastOf(limited, { ...OPTIONS, horizonSeconds: 100 });
    expect(steps.map(({ desired }) => desired)).toEqual([1, 2, 4, 5]);
  });

  test("holds by its window before it scales in", () => {
    expect(bound(forecast)).toContain("window");
    expect(forecast.statistics.idleSeconds.low).toBeGreaterThan(15);
    expect(forecast.steps.at(-1)?.desired).toBe(1);
  });
});

test("a trigger that does not see what is worked on lets KEDA take the pod that works on it", () => {
  const few = { arrivals: [{ atSeconds: 0, messages: 4 }], levels: {}, usage: [], endSeconds: 0 };
  const of = { load: few, service: { messagesPerSecond: 0.04, concurrency: 4 } };
  const desiredAt = (spec: Record<string, unknown>, second: number): number | undefined =>
    simulateWorkload(worker(spec, of), middle(worker(spec, of)), 60).seconds[second]?.desired;
  // Of Service Bus locked messages count; what a consumer has taken from a list of Redis is not there any more.
  const redis = { triggers: [{ type: "redis", metadata: { listName: "orders", listLength: "50" } }] };
  expect([desiredAt({}, 15), desiredAt({}, 50)]).toEqual([1, 1]);
  expect([desiredAt(redis, 15), desiredAt(redis, 50)]).toEqual([1, 0]);
});
