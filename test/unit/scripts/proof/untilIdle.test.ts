import { blockersIn } from "../../../../scripts/proof/untilIdle.ts";
import { ABSENT, deployment, sample, SCALED_OBJECT, value } from "../../loadtest/fixtures.ts";

const condition = (status: string): { status: string; reason: string; message: string } => ({
  status,
  reason: "",
  message: "",
});
const scaledObject = (conditions: Record<string, string>): ReturnType<typeof value<typeof SCALED_OBJECT>> =>
  value({
    ...SCALED_OBJECT,
    conditions: Object.fromEntries(Object.entries(conditions).map(([type, status]) => [type, condition(status)])),
  });
const READY = { workerScaledObject: scaledObject({ Ready: "True", Fallback: "False" }) };

test("an idle system has no blockers", () => {
  expect(blockersIn(sample(0, READY), "orders-dev")).toEqual([]);
});

test.each<[string, Parameters<typeof sample>[1], string[]]>([
  [
    "a ScaledObject that is not ready, or on its fallback",
    { workerScaledObject: scaledObject({ Ready: "False", Fallback: "True" }) },
    ["ScaledObject worker is not ready", "ScaledObject worker is on its fallback"],
  ],
  ["a ScaledObject without its HPA", { ...READY, workerAutoscaler: ABSENT }, ["there is no HPA worker"]],
])("%s blocks although nothing is on the queue", (_, readings, expected) => {
  expect(blockersIn(sample(0, readings), "orders-dev")).toEqual(expected);
});

test("messages on the queue and pods above the minimum block", () => {
  const busy = { ...READY, queue: value({ active: 3, deadLettered: 0 }), workerDeployment: deployment(1) };
  expect(blockersIn(sample(0, busy), "orders-dev")).toHaveLength(2);
});
