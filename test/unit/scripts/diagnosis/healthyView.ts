import { loadAllYaml, type KubernetesObject } from "@kubernetes/client-node";
import type { View, ViewReading } from "../../../../scripts/diagnosis/view.ts";
import type { ControllerObjects } from "../../../../loadtest/observe/controllers.ts";
import { keda, METRICS_SERVER, OURS, recorded, type Way } from "../controllers/recorded.ts";

const AUTHORITY = "-----BEGIN CERTIFICATE-----\ntest\n-----END CERTIFICATE-----\n";
/** When the fixtures' cluster is looked at. */
export const NOW_MS = Date.parse("2026-01-01T12:00:00Z");

const OBJECTS = `
apiVersion: v1
kind: Namespace
metadata: { name: orders-dev }
---
apiVersion: v1
kind: Secret
metadata: { name: servicebus-api }
data: { connection: c2VjcmV0 }
---
apiVersion: v1
kind: Secret
metadata: { name: servicebus-keda }
data: { connection: c2VjcmV0 }
---
apiVersion: v1
kind: Secret
metadata: { name: servicebus-emulator-tls }
data: { ca.crt: ${Buffer.from(AUTHORITY).toString("base64")} }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: api }
spec:
  selector: { matchLabels: { service: api } }
  template:
    metadata: { labels: { service: api } }
    spec:
      initContainers:
        - name: validator
          restartPolicy: Always
          resources: { requests: { cpu: 20m } }
      containers:
        - name: api
          ports: [{ name: http, containerPort: 8080 }]
          resources: { requests: { cpu: 100m, memory: 384Mi } }
          env:
            - name: SERVICEBUS_CONNECTION_STRING
              valueFrom: { secretKeyRef: { name: servicebus-api, key: connection } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: worker }
spec:
  selector: { matchLabels: { service: worker } }
  template:
    metadata: { labels: { service: worker } }
    spec:
      containers:
        - name: worker
          resources: { requests: { cpu: 50m } }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: servicebus-emulator }
spec:
  replicas: 1
  serviceName: servicebus-emulator
  selector: { matchLabels: { service: servicebus-emulator } }
  template:
    metadata: { labels: { service: servicebus-emulator } }
    spec:
      containers: [{ name: servicebus-emulator, ports: [{ name: https, containerPort: 8443 }] }]
      volumes: [{ name: tls, secret: { secretName: servicebus-emulator-tls } }]
---
apiVersion: v1
kind: Service
metadata: { name: api }
spec: { selector: { service: api }, ports: [{ name: http, port: 80, targetPort: http }] }
---
apiVersion: v1
kind: Service
metadata: { name: servicebus-emulator }
spec: { selector: { service: servicebus-emulator }, ports: [{ name: https, port: 443, targetPort: https }] }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: api }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: api }
  maxReplicas: 6
  metrics:
    - type: ContainerResource
      containerResource: { container: api, name: cpu, target: { type: Utilization, averageUtilization: 60 } }
status:
  conditions:
    - { type: ScalingActive, status: "True", lastTransitionTime: "2026-01-01T11:00:00Z" }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: worker
  ownerReferences: [{ apiVersion: keda.sh/v1alpha1, kind: ScaledObject, name: worker, uid: "1" }]
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: worker }
  maxReplicas: 8
status:
  conditions:
    # At zero replicas this is how it has to be.
    - { type: ScalingActive, status: "False", reason: ScalingDisabled, lastTransitionTime: "2026-01-01T11:00:00Z" }
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: { name: worker }
spec:
  scaleTargetRef: { kind: Deployment, name: worker }
  triggers: [{ type: azure-servicebus, metadata: { queueName: orders }, authenticationRef: { name: worker } }]
status:
  conditions: [{ type: Ready, status: "True", reason: ScaledObjectReady, message: ready }]
---
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata: { name: worker }
spec: { secretTargetRef: [{ parameter: connection, name: servicebus-keda, key: connection }] }
`;

const OPERATOR_POD = `
apiVersion: v1
kind: Pod
metadata: { name: keda-operator-1, labels: { app: keda-operator } }
status: { containerStatuses: [{ name: keda-operator, state: { running: { startedAt: "2026-01-01T10:05:00Z" } } }] }
`;

