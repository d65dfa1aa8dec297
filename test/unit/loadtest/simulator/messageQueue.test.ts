import { advanceTo, newAgenda } from "../../../../loadtest/simulator/agenda.ts";
import {
  activeMessages,
  type MessageQueue,
  type MessageQueueScript,
  newMessageQueue,
} from "../../../../loadtest/simulator/messageQueue.ts";
import { happenTo, newDeployment, type PodTemplate, setReplicas } from "../../../../loadtest/simulator/pods.ts";
import { scaledObject } from "../../../../loadtest/simulator/scaledObject.ts";
import { type BothRows, simulateBoth } from "../../../../loadtest/simulator/simulateBoth.ts";
import { seeded } from "../../../support/simulator/random.ts";

const TEMPLATE: PodTemplate = {
  containers: [],
  createMillis: 100,
  startMillis: 900,
  readyMillis: 1000,
  goneMillis: 5000,
};

function queueOf(replicas: number, script: Partial<MessageQueueScript>): MessageQueue {
  return newMessageQueue(newDeployment(newAgenda(), TEMPLATE, replicas), {
    arrivals: [{ atSeconds: 0, messages: 10 }],
    concurrency: 2,
    serviceMillis: () => 1000,
    lockMillis: 30_000,
    ...script,
  });
}

const counts = ({ waiting, locked, completed, expired }: MessageQueue): number[] => [
  waiting,
  locked,
  completed,
  expired,
];

describe("a queue with its consumers", () => {
  test("each pod works on as many messages as it may, and a locked message is an active one", () => {
    const queue = queueOf(2, {});
    advanceTo(queue.deployment.agenda, 500);
    expect(counts(queue)).toEqual([6, 4, 0, 0]);
    expect(activeMessages(queue)).toBe(10);
    advanceTo(queue.deployment.agenda, 1500);
    expect(counts(queue)).toEqual([2, 4, 4, 0]);
  });

  test("a pod takes messages from the moment at which it is ready", () => {
    const queue = queueOf(0, {});
    setReplicas(queue.deployment, 1);
    advanceTo(queue.deployment.agenda, 1999);
    expect(counts(queue)).toEqual([10, 0, 0, 0]);
    advanceTo(queue.deployment.agenda, 2001);
    expect(counts(queue)).toEqual([8, 2, 0, 0]);
  });

  test("a pod that terminates finishes what it has and takes no more", () => {
    const queue = queueOf(1, {});
    setReplicas(queue.deployment, 0);
    advanceTo(queue.deployment.agenda, 60_000);
    expect(counts(queue)).toEqual([8, 0, 2, 0]);
  });

  test.each([
    [
      "is gone before it has finished",
      (queue: MessageQueue) => {
        setReplicas(queue.deployment, 0);
      },
      5100,
    ],
    [
      "fails",
      (queue: MessageQueue) => {
        happenTo(queue.deployment, 1, "failed");
      },
      0,
    ],
  ])("what a pod has that %s stays locked until its locks run out", (_, end, goneMillis) => {
    const queue = queueOf(1, { serviceMillis: () => 20_000 });
    advanceTo(queue.deployment.agenda, 1);
    end(queue);
    queue.deployment.replicas = 0;
    advanceTo(queue.deployment.agenda, goneMillis + 30_001);
    expect(counts(queue)).toEqual([8, 2, 0, 0]);
    advanceTo(queue.deployment.agenda, goneMillis + 30_003);
    expect(counts(queue)).toEqual([10, 0, 0, 2]);
  });
});

/** 4000 messages for a ScaledObject that scales from 0. */
function drained(
  seed: number,
  annotations: Record<string, string> = {},
): BothRows & { queue: MessageQueue | undefined } {
  const random = seeded(seed);
  let queue: MessageQueue | undefined;
  const spec = scaledObject.parse({
    annotations,
    spec: {
      pollingInterval: 5,
      cooldownPeriod: 30,
      maxReplicaCount: 10,
      triggers: [{ type: "azure-servicebus", metadata: { queueName: "orders", messageCount: "50" } }],
    },
  });
  const rows = simulateBoth(
    {
      seconds: 900,
      replicas: 0,
      pods: TEMPLATE,
      usage: [],
      sets: [],
      podEvents: [],
      scrapeMillis: 0,
      readMillis: 0,
      scaledObject: spec,
      createdSeconds: -3600,
      lastActiveSeconds: null,
      hpaMillis: 1100,
    },
    ({ deployment }) => {
      const made = newMessageQueue(deployment, {
        arrivals: [{ atSeconds: 12, messages: 4000 }],
        concurrency: 5,
        serviceMillis: () => random.int(300, 700),
        lockMillis: 30_000,
      });
      queue = made;
      return () => ({ count: activeMessages(made), attemptMillis: 10 });
    },
  );
  return { ...rows, queue };
}

describe("KEDA, an HPA and a queue that they drain", () => {
  test("it goes from 0 to the maximum, drains, and back to 0 in one step when the cooldown is over", () => {
    const { syncs, keda, queue } = drained(1);
    const set = keda.filter(({ by }) => by === "poll").map(({ atMillis, replicas }) => ({ atMillis, replicas }));
    expect(set.find(({ replicas }) => replicas > 0)).toEqual({ atMillis: 15_000, replicas: 1 });
    expect(syncs.filter((row) => row.desired > row.replicas).map((row) => row.desired)).toEqual([4, 8, 10]);
    expect(queue && counts(queue)).toEqual([0, 0, 4000, 0]);
    const lastActiveMillis = keda.at(-1)?.lastActiveMillis ?? 0;
    const idle = set.find(({ atMillis, replicas }) => atMillis > 15_000 && replicas === 0);
    expect((idle?.atMillis ?? 0) - lastActiveMillis).toBeGreaterThanOrEqual(30_000);
    expect((idle?.atMillis ?? 0) - lastActiveMillis).toBeLessThanOrEqual(35_000);
  });

  test.each([
    ["paused", "true", 0],
    ["paused-replicas", "3", 3],
  ])("%s=%s: there are %d replicas all the time, and no HPA", (annotation, value, replicas) => {
    const { syncs, keda } = drained(1, { [`autoscaling.keda.sh/${annotation}`]: value });
    expect(syncs).toEqual([]);
    expect(new Set(keda.map((row) => row.replicas))).toEqual(new Set([replicas]));
  });

  test("is the same for the same seed, and another for another", () => {
    const rows = ({ syncs, keda }: BothRows): unknown => ({ syncs, keda });
    expect(rows(drained(1))).toEqual(rows(drained(1)));
    expect(rows(drained(2))).not.toEqual(rows(drained(1)));
  });
});
