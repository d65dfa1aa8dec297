import { idleBlockers, idleSinceMs, type System } from "../../../loadtest/assertions/quiescence.ts";
import {
  ABSENT,
  API_AUTOSCALER,
  containerMetric,
  deployment,
  GAP,
  LOAD_START_MS,
  type Readings,
  sample,
  samples,
  SCALED_OBJECT,
  value,
  WORKLOADS,
} from "./fixtures.ts";

const SYSTEM: System = { workloads: WORKLOADS, queues: ["queue"] };

test("an idle cluster has no blockers", () => {
  expect(idleBlockers(sample(0), SYSTEM)).toEqual([]);
});

test.each([
  [
    "a worker",
    { workerDeployment: deployment(2, 1) },
    [["replicas-not-idle", "worker", { desired: 2, ready: 1, idleReplicas: 0 }]],
  ],
  [
    "a worker that a pause keeps",
    {
      workerDeployment: deployment(1),
      workerScaledObject: value({ ...SCALED_OBJECT, pausedBy: ['autoscaling.keda.sh/paused: "true"'] }),
    },
    [
      ["replicas-not-idle", "worker", { desired: 1, ready: 1, idleReplicas: 0 }],
      ["scaled-object-paused", "worker", { annotation: 'autoscaling.keda.sh/paused: "true"' }],
    ],
  ],
  ["a backlog", { queue: value({ active: 12, deadLettered: 0 }) }, [["queue-not-empty", "queue", { messages: 12 }]]],
  ["no queue", { queue: ABSENT }, [["queue-missing", "queue", {}]]],
  ["a queue that cannot be read", { queue: GAP }, [["queue-unreadable", "queue", { error: "connect ECONNREFUSED" }]]],
  ["no autoscaler", { apiAutoscaler: ABSENT }, [["autoscaler-missing", "api", {}]]],
  ["no Deployment", { apiDeployment: ABSENT }, [["deployment-missing", "api", {}]]],
  [
    "an API above its minimum",
    { apiDeployment: deployment(3) },
    [["replicas-not-idle", "api", { desired: 3, ready: 3, idleReplicas: 1 }]],
  ],
  [
    "an HPA without a reading",
    { apiAutoscaler: value({ ...API_AUTOSCALER, metrics: [containerMetric("cpu", "api", null, 60)] }) },
    [["hpa-metric-without-reading", "api", { metric: containerMetric("cpu", "api", null, 60) }]],
  ],
  [
    "an HPA at its target",
    { apiAutoscaler: value({ ...API_AUTOSCALER, metrics: [containerMetric("cpu", "api", 60, 60)] }) },
    [["hpa-metric-at-target", "api", { metric: containerMetric("cpu", "api", 60, 60) }]],
  ],
  [
    "a rollout",
    { apiDeployment: value({ desired: 1, ready: 1, replicas: 2, rolledOut: false }) },
    [["rollout-not-finished", "api", {}]],
  ],
] as [string, Partial<Readings>, [id: string, subject: string, params: object][]][])(
  "%s blocks",
  (_title, readings, expected) => {
    expect(idleBlockers(sample(0, readings), SYSTEM)).toEqual(
      expected.map(([id, subject, params]) => ({ id, subject, params })),
    );
  },
);

test("a paused ScaledObject alone is no blocker: the load shows it", () => {
  expect(idleBlockers(sample(0, { workerScaledObject: value({ ...SCALED_OBJECT, pausedBy: ["x"] }) }), SYSTEM)).toEqual(
    [],
  );
});

test("idle time is counted from the first sample of the last stretch without a break", () => {
  const seen = samples(0, 9, (at) => (at === 4 ? { queue: GAP } : {}));
  expect(idleSinceMs(seen, SYSTEM)).toBe(LOAD_START_MS + 5000);
  expect(
    idleSinceMs(
      samples(0, 9, (at) => (at === 9 ? { queue: GAP } : {})),
      SYSTEM,
    ),
  ).toBeUndefined();
  expect(idleSinceMs([], SYSTEM)).toBeUndefined();
});
