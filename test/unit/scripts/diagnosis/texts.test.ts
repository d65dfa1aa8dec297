import { failed } from "../../../../loadtest/model/assertion.ts";
import { causeOf } from "../../../../loadtest/model/cause.ts";
import type { Keda } from "../../../../loadtest/observe/controllers.ts";
import { kedaOf } from "../../../../scripts/diagnosis/controllers.ts";
import { finding, type Finding, type FindingId, type FindingParams } from "../../../../scripts/diagnosis/finding.ts";
import { fixOf, formatFinding, whatIn } from "../../../../scripts/diagnosis/texts.ts";
import { HELM } from "../controllers/recorded.ts";
import { healthyView } from "./healthyView.ts";

const REQUEST = { workload: "Deployment api", container: "api", resource: "cpu", wholePod: false };
const TRIGGER = {
  state: "failing",
  conditionMessage: undefined,
  event: "refused",
  namespace: "orders",
  operator: "keda/keda-operator",
} as const;

const PODS = { pods: 8, pod: "worker-1", namespace: "orders" };
const QUEUES = { workload: "Deployment worker", receivesFrom: "orders" };

const KEDA = kedaFixture();

function kedaFixture(): Keda {
  const keda = kedaOf(healthyView(HELM));
  if (keda === undefined) throw new Error("the fixture has no KEDA");
  return keda;
}

