import type { Answer } from "../../loadtest/fakeApiServer.ts";

/** Objects of namespace `shop`, as an API server gives them. */
export interface Objects {
  deployments?: Answer[];
  statefulSets?: Answer[];
  autoscalers?: Answer[];
  /** Undefined where the cluster does not know the kind. */
  scaledObjects?: Answer[];
  services?: Answer[];
}

/** What an API server with these objects answers. */
export function answersWith(objects: Objects): Record<string, Answer> {
  const { deployments = [], statefulSets = [], autoscalers = [], scaledObjects, services = [] } = objects;
  const path = (group: string, plural: string): string => `/apis/${group}/namespaces/shop/${plural}`;
  return {
    "/version": { gitVersion: "v1.36.3" },
    "/api/v1/namespaces/shop": { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
    "/api/v1/namespaces/shop/services": { kind: "ServiceList", items: services },
    [path("apps/v1", "deployments")]: { kind: "DeploymentList", items: deployments },
    [path("apps/v1", "statefulsets")]: { kind: "StatefulSetList", items: statefulSets },
    [path("autoscaling/v2", "horizontalpodautoscalers")]: { items: autoscalers },
    ...(scaledObjects === undefined
      ? {}
      : { [path("keda.sh/v1alpha1", "scaledobjects")]: { kind: "ScaledObjectList", items: scaledObjects } }),
  };
}

/** A Deployment or StatefulSet whose pods have the label `app` with its name. */
export function workload(name: string): Answer {
  const labels = { app: name };
  return {
    metadata: { name, namespace: "shop" },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name, image: "example/web:1" }] } },
    },
    status: { replicas: 1 },
  };
}

export function service(name: string, ports: Answer[], more: Answer = {}): Answer {
  return { metadata: { name, namespace: "shop" }, spec: { selector: { app: name }, ports, ...more } };
}

export const CPU: Answer = {
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
};

/** With the defaults that the API server fills in. @param ref of scaleTargetRef. */
export function hpa(name: string, more: Answer = {}, ref: Answer = { kind: "Deployment", name }): Answer {
  return {
    metadata: { name, namespace: "shop" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", ...ref },
      minReplicas: 1,
      maxReplicas: 4,
      metrics: [CPU],
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 0,
          selectPolicy: "Max",
          policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
        },
        scaleDown: {
          stabilizationWindowSeconds: 30,
          selectPolicy: "Max",
          policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
        },
      },
      ...more,
    },
    status: { currentReplicas: 1, desiredReplicas: 1, conditions: [], currentMetrics: [] },
  };
}

export const REDIS: Answer = {
  type: "redis",
  name: "jobs",
  metadata: {
    address: "redis.shop.svc:6379",
    password: "never-repeat-this",
    listName: "jobs",
    listLength: "20",
  },
};
export const CRON: Answer = {
  type: "cron",
  metadata: { timezone: "Europe/Berlin", start: "0 8 * * *", end: "0 20 * * *", desiredReplicas: "3" },
};

/** @param metricNames as its status has them. */
export function scaledObject(
  name: string,
  triggers: Answer[],
  more: Answer = {},
  { metricNames = [], annotations = {} }: { metricNames?: string[]; annotations?: Record<string, string> } = {},
): Answer {
  return {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: { name, namespace: "shop", annotations },
    spec: {
      scaleTargetRef: { name },
      minReplicaCount: 0,
      maxReplicaCount: 5,
      pollingInterval: 5,
      cooldownPeriod: 20,
      triggers,
      ...more,
    },
    status: {
      externalMetricNames: metricNames,
      conditions: [{ type: "Ready", status: "True", reason: "ScaledObjectReady", message: "" }],
    },
  };
}

/** The HPA that KEDA makes of a ScaledObject. */
export function kedaHpa(name: string): Answer {
  const made = hpa(`keda-hpa-${name}`, {}, { kind: "Deployment", name });
  const ownerReferences = [{ apiVersion: "keda.sh/v1alpha1", kind: "ScaledObject", name, uid: "1", controller: true }];
  return { ...made, metadata: { name: `keda-hpa-${name}`, namespace: "shop", ownerReferences } };
}
