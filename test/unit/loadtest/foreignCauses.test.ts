import { whyMoved, whyNotBack, whyNotReached } from "../../../loadtest/assertions/causes.ts";
import type { Inspected } from "../../../loadtest/assertions/inspected.ts";
import { idleBlockers } from "../../../loadtest/assertions/quiescence.ts";
import type { Cause } from "../../../loadtest/model/cause.ts";
import type { WorkloadReadings } from "../../../loadtest/model/observed.ts";
import { ABSENT, containerMetric, deployment, GAP, value } from "./fixtures.ts";
import { externalMetric, FOREIGN, redisTrigger, shopHpa, shopSamples, shopScaledObject } from "./foreignSystem.ts";

const SHOP: Inspected = { workload: "shop", container: null, queue: null, pods: [] };

function ids(causes: readonly Cause[]): string[] {
  return causes.map(({ id }) => id);
}

describe("why a workload did not scale out", () => {
  const why = (shop: Partial<WorkloadReadings>, of: Partial<Inspected> = {}): Cause[] =>
    whyNotReached(
      shopSamples(-5, 60, () => shop),
      { ...SHOP, ...of },
      4,
    );

  test("the peak of every metric is told, the one furthest above its target first", () => {
    const [cpu, jobs] = [containerMetric("cpu", "shop", 70, 60), externalMetric(20, 5)];
    expect(why({ autoscaler: shopHpa({ metrics: [cpu, jobs] }) })).toEqual([
      { id: "hpa-metric-peak", subject: "shop-hpa", params: { metric: jobs } },
      { id: "hpa-metric-peak", subject: "shop-hpa", params: { metric: cpu } },
    ]);
  });

  test("an external metric that the HPA never read is told as its own API gave it", () => {
    const externalMetrics = value([
      { name: "s0-redis-jobs", value: 400 },
      { name: "s1-cron", value: 0 },
    ]);
    const scaledObject = value(shopScaledObject(true));
    const seen = (current: number | null): Partial<WorkloadReadings> => ({
      ...{ externalMetrics, scaledObject },
      autoscaler: shopHpa({ metrics: [externalMetric(current, 5)] }),
    });
    expect(why(seen(null))).toContainEqual({
      id: "external-metric-peak",
      subject: "shop",
      params: { name: "s0-redis-jobs", value: 400 },
    });
    expect(ids(why(seen(0)))).toEqual(["hpa-metric-peak", "external-metric-peak"]);
    expect(ids(why(seen(20)))).toEqual(["hpa-metric-peak"]);
  });

  test("a container counts as another one only where the workload's own is declared", () => {
    const autoscaler = shopHpa({ metrics: [containerMetric("cpu", "web", 3, 60)] });
    expect(ids(why({ autoscaler }))).toEqual(["hpa-metric-peak"]);
    expect(ids(why({ autoscaler }, { container: "web" }))).toEqual(["hpa-metric-peak"]);
    expect(ids(why({ autoscaler }, { container: "shop" }))).toEqual(["hpa-targets-other-container"]);
  });

  test("objects are called by their own names", () => {
    const scaledObject = value(shopScaledObject(true, { maxReplicas: 2, pausedBy: ["paused"] }));
    expect(why({ scaledObject }).map(({ id, subject }) => [id, subject])).toEqual([
      ["scaled-object-paused", "shop-scaler"],
      ["max-replicas-below-required", "shop-scaler"],
    ]);
  });

  test("without a ScaledObject an HPA of its own is sound, and without either there is no autoscaler", () => {
    expect(ids(why({ autoscaler: shopHpa({ metrics: [externalMetric(20, 5)] }) }))).toEqual(["hpa-metric-peak"]);
    expect(why({ autoscaler: ABSENT })).toEqual([{ id: "autoscaler-missing", subject: "shop", params: {} }]);
    expect(ids(why({ autoscaler: ABSENT, scaledObject: GAP }))).toEqual(["hpa-missing"]);
    expect(ids(why({ autoscaler: ABSENT, scaledObject: value(shopScaledObject(false)) }))).toEqual(["hpa-missing"]);
  });
});

test("a control that KEDA woke has its external metric as the cause", () => {
  const seen = shopSamples(-5, 60, (at) => ({
    scaledObject: value(shopScaledObject(at > 5)),
    externalMetrics: value([{ name: "s0-redis-jobs", value: at > 5 ? 7 : 0 }]),
    autoscaler: shopHpa({ desired: 0, metrics: [externalMetric(null, 5)] }),
  }));
  expect(whyMoved(seen, SHOP, 0)).toEqual([
    { id: "external-metric-peak", subject: "shop", params: { name: "s0-redis-jobs", value: 7 } },
  ]);
});

describe("why a workload did not scale in", () => {
  const why = (of: Parameters<typeof shopScaledObject>[1], idleReplicas: number, activeUntil = 100): Cause[] =>
    whyNotBack(
      shopSamples(-5, 200, (at) => ({ scaledObject: value(shopScaledObject(at > 0 && at < activeUntil, of)) })),
      SHOP,
      idleReplicas,
    );

  test("a minimum is a cause only above what is expected", () => {
    expect(ids(why({ minReplicas: 2 }, 2))).toEqual([]);
    expect(ids(why({ minReplicas: 2 }, 0))).toEqual(["min-replicas-above-idle"]);
    expect(ids(why({ minReplicas: 2, idleReplicas: 0 }, 0))).toEqual([]);
  });

  test("a cooldown counts from the last active trigger, and from a minimum it does not", () => {
    expect(why({ cooldownSeconds: 300 }, 0)).toEqual([
      { id: "cooldown-not-elapsed", subject: "shop-scaler", params: { cooldownSeconds: 300, emptySeconds: 100 } },
    ]);
    expect(ids(why({ cooldownSeconds: 300, minReplicas: 1 }, 1))).toEqual([]);
    expect(ids(why({ cooldownSeconds: 300 }, 0, 0))).toEqual([]);
  });
});

describe("what stands in the way of a load", () => {
  const blockers = (shop: Partial<WorkloadReadings>): Cause[] => {
    const [sample] = shopSamples(0, 0, () => shop);
    return sample === undefined ? [] : idleBlockers(sample, { workloads: FOREIGN, queues: [] });
  };
  const keda = (of: Parameters<typeof shopScaledObject>[1]): Partial<WorkloadReadings> => ({
    scaledObject: value(shopScaledObject(false, { triggers: [redisTrigger()], ...of })),
    autoscaler: shopHpa({ metrics: [externalMetric(null, 5)] }),
  });

  test("each workload idles where its own objects say", () => {
    expect(blockers({})).toEqual([]);
    expect(blockers({ ...keda({}), replicas: deployment(0) })).toEqual([]);
    expect(blockers({ ...keda({ minReplicas: 2 }), replicas: deployment(2) })).toEqual([]);
    expect(blockers({ ...keda({ minReplicas: 2, idleReplicas: 0 }), replicas: deployment(0) })).toEqual([]);
    expect(blockers({ ...keda({ minReplicas: 2, idleReplicas: 0 }), replicas: deployment(2) })).toEqual([
      { id: "replicas-not-idle", subject: "shop", params: { desired: 2, ready: 2, idleReplicas: 0 } },
    ]);
  });

  test("no autoscaler, and one that cannot be read", () => {
    expect(ids(blockers({ autoscaler: ABSENT }))).toEqual(["autoscaler-missing"]);
    expect(ids(blockers({ autoscaler: GAP }))).toEqual(["hpa-unreadable"]);
    expect(ids(blockers({ scaledObject: GAP }))).toEqual(["hpa-unreadable"]);
  });
});
