import { whyMoved, whyNotBack, whyNotReached } from "../../../loadtest/assertions/causes.ts";
import type { Inspected } from "../../../loadtest/assertions/inspected.ts";
import { type Expected, scalerCannot } from "../../../loadtest/assertions/scaledObjectLimits.ts";
import type { Cause } from "../../../loadtest/model/cause.ts";
import type { ScaledObjectState } from "../../../loadtest/model/autoscaling.ts";
import type { Sample } from "../../../loadtest/model/observed.ts";
import {
  ABSENT,
  API_AUTOSCALER,
  busTrigger,
  containerMetric,
  queueMetric,
  deployment,
  samples,
  SCALED_OBJECT,
  value,
  WORKER_AUTOSCALER,
} from "./fixtures.ts";

const SOUND: ScaledObjectState = {
  ...SCALED_OBJECT,
  triggers: [busTrigger({ queue: "orders", target: 50, activation: 0 })],
};
const EXPECTED: Expected = { messages: 4000, floor: 4, firstReplicaSeconds: 60, idleReplicasGoneSeconds: 600 };

/** With its container, and the queue that feeds the worker. */
function of(workload: "api" | "worker"): Inspected {
  return { workload, container: workload, queue: { name: "queue", workload: "worker" }, pods: [] };
}

/** A backlog of 4,000 from the load's start on, under a ScaledObject of which something differs. */
function backlog(scaledObject: Partial<ScaledObjectState>, seconds = 60): Sample[] {
  return samples(-5, seconds, (at) => ({
    queue: value({ active: at < 0 ? 0 : 4000, deadLettered: 0 }),
    workerScaledObject: value({ ...SOUND, ...scaledObject }),
  }));
}

test("a valid ScaledObject can do what is expected", () => {
  expect(scalerCannot(SOUND, EXPECTED)).toEqual([]);
});

test.each<[string, Partial<ScaledObjectState>, Pick<Cause, "id" | "params">]>([
  [
    "a maximum of one",
    { maxReplicas: 1 },
    { id: "max-replicas-below-required", params: { object: "ScaledObject", maxReplicas: 1, required: 4 } },
  ],
  [
    "far too many messages a replica",
    { triggers: [busTrigger({ target: 100_000 })] },
    {
      id: "messages-per-replica-too-high",
      params: { messagesPerReplica: 100_000, messages: 4000, recommended: 1, required: 4 },
    },
  ],
  [
    "an activation that no backlog reaches",
    { triggers: [busTrigger({ activation: 5000 })] },
    { id: "activation-threshold-not-exceeded", params: { activationMessages: 5000, messages: 4000 } },
  ],
  [
    "a poll beyond the objective",
    { pollingIntervalSeconds: 300 },
    { id: "polling-interval-exceeds-objective", params: { pollingIntervalSeconds: 300, objectiveSeconds: 60 } },
  ],
  [
    "a cooldown beyond the objective",
    { cooldownSeconds: 86_400 },
    { id: "cooldown-exceeds-objective", params: { cooldownSeconds: 86_400, objectiveSeconds: 600 } },
  ],
])("is known before any load: %s", (_, change, cause) => {
  expect(scalerCannot({ ...SOUND, ...change }, EXPECTED, "orders")).toEqual([{ ...cause, subject: "orders" }]);
});