/** KEDA installed in this way and metrics-server: both answer, and KEDA mounts ConfigMap custom-ca. */
function soundControllers(way: Way): ControllerObjects {
  const objects = recorded([keda(way), METRICS_SERVER]);
  for (const apiService of objects.apiServices) {
    Object.assign(apiService, { status: { conditions: [{ type: "Available", status: "True" }] } });
  }
  for (const deployment of objects.deployments) Object.assign(deployment, { status: { availableReplicas: 1 } });
  const operator = named([...objects.deployments], "keda-operator").spec?.template.spec;
  Object.assign(operator?.containers[0] ?? {}, { volumeMounts: [{ name: "custom-ca", mountPath: "/custom/ca" }] });
  Object.assign(operator ?? {}, { volumes: [{ name: "custom-ca", configMap: { name: "custom-ca" } }] });
  return objects;
}

/** A cluster on which everything is as it has to be: no finding. Made anew each time, to be broken. */
export function healthyView(way: Way = OURS): View {
  const objects = loadAllYaml(OBJECTS) as KubernetesObject[];
  const ofKind = <T>(kind: string, from = objects): T[] => from.filter((object) => object.kind === kind) as T[];
  const declared = loadAllYaml(OBJECTS) as KubernetesObject[];
  return {
    nowMs: NOW_MS,
    namespace: "orders-dev",
    overlay: "kustomize/overlays/dev",
    declared: {
      workloads: [...ofKind<never>("Deployment", declared), ...ofKind<never>("StatefulSet", declared)],
      autoscalers: ofKind<View["declared"]["autoscalers"][number]>("HorizontalPodAutoscaler", declared).filter(
        ({ metadata }) => metadata?.name === "api",
      ),
      verticalAutoscalers: [],
      scaledObjects: ofKind("ScaledObject", declared),
      authentications: ofKind("TriggerAuthentication", declared),
      clusterAuthentications: [],
      services: ofKind("Service", declared),
      configMaps: [],
      limitRanges: [],
      secretClasses: [],
      podLabels: [],
    },
    live: {
      workloads: value([...ofKind<never>("Deployment"), ...ofKind<never>("StatefulSet")]),
      autoscalers: value(ofKind("HorizontalPodAutoscaler")),
      scaledObjects: value(ofKind("ScaledObject")),
      authentications: value(ofKind("TriggerAuthentication")),
      verticalAutoscalers: value([]),
      clusterAuthentications: value([]),
      services: value(ofKind("Service")),
      configMaps: value([]),
      limitRanges: value([]),
    },
    namespaceObject: value(only("Namespace", ofKind("Namespace"))),
    secrets: value(ofKind("Secret")),
    pods: value([]),
    events: value([]),
    kubernetes: value("v1.36.3"),
    controllers: value(soundControllers(way)),
    operatorPods: value(objectsOf(OPERATOR_POD)),
    authorities: value([
      { kind: "ConfigMap", name: "custom-ca", texts: [AUTHORITY], changedMs: Date.parse("2026-01-01T10:00:00Z") },
    ]),
    busService: "servicebus-emulator",
    queues: new Map([["orders", value(true)]]),
    missingPermissions: [],
  };
}

function value<T>(of: T): ViewReading<T> {
  return { kind: "value", value: of };
}

function only<T>(what: string, found: readonly T[]): T {
  const [first] = found;
  if (first === undefined) throw new Error(`the fixture has no ${what}`);
  return first;
}

/** Objects of a fixture, as the API server gives them. */
export function objectsOf<T>(yaml: string): T[] {
  return loadAllYaml(yaml) as T[];
}

/** The one of this name in a list that was read. */
export function named<T extends KubernetesObject>(reading: ViewReading<T[]> | T[], name: string): T {
  const list = Array.isArray(reading) ? reading : reading.kind === "value" ? reading.value : [];
  const found = list.find(({ metadata }) => metadata?.name === name);
  if (found === undefined) throw new Error(`the fixture has no ${name}`);
  return found;
}
