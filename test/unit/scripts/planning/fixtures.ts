import { objectsIn } from "../../../../scripts/planning/manifests.ts";
import type { Objects } from "../../../../scripts/planning/scaledWorkload.ts";

/** A worker that a queue scales, an API on CPU and memory, and a tenant manager on a count of pods. */
export const MANIFESTS = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker}
spec:
  template:
    spec:
      terminationGracePeriodSeconds: 60
      containers: [{name: worker, resources: {requests: {cpu: 50m}}}]
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: worker}
spec:
  scaleTargetRef: {name: worker}
  pollingInterval: 5
  cooldownPeriod: 15
  maxReplicaCount: 8
  advanced: {horizontalPodAutoscalerConfig: {behavior: {scaleDown: {stabilizationWindowSeconds: 15}}}}
  triggers:
    - {type: azure-servicebus, metadata: {queueName: orders, messageCount: "50"}, authenticationRef: {name: worker}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  template:
    spec:
      containers: [{name: api, resources: {requests: {cpu: 100m}, limits: {memory: 128Mi}}}]
      initContainers:
        - {name: setup}
        - {name: sidecar, restartPolicy: Always}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: api}
spec:
  scaleTargetRef: {kind: Deployment, name: api}
  minReplicas: 1
  maxReplicas: 6
  metrics:
    - {type: ContainerResource, containerResource: {name: cpu, container: api, target: {type: Utilization, averageUtilization: 60}}}
    - {type: ContainerResource, containerResource: {name: memory, container: api, target: {type: Utilization, averageUtilization: 80}}}
  behavior: {scaleDown: {stabilizationWindowSeconds: 30}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: tenants}
spec: {template: {spec: {containers: [{name: tenants}]}}}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: tenants}
spec:
  scaleTargetRef: {kind: StatefulSet, name: tenants}
  maxReplicaCount: 5
  pollingInterval: 5
  cooldownPeriod: 20
  triggers: [{type: kubernetes-workload, metadata: {podSelector: app=tenant, value: "3"}}]
---
apiVersion: keda.sh/v1alpha1
kind: ScaledJob
metadata: {name: nightly}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: unscaled}
`;

export function objects(yaml = MANIFESTS): Objects {
  return objectsIn(yaml, "manifests");
}
