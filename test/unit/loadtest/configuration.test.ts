import { configurationFailures } from "../../../loadtest/assertions/configuration.ts";
import type { AutoscalerState, AutoscalingConfig, ScaledObjectState } from "../../../loadtest/model/autoscaling.ts";
import type { Sample } from "../../../loadtest/model/observed.ts";
import type { ScalingExpectation, Scenario } from "../../../loadtest/model/scenario.ts";
import { watchesOtherQueue } from "../../../loadtest/targets/orders/assertions/watchedQueue.ts";
import { scenarioOf } from "./evaluation.ts";
import {
  expectation,
  liveIn,
  redisTrigger,
  shopHpa,
  shopSamples,
  shopScaledObject,
  shopScenario,
} from "./foreignSystem.ts";
import {
  busTrigger,
  LIVE_WORKER,
  liveOf,
  notPassed,
  sample,
  SCALE_DOWN,
  SCALE_UP,
  SCALED_OBJECT,
  value,
} from "./fixtures.ts";

/** What is ruled out of a shop that an HPA scales, under KEDA where a ScaledObject is given. */
function ruledOut(
  autoscaler: Partial<AutoscalerState>,
  scaledObject: Partial<ScaledObjectState> | null = null,
  of: Partial<ScalingExpectation> = {},
): Record<string, string> {
  const samples = shopSamples(0, 0, () => ({
    autoscaler: shopHpa(autoscaler),
    ...(scaledObject === null ? {} : { scaledObject: value(shopScaledObject(false, scaledObject)) }),
  }));
  const scenario = shopScenario({ mustScale: [expectation({ firstWithinSeconds: 60, ...of })] });
  return notPassed(configurationFailures(scenario, { live: liveIn(samples), samples }));
}

const DISABLED = { selectPolicy: "Disabled" } as const;
const LONG = { stabilizationSeconds: 3600 };

describe("an HPA alone", () => {
  test("that can do what is expected is worth a load", () => {
    expect(ruledOut({})).toEqual({});
  });

  test.each<[string, Partial<AutoscalerState>, Record<string, string>]>([
    ["allows too few", { max: 2 }, { "shop/scales-out": "fail: max-replicas-below-required" }],
    ["never adds", { scaleUp: { ...SCALE_UP, ...DISABLED } }, { "shop/scales-out": "fail: hpa-scale-up-disabled" }],
    [
      "waits too long",
      { scaleUp: { ...SCALE_UP, ...LONG } },
      { "shop/scales-out": "fail: hpa-scale-up-window-exceeds-objective" },
    ],
    [
      "never removes",
      { scaleDown: { ...SCALE_DOWN, ...DISABLED } },
      { "shop/scales-in": "fail: hpa-scale-down-disabled" },
    ],
    [
      "keeps idle ones too long",
      { scaleDown: { ...SCALE_DOWN, ...LONG } },
      { "shop/scales-in": "fail: hpa-scale-down-window-exceeds-objective" },
    ],
  ])("that %s is ruled out", (_title, autoscaler, expected) => {
    expect(ruledOut(autoscaler)).toEqual(expected);
  });
});

describe("KEDA", () => {
  test("that can do what is expected is worth a load", () => {
    expect(ruledOut({}, {})).toEqual({});
  });

  test("is ruled out by its own HPA's rules where that has to bring the replicas", () => {
    const never = { scaleUp: { ...SCALE_UP, ...DISABLED } };
    expect(ruledOut(never, {})).toEqual({ "shop/scales-out": "fail: hpa-scale-up-disabled" });
    expect(ruledOut({ scaleUp: { ...SCALE_UP, ...LONG } }, {})).toEqual({
      "shop/scales-out": "fail: hpa-scale-up-window-exceeds-objective",
    });
    // These KEDA brings itself.
    expect(ruledOut(never, {}, { atLeast: 1 })).toEqual({});
    expect(ruledOut(never, { minReplicas: 2, idleReplicas: 0 }, { atLeast: 2 })).toEqual({});
  });

  test("takes a workload to 0 whatever its HPA's rules are, and to a minimum by them", () => {
    const slow = { scaleDown: { ...SCALE_DOWN, ...LONG } };
    expect(ruledOut(slow, {})).toEqual({});
    expect(ruledOut(slow, { minReplicas: 1 })).toEqual({
      "shop/scales-in": "fail: hpa-scale-down-window-exceeds-objective",
    });
  });

  test("has a poll and a cooldown that count from 0 only", () => {
    const slow = { pollingIntervalSeconds: 300, cooldownSeconds: 3600 };
    expect(ruledOut({}, slow)).toEqual({
      "shop/first-replica-ready": "fail: polling-interval-exceeds-objective",
      "shop/scales-in": "fail: cooldown-exceeds-objective",
    });
    expect(ruledOut({}, { ...slow, minReplicas: 2, idleReplicas: 0 })).toEqual({
      "shop/first-replica-ready": "fail: polling-interval-exceeds-objective",
      "shop/scales-in": "fail: cooldown-exceeds-objective",
    });
    expect(ruledOut({}, { ...slow, minReplicas: 1 })).toEqual({});
  });

  test("is ruled out by its maximum, and by no arithmetic of messages that nobody counts", () => {
    expect(ruledOut({}, { maxReplicas: 2 })).toEqual({ "shop/scales-out": "fail: max-replicas-below-required" });
    expect(ruledOut({}, { triggers: [redisTrigger({ target: 100_000, activation: 5000 })] })).toEqual({});
  });

  test("may keep a minimum where nothing else is declared", () => {
    expect(ruledOut({}, { minReplicas: 2 })).toEqual({});
    expect(ruledOut({}, { minReplicas: 2, idleReplicas: 0 })).toEqual({});
  });
});

