import type { PlannedWorkload } from "../../../../loadtest/planner/plannedWorkload.ts";
import { hpaSpec } from "../../../../loadtest/simulator/hpaSpec.ts";
import { scaledObject } from "../../../../loadtest/simulator/scaledObject.ts";

/** The ScaledObject of the orders system's worker in development, but for what is given. */
export function workerSpec(of: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    minReplicaCount: 0,
    maxReplicaCount: 8,
    pollingInterval: 5,
    cooldownPeriod: 15,
    advanced: {
      horizontalPodAutoscalerConfig: {
        behavior: { scaleDown: { stabilizationWindowSeconds: 15 }, scaleUp: { stabilizationWindowSeconds: 0 } },
      },
    },
    triggers: [{ type: "azure-servicebus", metadata: { queueName: "orders", messageCount: "50" } }],
    ...of,
  };
}

/** A worker with 4,000 messages at once. */
export function worker(
  spec: Record<string, unknown> = {},
  of: Partial<PlannedWorkload> = {},
  annotations: Record<string, string> = {},
): PlannedWorkload {
  return {
    name: "worker",
    scaler: { kind: "scaled-object", spec: scaledObject.parse({ spec: workerSpec(spec), annotations }) },
    containers: [],
    graceSeconds: 60,
    load: { arrivals: [{ atSeconds: 0, messages: 4000 }], levels: {}, usage: [], endSeconds: 0 },
    service: { messagesPerSecond: 20, concurrency: 4 },
    startSeconds: [3],
    aloneStartSeconds: [],
    ...of,
  };
}

/** An API whose replicas share 300 m of CPU for two minutes; each requests 100 m. */
export function api(of: Partial<PlannedWorkload> = {}): PlannedWorkload {
  const target = { type: "Utilization", averageUtilization: 60 };
  return {
    name: "api",
    scaler: {
      kind: "hpa",
      spec: hpaSpec.parse({
        minReplicas: 1,
        maxReplicas: 6,
        metrics: [{ type: "ContainerResource", containerResource: { name: "cpu", container: "api", target } }],
        behavior: { scaleDown: { stabilizationWindowSeconds: 30 } },
      }),
    },
    containers: [{ name: "api", requests: { cpu: 100 } }],
    graceSeconds: 30,
    load: {
      arrivals: [],
      levels: {},
      usage: [
        {
          container: "api",
          resource: "cpu",
          total: [
            [0, 300],
            [120, 0],
          ],
        },
      ],
      endSeconds: 120,
    },
    service: null,
    startSeconds: [3],
    aloneStartSeconds: [],
    ...of,
  };
}