describe("why a workload did not scale out", () => {
  test("a worker that only had no time has no cause but its metric", () => {
    expect(whyNotReached(backlog({}), of("worker"), 4)).toEqual([
      { id: "hpa-metric-peak", subject: "worker", params: { metric: queueMetric(0, 50) } },
    ]);
  });

  test.each<[string, Sample[], "api" | "worker", Pick<Cause, "id" | "params">]>([
    [
      "the maximum",
      backlog({ maxReplicas: 1 }),
      "worker",
      { id: "max-replicas-below-required", params: { object: "ScaledObject", maxReplicas: 1, required: 4 } },
    ],
    [
      "messages a replica",
      backlog({ triggers: [busTrigger({ target: 100_000 })] }),
      "worker",
      {
        id: "messages-per-replica-too-high",
        params: { messagesPerReplica: 100_000, messages: 4000, recommended: 1, required: 4 },
      },
    ],
    [
      "the poll",
      backlog({ pollingIntervalSeconds: 300 }),
      "worker",
      { id: "polling-interval-not-elapsed", params: { pollingIntervalSeconds: 300, waitedSeconds: 60 } },
    ],
    [
      "an HPA on CPU in the ScaledObject's place",
      samples(-5, 60, (at) => ({
        queue: value({ active: at < 0 ? 0 : 4000, deadLettered: 0 }),
        workerScaledObject: ABSENT,
        workerAutoscaler: value({
          ...WORKER_AUTOSCALER,
          conditions: {},
          metrics: [containerMetric("cpu", "worker", at < 0 ? 3 : 24, 60)],
        }),
        workerDeployment: deployment(1),
      })),
      "worker",
      {
        id: "scaled-by-hpa-without-queue-length",
        params: { metrics: [containerMetric("cpu", "worker", 24, 60)] },
      },
    ],
    [
      "an HPA on the sidecar",
      samples(-5, 60, () => ({
        apiAutoscaler: value({
          ...API_AUTOSCALER,
          metrics: [containerMetric("cpu", "validator", 3, 60)],
        }),
      })),
      "api",
      { id: "hpa-targets-other-container", params: { metric: containerMetric("cpu", "validator", 3, 60) } },
    ],
    [
      "an HPA's maximum",
      samples(-5, 60, () => ({ apiAutoscaler: value({ ...API_AUTOSCALER, max: 1 }) })),
      "api",
      {
        id: "max-replicas-below-required",
        params: { object: "HorizontalPodAutoscaler", maxReplicas: 1, required: 4 },
      },
    ],
    [
      "a quota",
      samples(-5, 60, () => ({
        workerDeployment: value({ desired: 8, replicas: 0, ready: 0, rolledOut: true, refused: "exceeded quota" }),
      })),
      "worker",
      { id: "replicas-refused", params: { message: "exceeded quota" } },
    ],
    [
      "a scale-up window that has held the HPA back, if only for a while",
      samples(-5, 60, (at) => ({
        apiAutoscaler: value({
          ...API_AUTOSCALER,
          scaleUp: { ...API_AUTOSCALER.scaleUp, stabilizationSeconds: 170 },
          conditions: {
            AbleToScale: { status: "True", reason: at === 30 ? "ScaleUpStabilized" : "x", message: "lowest" },
          },
        }),
      })),
      "api",
      { id: "hpa-scale-up-stabilized", params: { windowSeconds: 170, message: "lowest" } },
    ],
  ])("%s", (_, seen, workload, cause) => {
    expect(whyNotReached(seen, of(workload), 4)).toContainEqual({ ...cause, subject: workload });
  });

  test("pods that say why they do not start, once for each reason", () => {
    const pod = { workload: "worker", createdMs: 0, readyMs: null, goneMs: null, endedBecause: null, restarts: 0 };
    const crash = {
      kind: "crash-loop",
      container: "worker",
      reason: "CrashLoopBackOff",
      message: "exit code 1",
    } as const;
    const pending = { kind: "unschedulable", container: null, reason: "Unschedulable", message: "0/1 nodes" } as const;
    const image = { kind: "image", container: "worker", reason: "ErrImagePull", message: "not found" } as const;
    const pods = [crash, crash, pending, image, null].map((trouble, index) => ({
      ...pod,
      name: `w-${index}`,
      trouble,
    }));
    const seen = samples(-5, 60, () => ({ workerDeployment: deployment(8, 0) }));
    expect(whyNotReached(seen, { ...of("worker"), queue: null, pods }, 4)).toEqual([
      { id: "pods-not-ready", subject: "worker", params: { desired: 8, ready: 0 } },
      {
        id: "pods-crash-looping",
        subject: "worker",
        params: { pods: 2, pod: "w-0", container: "worker", ended: "exit code 1" },
      },
      { id: "pods-unschedulable", subject: "worker", params: { pods: 1, pod: "w-2", message: "0/1 nodes" } },
      {
        id: "pods-cannot-be-created",
        subject: "worker",
        params: { pods: 1, pod: "w-3", container: "worker", reason: "ErrImagePull", message: "not found" },
      },
    ]);
  });
});

describe("why the API scaled under a queue's load", () => {
  function apiWith(cpuBefore: number, cpuAfter: number): Sample[] {
    return samples(-5, 30, (at) => ({
      queue: value({ active: at < 0 ? 0 : 4000, deadLettered: 0 }),
      apiAutoscaler: value({
        ...API_AUTOSCALER,
        desired: at < 20 ? 1 : 4,
        metrics: [containerMetric("cpu", "api", at < 20 ? cpuBefore : cpuAfter, 60)],
      }),
    }));
  }

  test("its CPU rose when messages came", () => {
    expect(whyMoved(apiWith(8, 310), of("api"), 1)).toContainEqual({
      id: "metric-follows-queue",
      subject: "api",
      params: { metric: containerMetric("cpu", "api", 310, 60), emptyQueuePeak: 8, messages: 4000 },
    });
  });

  test("its CPU was high before", () => {
    expect(whyMoved(apiWith(200, 310), of("api"), 1)).toEqual([
      { id: "hpa-recommended", subject: "api", params: { replicas: 4 } },
      { id: "hpa-metric-peak", subject: "api", params: { metric: containerMetric("cpu", "api", 310, 60) } },
    ]);
  });
});

describe("why the worker did not scale in", () => {
  const idle = (scaledObject: Partial<ScaledObjectState>): Sample[] =>
    samples(0, 200, (at) => ({
      queue: value({ active: at < 100 ? 10 : 0, deadLettered: 0 }),
      workerDeployment: deployment(4),
      workerScaledObject: value({ ...SOUND, ...scaledObject }),
    }));

  test("its cooldown is not over", () => {
    expect(whyNotBack(idle({ cooldownSeconds: 86_400 }), of("worker"), 0)).toEqual([
      { id: "cooldown-not-elapsed", subject: "worker", params: { cooldownSeconds: 86_400, emptySeconds: 100 } },
    ]);
  });

  test("a cooldown that is over is no cause", () => {
    expect(whyNotBack(idle({}), of("worker"), 0)).toEqual([]);
  });

  test("it keeps some for good", () => {
    expect(whyNotBack(idle({ minReplicas: 1 }), of("worker"), 0)).toEqual([
      { id: "min-replicas-above-idle", subject: "worker", params: { minReplicas: 1 } },
    ]);
  });
});
