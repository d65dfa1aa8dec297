import { containerMetric } from "./fixtures.ts";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig, type V1Deployment, type V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import {
  autoscalerState,
  deploymentState,
  kubernetesSources,
  parseQuantity,
  scaledObjectState,
} from "../../../loadtest/observe/kubernetes.ts";
import { metricsResolutionSeconds } from "../../../loadtest/observe/metricsResolution.ts";

test.each([
  ["5", 5],
  ["2500m", 2.5],
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
  expect(deploymentState(unseen as V1Deployment)).toEqual({ desired: 1, replicas: 0, ready: 0, rolledOut: false });
  const seen: unknown = {
    metadata: { generation: 2 },
    spec: { replicas: 3, selector },
    status: { observedGeneration: 2, replicas: 3, readyReplicas: 2, updatedReplicas: 3 },
  };
  expect(deploymentState(seen as V1Deployment)).toEqual({ desired: 3, replicas: 3, ready: 2, rolledOut: true });
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
    expect(scaledObjectState({ metadata: {}, spec: { triggers: [] } })).toEqual({
      pausedBy: [],
      minReplicas: 0,
      maxReplicas: 100,
      pollingIntervalSeconds: 30,
      cooldownSeconds: 300,
      queue: null,
      messagesPerReplica: null,
      activationMessages: null,
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

  test("has its queue and its thresholds from the trigger for Service Bus, with KEDA's defaults", () => {
    const spec = { triggers: [{ type: "cpu" }, { type: "azure-servicebus", metadata: { queueName: "orders" } }] };
    expect(scaledObjectState({ metadata: {}, spec })).toMatchObject({
      queue: "orders",
      messagesPerReplica: 5,
      activationMessages: 0,
    });
    const metadata = { queueName: "orders", messageCount: "50", activationMessageCount: "7" };
    const told = { triggers: [{ type: "azure-servicebus", metadata }] };
    expect(scaledObjectState({ metadata: {}, spec: told })).toMatchObject({
      messagesPerReplica: 50,
      activationMessages: 7,
    });
  });

  test("of a shape that KEDA does not have is an error", () => {
    expect(() => scaledObjectState({ metadata: {}, spec: { cooldownPeriod: "15" } })).toThrow("cooldownPeriod");
  });
});

describe("the API server", () => {
  let server: Server;
  let status = 404;
  let hang = false;

  beforeAll(async () => {
    server = createServer((_request, response) => {
      if (hang) return;
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify({ kind: "Status", code: status, message: "told by the server" }));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  function sources(): ReturnType<typeof kubernetesSources> {
    const kubeConfig = new KubeConfig();
    const { port } = server.address() as AddressInfo;
    kubeConfig.loadFromClusterAndUser(
      { name: "fake", server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
      { name: "nobody" },
    );
    return kubernetesSources(kubeConfig, "orders-dev");
  }

  test("answers 404: the object is absent, the ScaledObject too where KEDA is not installed", async () => {
    status = 404;
    for (const source of Object.values(sources())) expect(await source(AbortSignal.timeout(5000))).toBeUndefined();
  });

  test("answers anything else: an error with the object's name, and not a page of headers", async () => {
    status = 403;
    await expect(sources().workerScaledObject(AbortSignal.timeout(5000))).rejects.toThrow(
      /^ScaledObject worker in orders-dev: the API server answered 403$/,
    );
  });

  test("hangs: the read ends when its signal says so", async () => {
    hang = true;
    await expect(sources().apiDeployment(AbortSignal.timeout(100))).rejects.toThrow("Deployment api in orders-dev");
    hang = false;
  });
});