/** One of each: an id that is added without an example does not compile. */
const EXAMPLES: { [Id in FindingId]: [subject: string, params: FindingParams[Id]] } = {
  "cluster-unreachable": ["Cluster c", { message: "the cluster does not answer", fix: "start it" }],
  "read-failed": ["Reading Secrets", { error: "the API server answered 500" }],
  "permission-missing": ["Permission pods", { verbs: ["list", "watch"], resource: "pods", namespace: "orders" }],
  "namespace-missing": ["Namespace orders", {}],
  "secret-missing": ["Secret servicebus-api", { neededBy: "api", namespace: "orders", key: "connection" }],
  "secret-key-missing": ["Secret bus", { neededBy: "api", namespace: "orders", key: "connection", keys: ["other"] }],
  "version-too-old": ["Controller KEDA", { what: "KEDA", version: "2.16.1" }],
  "keda-missing": ["Controller KEDA", {}],
  "keda-incomplete": ["Controller KEDA", {}],
  "keda-unusable": ["Controller KEDA", { defect: { id: "noCrd", params: { namespace: "keda" } } }],
  "keda-deployment-unavailable": ["Deployment keda-operator", { namespace: "keda" }],
  "metrics-server-missing": ["APIService v1beta1.metrics.k8s.io", {}],
  "metrics-server-incomplete": ["APIService v1beta1.metrics.k8s.io", {}],
  "metrics-server-unusable": [
    "APIService v1beta1.metrics.k8s.io",
    { defect: { id: "terminating", params: { object: "Deployment metrics-server" } } },
  ],
  "metrics-api-unavailable": [
    "APIService v1beta1.metrics.k8s.io",
    { provider: "metrics-server", message: "no endpoints\n available." },
  ],
  "keda-ca-missing": [
    "Deployment keda-operator",
    { keda: KEDA, trust: { id: "noAuthority", params: { kind: "ConfigMap", name: "custom-ca" } } },
  ],
  "keda-ca-not-mounted": [
    "Deployment keda-operator",
    { keda: KEDA, trust: { id: "notMounted", params: { folder: "/custom/ca" } } },
  ],
  "keda-ca-not-supported": ["Deployment keda-operator", { keda: KEDA, trust: { id: "cannotBeChanged" } }],
  "keda-ca-not-loaded": ["Deployment keda-operator", { source: "ConfigMap custom-ca", namespace: "keda" }],
  "keda-workload-identity-missing": [
    "Deployment keda-operator",
    { keda: KEDA, neededBy: "TriggerAuthentication worker" },
  ],
  "image-unavailable": ["Image docker.io/ownsignal/api:dev", { pod: "api-1", reason: "ErrImagePull" }],
  "workloads-not-deployed": ["Overlay kustomize/overlays/dev", { names: ["api", "worker"], namespace: "orders" }],
  "autoscalers-compete": ["Deployment worker", { autoscalers: ["ScaledObject worker", "HorizontalPodAutoscaler w"] }],
  "replicas-fixed": [
    "Deployment worker",
    { replicas: 3, autoscaler: "ScaledObject worker", from: "manifest", namespace: "orders" },
  ],
  "hpa-container-unknown": [
    "HorizontalPodAutoscaler api",
    { container: "app", workload: "Deployment api", containers: ["validator", "api"] },
  ],
  "hpa-targets-other-container": [
    "HorizontalPodAutoscaler api",
    { container: "validator", workload: "Deployment api", containers: ["api"] },
  ],
  "cpu-request-missing": ["HorizontalPodAutoscaler api", REQUEST],
  "memory-request-missing": ["HorizontalPodAutoscaler api", { ...REQUEST, resource: "memory", wholePod: true }],
  "scaled-object-key-rejected": ["ScaledObject worker", { ...TRIGGER, state: "not-ready", conditionMessage: "no" }],
  "scaled-object-queue-unknown": ["ScaledObject worker", { ...TRIGGER, state: "in-fallback", event: undefined }],
  "scaled-object-certificate-untrusted": ["ScaledObject worker", TRIGGER],
  "scaled-object-trigger-failing": ["ScaledObject worker", TRIGGER],
  "hpa-cannot-compute": ["HorizontalPodAutoscaler api", { message: "no metrics", namespace: "orders" }],
  "hpa-has-no-metrics-yet": ["HorizontalPodAutoscaler api", { message: "none", forSeconds: 30, withinSeconds: 120 }],
  "queue-missing": ["Queue invoices", { namespace: "orders" }],
  "hpa-cannot-scale": ["HorizontalPodAutoscaler api", { minReplicas: 6, maxReplicas: 6 }],
  "objective-unreachable": [
    "ScaledObject worker",
    { cause: causeOf("min-replicas-above-idle", "worker", { minReplicas: 1 }), scenario: "queue-backlog" },
  ],
  "object-malformed": ["ScaledObject worker", { problems: ["spec.triggers.0.metadata.messageCount: Invalid input"] }],
  "scale-target-missing": ["HorizontalPodAutoscaler api", { target: "Deployment web" }],
  "vpa-competes": [
    "VerticalPodAutoscaler api",
    {
      ...{ autoscaler: "HorizontalPodAutoscaler api", workload: "Deployment api" },
      ...{ resources: ["cpu"], updateMode: "Auto" },
    },
  ],
  "hpa-metric-counts-sidecars": [
    "HorizontalPodAutoscaler api",
    { resource: "cpu", workload: "Deployment api", containers: ["validator", "api"] },
  ],
  "hpa-without-cpu-metric": ["HorizontalPodAutoscaler api", { metrics: ["memory"] }],
  "hpa-name-taken": ["ScaledObject worker", { hpa: "worker" }],
  "scaled-object-cannot-scale": ["ScaledObject worker", { maxReplicas: 1 }],
  "scale-up-disabled": ["ScaledObject worker", { field: "spec.behavior.scaleUp.selectPolicy: Disabled" }],
  "scale-up-window-too-long": [
    "ScaledObject worker",
    {
      ...{ field: "spec.behavior.scaleUp.stabilizationWindowSeconds" },
      ...{ windowSeconds: 3600, withinSeconds: 180 },
    },
  ],
  "replica-bounds-invalid": ["ScaledObject worker", { bounds: "minReplicaCount 9 exceeds maxReplicaCount 8" }],
  "min-replicas-above-idle": ["ScaledObject worker", { minReplicas: 1 }],
  "scaled-object-follows-other-trigger": [
    "ScaledObject worker",
    { queueTrigger: "azure-servicebus orders", others: ["cpu"] },
  ],
  "trigger-metric-type-value": ["ScaledObject worker", { trigger: "azure-servicebus (triggers[0])" }],
  "trigger-keys-ignored": ["ScaledObject worker", { trigger: "backlog", keys: ["queueLength"] }],
  "authentication-missing": [
    "ScaledObject worker",
    { authentication: "TriggerAuthentication azure", namespace: "orders" },
  ],
  "fallback-removes-workers": ["ScaledObject worker", { replicas: 0, behavior: "static" }],
  "scaled-object-polls-other-queue": ["ScaledObject worker", { queue: "^bills$", isPattern: true, ...QUEUES }],
  "api-sends-to-other-queue": ["Deployment api", { queue: "bills", ...QUEUES }],
  "emulator-has-other-queue": ["ConfigMap servicebus-emulator", { queues: ["bills"], ...QUEUES }],
  "scaler-key-without-manage": ["TriggerAuthentication worker", { secret: "servicebus-worker", keyName: "worker" }],
  "messages-per-replica-too-slow": [
    "ScaledObject worker",
    { messages: 1000, concurrency: 1, latencyMs: 200, seconds: 200, objectiveSeconds: 60 },
  ],
  "work-exceeds-drain-limit": ["Deployment worker", { workSeconds: 40, drainLimitSeconds: 25 }],
  "grace-period-too-short": ["Deployment worker", { graceSeconds: 5, drainSeconds: 20.2 }],
  "grace-period-within-drain-limit": ["Deployment worker", { graceSeconds: 5, drainLimitSeconds: 25 }],
  "service-selects-nothing": ["Service api", { selector: { app: "ownsignal", service: "web" } }],
  "service-port-unknown": ["Service api", { port: "web", workload: "Deployment api", ports: ["http (8080)"] }],
  "service-port-not-declared": ["Service api", { port: 80, workload: "Deployment api", ports: ["http (8080)"] }],
  "api-not-autoscaled": ["Deployment api", {}],
  "api-on-other-metrics": [
    "HorizontalPodAutoscaler api",
    { metrics: ["api/cpu"], expected: ["api/cpu", "api/memory"] },
  ],
  "worker-not-autoscaled": ["Deployment worker", {}],
  "worker-not-on-queue-length": [
    "Deployment worker",
    { autoscaler: "HorizontalPodAutoscaler worker", metrics: ["worker/cpu"] },
  ],
  "behavior-missing": ["ScaledObject worker", { directions: ["scaleUp"] }],
  "windows-missing": ["ScaledObject worker", { fields: ["cooldownPeriod"] }],
  "trigger-settings-missing": ["ScaledObject worker", { fields: ["activationMessageCount"] }],
  "fallback-missing": ["ScaledObject worker", {}],
  "hpa-name-differs": ["ScaledObject worker", { hpa: undefined }],
  "scaled-object-paused": [
    "ScaledObject worker",
    { annotations: ['autoscaling.keda.sh/paused-replicas: "0"'], namespace: "orders" },
  ],
  "scaled-object-scale-in-paused": [
    "ScaledObject worker",
    { annotation: 'autoscaling.keda.sh/paused-scale-in: "true"', namespace: "orders" },
  ],
  "scaled-object-scale-out-paused": [
    "ScaledObject worker",
    { annotation: 'autoscaling.keda.sh/paused-scale-out: "true"', namespace: "orders" },
  ],
  "scaled-object-not-reconciled": [
    "ScaledObject worker",
    { namespace: "orders", watches: "billing", operator: "keda/keda-operator" },
  ],
  "scaled-object-throttled": ["ScaledObject worker", { ...TRIGGER, event: "no CountDetails element" }],
  "keda-certificates-untrusted": [
    "Deployment keda-metrics-apiserver",
    {
      ...{ message: "x509: certificate has expired", namespace: "keda" },
      ...{ operator: "keda/keda-operator", adapter: "keda/keda-metrics-apiserver" },
    },
  ],
  "hpa-target-at-zero": [
    "HorizontalPodAutoscaler api",
    { workload: "Deployment api", minReplicas: 2, namespace: "orders" },
  ],
  "hpa-scale-up-held-back": ["HorizontalPodAutoscaler api", { message: "recent recommendations were lower" }],
  "hpa-held-above-minimum": [
    "HorizontalPodAutoscaler api",
    {
      ...{ replicas: 3, minReplicas: 1 },
      metric: { metric: { kind: "Resource", name: "memory" }, current: 170, target: 80 },
    },
  ],
  "bus-without-pods": [
    "Service servicebus-emulator",
    { workload: "StatefulSet servicebus-emulator", replicas: 0, namespace: "orders" },
  ],
  "workload-scaled-to-zero": ["Deployment cache", { namespace: "orders" }],
  "pods-crash-looping": ["Deployment worker", { ...PODS, container: "worker", ended: "exit code 78, Error" }],
  "pods-cannot-be-created": [
    "Deployment worker",
    { ...PODS, container: "worker", reason: "CreateContainerConfigError", message: 'secret "x" not found' },
  ],
  "pods-unschedulable": ["Deployment worker", { ...PODS, message: "0/1 nodes are available: 1 Insufficient cpu." }],
  "pods-not-ready": ["Deployment worker", { ...PODS, forSeconds: 130, why: "readiness probe failed" }],
  "replicas-refused": ["Deployment worker", { message: "exceeded quota: pods", namespace: "orders" }],
  "pods-of-others-selected": [
    "Deployment api",
    { autoscaler: "HorizontalPodAutoscaler api", pods: ["batch-1"], owners: ["Job batch"] },
  ],
};

