import type { V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import { autoscalerState } from "../../../loadtest/observe/hpa.ts";

/** As the API server answers, which is no instance of the client's classes. */
function metricsOf(metrics: unknown, currentMetrics: unknown): unknown {
  const answer: unknown = {
    spec: { maxReplicas: 3, scaleTargetRef: { kind: "Deployment", name: "web" }, metrics },
    status: { conditions: [], desiredReplicas: 1, currentMetrics },
  };
  return autoscalerState(answer as V2HorizontalPodAutoscaler).metrics;
}

test("a metric has its target's type where it is not the usual one of its kind", () => {
  const lag = { name: "lag" };
  expect(
    metricsOf(
      [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } } },
        { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "256Mi" } } },
        { type: "External", external: { metric: lag, target: { type: "Value", value: "10" } } },
        {
          type: "Pods",
          pods: { metric: { name: "requests" }, target: { type: "AverageValue", averageValue: "1500m" } },
        },
      ],
      [
        { type: "Resource", resource: { name: "memory", current: { averageValue: "300Mi" } } },
        { type: "External", external: { metric: lag, current: { value: "21" } } },
      ],
    ),
  ).toEqual([
    { metric: { kind: "Resource", name: "cpu" }, current: null, target: 60 },
    {
      ...{ metric: { kind: "Resource", name: "memory" }, current: 300 * 1024 ** 2, target: 256 * 1024 ** 2 },
      targetType: "AverageValue",
    },
    { metric: { kind: "External", name: "lag" }, current: 21, target: 10, targetType: "Value" },
    { metric: { kind: "Pods", name: "requests" }, current: null, target: 1.5 },
  ]);
});
