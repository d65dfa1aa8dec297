import { blockersIn } from "../../../../scripts/mutants/baseline.ts";

function deployment(name: string, replicas: number, status: object = {}): object {
  return {
    kind: "Deployment",
    metadata: { name, generation: 2 },
    spec: { replicas },
    status: { observedGeneration: 2, replicas, readyReplicas: replicas, updatedReplicas: replicas, ...status },
  };
}

function scaledObject(conditions: Record<string, string>): object {
  return {
    kind: "ScaledObject",
    metadata: { name: "worker" },
    status: { conditions: Object.entries(conditions).map(([type, status]) => ({ type, status })) },
  };
}

const hpa = (name: string, minReplicas = 1): object => ({
  kind: "HorizontalPodAutoscaler",
  metadata: { name },
  spec: { minReplicas },
});
const IDLE = { Ready: "True", Active: "False", Fallback: "False" };

test("an idle system has no blockers", () => {
  const items = [deployment("api", 2), deployment("worker", 0), hpa("api", 2), hpa("worker"), scaledObject(IDLE)];
  expect(blockersIn({ items })).toEqual([]);
});

test.each<[string, object[], string[]]>([
  [
    "messages",
    [
      deployment("api", 1),
      deployment("worker", 0),
      hpa("api"),
      hpa("worker"),
      scaledObject({ ...IDLE, Active: "True" }),
    ],
    ["KEDA sees messages on the queue"],
  ],
  [
    "a ScaledObject that is not ready, or on its fallback",
    [
      deployment("api", 1),
      deployment("worker", 0),
      hpa("api"),
      hpa("worker"),
      scaledObject({ Ready: "False", Active: "False", Fallback: "True" }),
    ],
    ["ScaledObject worker is not ready", "ScaledObject worker is on its fallback"],
  ],
  [
    "pods that are still there",
    [
      deployment("api", 1, { replicas: 2 }),
      deployment("worker", 0, { replicas: 1, updatedReplicas: 1 }),
      hpa("api"),
      hpa("worker"),
      scaledObject(IDLE),
    ],
    ["the rollout of api is not finished", "worker has 0 desired, 1 existing and 0 ready"],
  ],
  [
    "what is missing",
    [deployment("api", 1), hpa("api")],
    ["there is no ScaledObject worker", "there is no HPA worker", "there is no Deployment worker"],
  ],
])("is named: %s", (_, items, blockers) => {
  expect(blockersIn({ items })).toEqual(blockers);
});
