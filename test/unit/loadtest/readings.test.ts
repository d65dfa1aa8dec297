import { containerMetric } from "./fixtures.ts";
import type { V1Deployment, V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import { autoscalerState, parseQuantity } from "../../../loadtest/observe/hpa.ts";
import { replicaState } from "../../../loadtest/observe/replicas.ts";
import { scaledObjectState } from "../../../loadtest/observe/scaledObject.ts";
import { metricsResolutionSeconds } from "../../../loadtest/observe/metricsResolution.ts";

test.each([
  ["5", 5],
  ["2500m", 2.5],
  ["382667m", 382.667],
  ["-9223372036854775808m", null],
  ["1k", 1000],
  ["2Ki", 2048],
  ["0", 0],
  ["", null],
  ["5 apples", null],
] as const)("the quantity %j is %j", (text, expected) => {
  expect(parseQuantity(text)).toBe(expected);
});

test("a Deployment that was never scaled wants one, and is not rolled out before its controller has seen it", () => {
  const selector = {};
  const unseen: unknown = { metadata: { generation: 2 }, spec: { selector } };
  expect(replicaState(unseen as V1Deployment)).toEqual({ desired: 1, replicas: 0, ready: 0, rolledOut: false });
  const seen: unknown = {
    metadata: { generation: 2 },
    spec: { replicas: 3, selector },
    status: { observedGeneration: 2, replicas: 3, readyReplicas: 2, updatedReplicas: 3 },
  };
  expect(replicaState(seen as V1Deployment)).toEqual({ desired: 3, replicas: 3, ready: 2, rolledOut: true });
});

test("an HPA's metrics are told apart, and one without a reading has null", () => {
  const autoscaler: unknown = {
    spec: {
      scaleTargetRef: { kind: "Deployment", name: "api" },
      maxReplicas: 6,
      metrics: [
        {
          type: "ContainerResource",
          containerResource: { container: "api", name: "cpu", target: { type: "Utilization", averageUtilization: 60 } },
        },
        {
          type: "ContainerResource",
          containerResource: {
            container: "api",
            name: "memory",
            target: { type: "Utilization", averageUtilization: 80 },
          },
        },
        {
          type: "External",
          external: { metric: { name: "s0-orders" }, target: { type: "AverageValue", averageValue: "50" } },
        },
      ],
    },
    status: {
      desiredReplicas: 2,
      currentReplicas: 1,
      currentMetrics: [
        { type: "External", external: { metric: { name: "s0-orders" }, current: { averageValue: "12500m" } } },
        {
          type: "ContainerResource",
          containerResource: { container: "api", name: "memory", current: { averageUtilization: 33 } },
        },
      ],
    },
  };
  const state = autoscalerState(autoscaler as V2HorizontalPodAutoscaler);
  expect(state).toMatchObject({ min: 1, max: 6, desired: 2 });
  // It declares no behaviour: these are Kubernetes' defaults.
  expect(state.scaleUp).toEqual({
    stabilizationSeconds: 0,
    selectPolicy: "Max",
    policies: [
      { type: "Pods", value: 4, periodSeconds: 15 },
      { type: "Percent", value: 100, periodSeconds: 15 },
    ],
  });
  expect(state.scaleDown).toEqual({
    stabilizationSeconds: 300,
    selectPolicy: "Max",
    policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
  });
  expect(state.metrics).toEqual([
    containerMetric("cpu", "api", null, 60),
    containerMetric("memory", "api", 33, 80),
    { metric: { kind: "External", name: "s0-orders" }, current: 12.5, target: 50 },
  ]);
});

test("a declared behaviour is taken as it is, and what it leaves out is the default", () => {
  const autoscaler: unknown = {
    spec: {
      scaleTargetRef: {},
      maxReplicas: 6,
      behavior: {
        scaleUp: { selectPolicy: "Min", policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] },
        scaleDown: { selectPolicy: "Disabled", stabilizationWindowSeconds: 30 },
      },
    },
  };
  const { scaleUp, scaleDown } = autoscalerState(autoscaler as V2HorizontalPodAutoscaler);
  expect(scaleUp).toEqual({
    stabilizationSeconds: 0,
    selectPolicy: "Min",
    policies: [{ type: "Pods", value: 1, periodSeconds: 60 }],
  });
  expect(scaleDown).toMatchObject({ stabilizationSeconds: 30, selectPolicy: "Disabled" });
});

