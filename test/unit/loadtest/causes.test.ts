import {
  type Expected,
  scalerCannot,
  whyMoved,
  whyNotBack,
  whyNotReached,
} from "../../../loadtest/assertions/causes.ts";
import type { ScaledObjectState } from "../../../loadtest/model/autoscaling.ts";
import type { Sample } from "../../../loadtest/model/observed.ts";
import { ABSENT, API_AUTOSCALER, deployment, samples, SCALED_OBJECT, value, WORKER_AUTOSCALER } from "./fixtures.ts";

const SOUND: ScaledObjectState = {
  ...SCALED_OBJECT,
  queue: "orders",
  messagesPerReplica: 50,
  activationMessages: 0,
};
const EXPECTED: Expected = { messages: 4000, floor: 4, firstWorkerSeconds: 60, idleWorkersGoneSeconds: 600 };

/** A backlog of 4,000 from the load's start on, under a ScaledObject of which something differs. */
function backlog(scaledObject: Partial<ScaledObjectState>, seconds = 60): Sample[] {
  return samples(-5, seconds, (at) => ({
    queue: value({ active: at < 0 ? 0 : 4000, deadLettered: 0 }),
    workerScaledObject: value({ ...SOUND, ...scaledObject }),
  }));
}

test("a ScaledObject as it should be can do what is expected", () => {
  expect(scalerCannot(SOUND, EXPECTED)).toEqual([]);
});

test.each<[string, Partial<ScaledObjectState>, string]>([
  ["a maximum of one", { maxReplicas: 1 }, "ScaledObject worker allows 1 replica at the most (maxReplicaCount)"],
  [
    "far too many messages a replica",
    { messagesPerReplica: 100_000 },
    "ScaledObject worker asks for one replica for each 100000 messages (messageCount), so that 4000 messages want 1",
  ],
  [
    "an activation that no backlog reaches",
    { activationMessages: 5000 },
    "ScaledObject worker starts no worker for up to 5000 messages (activationMessageCount), and 4000 wait",
  ],
  [
    "a poll beyond the objective",
    { pollingIntervalSeconds: 300 },
    "ScaledObject worker looks at the queue every 300 s only while there is no worker (pollingInterval), and the first worker has to be ready 60 s after a backlog",
  ],
  [
    "a cooldown beyond the objective",
    { cooldownSeconds: 86_400 },
    "ScaledObject worker keeps idle workers for 86400 s (cooldownPeriod), and they have to be gone after 600 s",
  ],
])("is told before any load: %s", (_, change, cause) => {
  expect(scalerCannot({ ...SOUND, ...change }, EXPECTED)).toEqual([cause]);
});

describe("why a workload did not scale out", () => {
  test("nothing is made up for a worker that only had no time", () => {
    expect(whyNotReached(backlog({}), "worker", 4)).toEqual([
      "HPA worker read at most s0-azure-servicebus-orders 0 (target 50)",
    ]);
  });

  test.each<[string, Sample[], "api" | "worker", string]>([
    ["the maximum", backlog({ maxReplicas: 1 }), "worker", "allows 1 replica at the most (maxReplicaCount)"],
    [
      "messages a replica",
      backlog({ messagesPerReplica: 100_000 }),
      "worker",
      "one replica for each 100000 messages (messageCount), so that 4000 messages want 1",
    ],
    [
      "the poll",
      backlog({ pollingIntervalSeconds: 300 }),
      "worker",
      "looks at the queue every 300 s only while there is no worker (pollingInterval), and messages waited for 60 s",
    ],
    [
      "an HPA on CPU in the ScaledObject's place",
      samples(-5, 60, (at) => ({
        queue: value({ active: at < 0 ? 0 : 4000, deadLettered: 0 }),
        workerScaledObject: ABSENT,
        workerAutoscaler: value({
          ...WORKER_AUTOSCALER,
          conditions: {},
          metrics: [{ name: "cpu of container worker", current: at < 0 ? 3 : 24, target: 60 }],
        }),
        workerDeployment: deployment(1),
      })),
      "worker",
      "Deployment worker is scaled by an HPA on cpu of container worker, which read at most 24 % (target 60 %) and not by the queue's length",
    ],
    [
      "an HPA on the sidecar",
      samples(-5, 60, () => ({
        apiAutoscaler: value({
          ...API_AUTOSCALER,
          metrics: [{ name: "cpu of container validator", current: 3, target: 60 }],
        }),
      })),
      "api",
      "HPA api looks at container validator and not at api: its cpu read at most 3 % (target 60 %)",
    ],
    [
      "an HPA's maximum",
      samples(-5, 60, () => ({ apiAutoscaler: value({ ...API_AUTOSCALER, max: 1 }) })),
      "api",
      "HPA api allows 1 replica at the most (maxReplicas)",
    ],
  ])("%s", (_, seen, workload, cause) => {
    expect(whyNotReached(seen, workload, 4).join("; ")).toContain(cause);
  });
});

describe("why the API moved under a queue's load", () => {
  function apiWith(cpuBefore: number, cpuAfter: number): Sample[] {
    return samples(-5, 30, (at) => ({
      queue: value({ active: at < 0 ? 0 : 4000, deadLettered: 0 }),
      apiAutoscaler: value({
        ...API_AUTOSCALER,
        desired: at < 20 ? 1 : 4,
        metrics: [{ name: "cpu of container api", current: at < 20 ? cpuBefore : cpuAfter, target: 60 }],
      }),
    }));
  }

  test("its CPU rose when messages came", () => {
    expect(whyMoved(apiWith(8, 310), "api", 1)).toContain(
      "cpu of container api follows the queue: 8 % at the most while the queue was empty, 310 % while it held up to 4000 messages; the API does work of the queue's",
    );
  });

  test("its CPU was high before", () => {
    expect(whyMoved(apiWith(200, 310), "api", 1)).toEqual([
      "HPA api asked for 4",
      "HPA api read at most cpu of container api 310 (target 60)",
    ]);
  });
});

describe("why the worker did not come back", () => {
  const idle = (scaledObject: Partial<ScaledObjectState>): Sample[] =>
    samples(0, 200, (at) => ({
      queue: value({ active: at < 100 ? 10 : 0, deadLettered: 0 }),
      workerDeployment: deployment(4),
      workerScaledObject: value({ ...SOUND, ...scaledObject }),
    }));

  test("its cooldown is not over", () => {
    expect(whyNotBack(idle({ cooldownSeconds: 86_400 }), "worker")).toEqual([
      "ScaledObject worker keeps idle workers for 86400 s (cooldownPeriod), and the queue had been empty for 100 s",
    ]);
  });

  test("a cooldown that is over is no cause", () => {
    expect(whyNotBack(idle({}), "worker")).toEqual([]);
  });

  test("it keeps some for good", () => {
    expect(whyNotBack(idle({ minReplicas: 1 }), "worker")).toEqual([
      "ScaledObject worker keeps at least 1 (minReplicaCount)",
    ]);
  });
});
