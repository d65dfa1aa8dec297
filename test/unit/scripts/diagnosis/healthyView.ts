import { loadAllYaml, type KubernetesObject } from "@kubernetes/client-node";
import type { View, ViewReading } from "../../../../scripts/diagnosis/view.ts";

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
    spec:
      initContainers:
        - name: validator
          restartPolicy: Always
          resources: { requests: { cpu: 20m } }
      containers:
        - name: api
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
    spec:
      containers: [{ name: servicebus-emulator }]
      volumes: [{ name: tls, secret: { secretName: servicebus-emulator-tls } }]
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
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: custom-ca
  creationTimestamp: "2026-01-01T10:00:00Z"
  managedFields: [{ manager: kubectl, time: "2026-01-01T10:00:00Z" }]
data: { ca.crt: ${JSON.stringify(AUTHORITY)} }
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: { name: v1beta1.metrics.k8s.io }
status: { conditions: [{ type: Available, status: "True" }] }
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: { name: v1beta1.external.metrics.k8s.io }
status: { conditions: [{ type: Available, status: "True" }] }
`;

const KEDA = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: keda-operator }
spec:
  template:
    spec:
      containers:
        - name: keda-operator
          volumeMounts: [{ name: custom-ca, mountPath: /custom/ca }]
      volumes: [{ name: custom-ca, configMap: { name: custom-ca, optional: true } }]
status: { availableReplicas: 1 }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: keda-metrics-apiserver }
status: { availableReplicas: 1 }
---
apiVersion: v1
kind: Pod
metadata: { name: keda-operator-1, labels: { app: keda-operator } }
status: { containerStatuses: [{ name: keda-operator, state: { running: { startedAt: "2026-01-01T10:05:00Z" } } }] }
`;

/** A cluster on which everything is as it has to be: no finding. Made anew each time, to be broken. */
export function healthyView(): View {
  const objects = loadAllYaml(OBJECTS) as KubernetesObject[];
  const keda = loadAllYaml(KEDA) as KubernetesObject[];
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
      scaledObjects: ofKind("ScaledObject", declared),
      authentications: ofKind("TriggerAuthentication", declared),
    },
    live: {
      workloads: value([...ofKind<never>("Deployment"), ...ofKind<never>("StatefulSet")]),
      autoscalers: value(ofKind("HorizontalPodAutoscaler")),
      scaledObjects: value(ofKind("ScaledObject")),
      authentications: value(ofKind("TriggerAuthentication")),
    },
    namespaceObject: value(only("Namespace", ofKind("Namespace"))),
    secrets: value(ofKind("Secret")),
    pods: value([]),
    events: value([]),
    kedaDeployments: value(ofKind("Deployment", keda)),
    kedaPods: value(ofKind("Pod", keda)),
    authority: value(only("ConfigMap", ofKind("ConfigMap"))),
    apiServices: value(ofKind("APIService")),
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
