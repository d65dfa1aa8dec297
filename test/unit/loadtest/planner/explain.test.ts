import type { AutoscalerState, ScaledObjectState } from "../../../../loadtest/model/autoscaling.ts";
import type { WorkloadReadings } from "../../../../loadtest/model/observed.ts";
import { explain } from "../../../../loadtest/planner/explain.ts";
import { ruleText } from "../../../../scripts/planning/explainText.ts";
import {
  ABSENT,
  API_AUTOSCALER,
  containerMetric,
  deployment,
  GAP,
  queueMetric,
  SCALED_OBJECT,
  value,
  WORKER_AUTOSCALER,
} from "../fixtures.ts";

const on = (reason: string) => ({ status: "True", reason, message: "" });
const off = (reason: string, message = "") => ({ status: "False", reason, message });
const SCALING = { ScalingActive: on("ValidMetricFound"), AbleToScale: on("ReadyForNewScale") };

function byHpa(desired: number, of: Partial<AutoscalerState> = {}, ready = desired): WorkloadReadings {
  const autoscaler = { ...API_AUTOSCALER, current: desired, conditions: SCALING, ...of };
  return {
    replicas: deployment(desired, ready),
    autoscaler: value(autoscaler),
    scaledObject: ABSENT,
    externalMetrics: ABSENT,
  };
}

function byKeda(desired: number, of: Partial<ScaledObjectState>, hpa: Partial<AutoscalerState> = {}): WorkloadReadings {
  return {
    ...byHpa(desired),
    autoscaler: value({ ...WORKER_AUTOSCALER, current: desired, conditions: SCALING, ...hpa }),
    scaledObject: value({ ...SCALED_OBJECT, ...of }),
    externalMetrics: value([{ name: "s0-azure-servicebus-orders", value: 4000 }]),
  };
}

const cpu = (current: number | null): Partial<AutoscalerState> => ({
  metrics: [containerMetric("cpu", "api", current, 60)],
});
const limited = (reason: string) => ({ conditions: { ...SCALING, ScalingLimited: on(reason) } });
const active = { conditions: { Active: on("ScalerActive") } };
const inactive = { conditions: { Active: off("ScalerNotActive") } };
const full = { metrics: [queueMetric(500, 50)] };

test.each<[string, WorkloadReadings, string[]]>([
  ["as many as the metric calls for", byHpa(3, cpu(80)), ["next-sync"]],
  ["the metric within tolerance", byHpa(3, cpu(63)), ["tolerance"]],
  ["a metric that calls for just these", byHpa(1, cpu(5)), ["target"]],
  ["fewer called for, above the minimum", byHpa(4, cpu(10)), ["window"]],
  ["fewer called for, at the minimum", byHpa(2, { ...cpu(10), min: 2 }), ["minimum"]],
  ["pods that are not ready", byHpa(3, cpu(60), 1), ["tolerance", "start"]],
  ["a limit of policies", byHpa(5, { ...cpu(300), ...limited("ScaleUpLimit") }), ["policy"]],
  ["a limit of policies on the way in", byHpa(5, { ...cpu(6), ...limited("ScaleDownLimit") }), ["policy"]],
  ["the maximum", byHpa(6, { ...cpu(300), ...limited("TooManyReplicas") }), ["maximum"]],
  ["the minimum by its condition", byHpa(1, { ...cpu(6), ...limited("TooFewReplicas") }), ["minimum"]],
  [
    "a limit that holds no more",
    byHpa(3, { ...cpu(60), conditions: { ...SCALING, ScalingLimited: off("TooManyReplicas") } }),
    ["tolerance"],
  ],
  [
    "a window on the way out",
    byHpa(1, { ...cpu(300), conditions: { ...SCALING, AbleToScale: on("ScaleUpStabilized") } }),
    ["window"],
  ],
  [
    "a metric that cannot be read",
    byHpa(2, { ...cpu(null), conditions: { ScalingActive: off("FailedGetResourceMetric", "no metrics") } }),
    ["metric-failed"],
  ],
  ["a pause", byKeda(0, { pausedBy: ['autoscaling.keda.sh/paused: "true"'] }), ["paused"]],
  ["a poll to come", byKeda(0, active), ["poll"]],
  ["nothing to do", byKeda(0, inactive), ["idle"]],
  ["a cooldown", byKeda(1, inactive), ["cooldown"]],
  ["KEDA's HPA at its policies", byKeda(5, active, { ...full, ...limited("ScaleUpLimit") }), ["policy"]],
  [
    "a minimum that the HPA keeps",
    byKeda(2, { ...inactive, minReplicas: 2 }, { min: 2, metrics: [queueMetric(0, 50)] }),
    ["minimum"],
  ],
  ["a fallback", byKeda(1, { conditions: { Active: on("a"), Fallback: on("FallbackExists") } }), ["fallback"]],
  [
    "a ScaledObject that is not ready",
    byKeda(0, { conditions: { Ready: off("ScaledObjectCheckFailed", "no queue") } }),
    ["scaled-object-not-ready"],
  ],
  ["no autoscaler", { ...byHpa(2), autoscaler: ABSENT }, ["no-autoscaler"]],
  ["an HPA that could not be read", { ...byHpa(2), autoscaler: GAP }, ["not-read"]],
])("%s decides", (_, readings, rules) => {
  const explained = explain(readings);
  expect(explained.rules.map(({ id }) => id)).toEqual(rules);
  for (const rule of explained.rules) expect(ruleText(rule)).not.toMatch(/undefined|null|NaN/);
});

test("a metric is told with its reading, its source and what it calls for", () => {
  expect(explain(byKeda(5, active, full)).proposals).toEqual([
    {
      metric: { kind: "External", name: "s0-azure-servicebus-orders" },
      current: 500,
      target: 50,
      total: 4000,
      replicas: 50,
      withinTolerance: false,
    },
  ]);
  // At 0 replicas the HPA has read nothing: its source counts.
  expect(explain(byKeda(0, active)).proposals[0]).toMatchObject({ replicas: 80 });
});