test.each([
  [["--metric-resolution=15s"], 15],
  [["--metric-resolution=1m30s"], 90],
  [["--secure-port=10250"], 60],
  [["--metric-resolution=soon"], 60],
])("metrics-server with %j has a resolution of %i s", (args, seconds) => {
  const deployment: unknown = { spec: { template: { spec: { containers: [{ name: "metrics-server", args }] } } } };
  expect(metricsResolutionSeconds(deployment as V1Deployment)).toBe(seconds);
});

describe("a ScaledObject", () => {
  test("has KEDA's defaults for what it leaves out", () => {
    expect(scaledObjectState({ metadata: { name: "worker" }, spec: { triggers: [] } })).toEqual({
      name: "worker",
      pausedBy: [],
      minReplicas: 0,
      maxReplicas: 100,
      idleReplicas: null,
      pollingIntervalSeconds: 30,
      cooldownSeconds: 300,
      triggers: [],
      formula: null,
      conditions: {},
    });
  });

  test.each([
    [{ "autoscaling.keda.sh/paused": "true" }, ['autoscaling.keda.sh/paused: "true"']],
    [{ "autoscaling.keda.sh/paused-replicas": "0" }, ['autoscaling.keda.sh/paused-replicas: "0"']],
    [{ "autoscaling.keda.sh/paused": "false", other: "x" }, []],
  ])("with the annotations %j is paused by %j", (annotations, pausedBy) => {
    expect(scaledObjectState({ metadata: { annotations }, spec: {} }).pausedBy).toEqual(pausedBy);
  });

  const triggerOf = (type: string, metadata: Record<string, string> = {}) =>
    scaledObjectState({ metadata: {}, spec: { triggers: [{ type, metadata }] } }).triggers[0];

  test.each([
    ["azure-servicebus", { queueName: "orders" }, { queue: "orders", target: 5, activation: 0 }],
    [
      "azure-servicebus",
      { queueName: "orders", messageCount: "50", activationMessageCount: "7" },
      { queue: "orders", target: 50, activation: 7 },
    ],
    [
      "redis",
      { listName: "jobs", listLength: "20", activationListLength: "3" },
      { queue: "jobs", target: 20, activation: 3 },
    ],
    ["rabbitmq", { queueName: "mail", value: "10" }, { queue: "mail", target: 10, activation: 0 }],
    ["prometheus", { threshold: "2.5", activationThreshold: "0.5" }, { queue: null, target: 2.5, activation: 0.5 }],
    ["cpu", { value: "60" }, { queue: null, target: 60, activation: 0 }],
    ["postgresql", { targetQueryValue: "4" }, { queue: null, target: null, activation: 0 }],
  ])("has of a trigger %s with %j what it is scaled by", (type, metadata, expected) => {
    expect(triggerOf(type, metadata)).toMatchObject({ type, ...expected });
  });

  test("has its idle replicas and its formula", () => {
    const spec = { minReplicaCount: 2, idleReplicaCount: 0, advanced: { scalingModifiers: { formula: "a + b" } } };
    expect(scaledObjectState({ metadata: {}, spec })).toMatchObject({
      minReplicas: 2,
      idleReplicas: 0,
      formula: "a + b",
    });
  });

  test("of a shape that KEDA does not have is an error", () => {
    expect(() => scaledObjectState({ metadata: {}, spec: { cooldownPeriod: "15" } })).toThrow("cooldownPeriod");
  });
});
