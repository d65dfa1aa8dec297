import { idleSinceMs, idleBlockers } from "../../../loadtest/assertions/quiescence.ts";
import type { Sample } from "../../../loadtest/model/observed.ts";
import {
  ABSENT,
  API_AUTOSCALER,
  deployment,
  GAP,
  LOAD_START_MS,
  sample,
  samples,
  SCALED_OBJECT,
  value,
} from "./fixtures.ts";

const CPU = "cpu of container api";

test("nothing stands in the way of a cluster at rest", () => {
  expect(idleBlockers(sample(0))).toEqual([]);
});

test.each([
  ["a worker", { workerDeployment: deployment(2, 1) }, ["worker has 2 replicas desired and 1 ready, at rest it has 0"]],
  [
    "a worker held up by a pause",
    {
      workerDeployment: deployment(1),
      workerScaledObject: value({ ...SCALED_OBJECT, pausedBy: ['autoscaling.keda.sh/paused: "true"'] }),
    },
    [
      "worker has 1 replicas desired and 1 ready, at rest it has 0",
      'ScaledObject worker is paused (annotation autoscaling.keda.sh/paused: "true")',
    ],
  ],
  ["a backlog", { queue: value({ active: 12, deadLettered: 0 }) }, ["the queue still holds 12 messages"]],
  ["no queue", { queue: ABSENT }, ["the bus has no such queue"]],
  ["a queue that cannot be read", { queue: GAP }, ["the queue cannot be read: connect ECONNREFUSED"]],
  ["no HPA", { apiAutoscaler: ABSENT }, ["there is no HPA api"]],
  ["no Deployment", { apiDeployment: ABSENT }, ["there is no Deployment api"]],
  [
    "an API above its minimum",
    { apiDeployment: deployment(3) },
    ["api has 3 replicas desired and 3 ready, at rest it has 1"],
  ],
  [
    "an HPA without a reading",
    { apiAutoscaler: value({ ...API_AUTOSCALER, metrics: [{ name: CPU, current: null, target: 60 }] }) },
    [`HPA api has no reading of ${CPU} yet`],
  ],
  [
    "an HPA at its target",
    { apiAutoscaler: value({ ...API_AUTOSCALER, metrics: [{ name: CPU, current: 60, target: 60 }] }) },
    [`HPA api reads ${CPU} 60, its target is 60`],
  ],
  [
    "a roll-out",
    { apiDeployment: value({ desired: 1, ready: 1, replicas: 2, rolledOut: false }) },
    ["the roll-out of api is not finished"],
  ],
] as [string, Partial<Sample["readings"]>, string[]][])("%s stands in the way", (_title, readings, expected) => {
  expect(idleBlockers(sample(0, readings))).toEqual(expected);
});

test("a paused ScaledObject alone is for the load to find out", () => {
  expect(idleBlockers(sample(0, { workerScaledObject: value({ ...SCALED_OBJECT, pausedBy: ["x"] }) }))).toEqual([]);
});

test("rest is counted from the first sample of the last stretch without a break", () => {
  const seen = samples(0, 9, (at) => (at === 4 ? { queue: GAP } : {}));
  expect(idleSinceMs(seen)).toBe(LOAD_START_MS + 5000);
  expect(idleSinceMs(samples(0, 9, (at) => (at === 9 ? { queue: GAP } : {})))).toBeUndefined();
  expect(idleSinceMs([])).toBeUndefined();
});