function example(id: FindingId): Finding {
  const [subject, params] = EXAMPLES[id];
  const [kind = "", name = ""] = subject.split(" ");
  return finding(id, { kind, name }, params as never);
}

const LINES = (Object.keys(EXAMPLES) as FindingId[]).map((id) => formatFinding(example(id)));

test("every finding has one line with its severity, what is wrong and the fix", () => {
  for (const line of LINES) expect(line).toMatch(/^(ERROR|WARN ) {2}\S.*[^.]\. Fix: \S.*$/);
});

test("no two findings have the same text", () => {
  expect(new Set(LINES).size).toBe(LINES.length);
});

test("a text has the names and values of its finding", () => {
  for (const [id, line] of [
    [
      "permission-missing",
      "ERROR  missing RBAC permission: list, watch pods in orders. Fix: have it granted to you, and check: kubectl auth can-i list pods -n orders",
    ],
    [
      "replicas-fixed",
      "ERROR  Deployment worker sets spec.replicas: 3, which ScaledObject worker manages, so that every kubectl apply reverts it. Fix: remove `replicas` from its manifest",
    ],
    [
      "hpa-cannot-scale",
      "WARN   HorizontalPodAutoscaler api never scales: minReplicas equals maxReplicas (6). Fix: raise maxReplicas or lower minReplicas",
    ],
    [
      "metrics-api-unavailable",
      "ERROR  metrics-server does not answer: APIService v1beta1.metrics.k8s.io: no endpoints available. Fix: wait a minute after its installation; then kubectl describe apiservice v1beta1.metrics.k8s.io",
    ],
    [
      "scaled-object-key-rejected",
      "ERROR  ScaledObject worker is not ready: no (refused). Fix: its key must have Manage rights: compare the Secret of its TriggerAuthentication with the bus's; ./scripts/up restores dev's",
    ],
  ] as const) {
    expect(formatFinding(example(id))).toBe(line);
  }
});

test("what a simulated run shows is told with what was expected and measured", () => {
  const assertion = failed(
    { id: "scales-out", subject: "worker", expected: { ready: 4, withinSeconds: 180, after: "load-start" } },
    { reachedAfterSeconds: null, mostReady: 2, mostDesired: 2 },
  );
  const found = finding(
    "objective-unreachable",
    { kind: "ScaledObject", name: "worker" },
    { scenario: "queue-backlog", assertion },
  );
  expect(whatIn(found)).toBe(
    "ScaledObject worker does not bring what is expected in simulation: at least 4 ready replicas within 3m of the load's start; at most 2 ready, 2 desired",
  );
  expect(fixOf(found)).toContain("ownsignal plan -k says what binds");
});