describe("a workload that is declared to idle at 0, fed by a queue", () => {
  const scenario = scenarioOf("queue-backlog");
  const not = (of: Partial<ScaledObjectState>, live: AutoscalingConfig = liveOf()): Record<string, string> => {
    const samples: Sample[] = [sample(0, { workerScaledObject: value({ ...SCALED_OBJECT, ...of }) })];
    return notPassed(configurationFailures(scenario, { live, samples }));
  };

  test("must not keep a minimum, but for an idle count below it", () => {
    const live = liveOf({ worker: { minReplicas: 1 } });
    expect(not({ minReplicas: 1 }, live)).toEqual({ "worker/scales-in": "fail: min-replicas-above-idle" });
    expect(not({ minReplicas: 1, idleReplicas: 0 }, live)).toEqual({});
  });

  test("needs a trigger that brings enough replicas for the messages that the load sends", () => {
    expect(not({ triggers: [busTrigger({ target: 5000 })] })).toEqual({
      "worker/scales-out": "fail: messages-per-replica-too-high",
    });
    expect(not({ triggers: [busTrigger({ activation: 5000 })] })).toEqual({
      "worker/scales-out": "fail: activation-threshold-not-exceeded",
    });
    // Its target is the formula's then.
    expect(not({ triggers: [busTrigger({ target: 5000 })], formula: "trig_one" })).toEqual({});
    expect(not({ triggers: [{ ...busTrigger({ target: 5000 }), type: "cpu", queue: null }] })).toEqual({});
  });
});

describe("the queue that a trigger watches", () => {
  const watched = (scenario: Pick<Scenario, "mustScale" | "queue">, ...triggers: ReturnType<typeof busTrigger>[]) => {
    const keda = { pollingIntervalSeconds: 5, cooldownSeconds: 15, triggers };
    return notPassed(watchesOtherQueue(scenario, liveOf({ worker: { ...LIVE_WORKER, keda } }), "orders"));
  };
  const backlog = scenarioOf("queue-backlog");

  test("has to be the one that the load fills", () => {
    expect(watched(backlog, busTrigger())).toEqual({});
    const other = { "worker/scales-out": "fail: scaled-object-polls-other-queue" };
    expect(watched(backlog, busTrigger({ queue: "invoices" }))).toEqual(other);
    expect(watched(backlog, busTrigger({ queue: "invoices" }), busTrigger())).toEqual({});
    expect(watched(scenarioOf("api-cpu"), busTrigger({ queue: "invoices" }))).toEqual({});
  });

  test("may be named by a pattern", () => {
    const pattern = (queue: string) => busTrigger({ queue, metadata: { queueName: queue, useRegex: "true" } });
    expect(watched(backlog, pattern("^orders$"))).toEqual({});
    expect(watched(backlog, pattern("^invoices$"))).toEqual({
      "worker/scales-out": "fail: scaled-object-polls-other-queue",
    });
    // KEDA compares all of the name, as the doctor does.
    expect(watched(backlog, pattern("^ord"))).toEqual({ "worker/scales-out": "fail: scaled-object-polls-other-queue" });
    expect(watched(backlog, busTrigger({ queue: "^orders$" }))).toEqual({
      "worker/scales-out": "fail: scaled-object-polls-other-queue",
    });
  });

  test("is nothing that can be said of triggers that name none", () => {
    expect(watched(backlog, busTrigger({ queue: null }))).toEqual({});
    expect(watched(backlog)).toEqual({});
  });
});
