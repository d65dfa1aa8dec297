import type { AssertionId } from "../../loadtest/model/assertion.ts";
import type { CauseId } from "../../loadtest/model/cause.ts";
import type { ScenarioName } from "../../loadtest/targets/orders/scenarios/names.ts";
import type { FindingId } from "../diagnosis/finding.ts";
import type { ByHandName } from "./byHand.ts";

/** Who has to report a mutant, and by which ids, so that a person reads the cause. */
export type ExpectedDetection =
  /** `./scripts/doctor`: by what is declared, for which it needs no cluster, or by what the deployed mutant does. */
  | { by: "doctor"; on: "declared" | "deployed"; finding: FindingId; cause?: CauseId }
  /** The proof, by a failed assertion of this scenario with this cause. */
  | { by: "proof"; scenario: ScenarioName; assertion: AssertionId; cause: CauseId };

/** Something that is broken in one place. docs/reference/mutants.md says what each does to a system. */
export interface Mutant {
  name: string;
  broken: string;
  /** `test/mutants/<name>` is an overlay over `kustomize/overlays/dev`; false where all of it is done by hand. */
  overlay?: false;
  /** What no overlay holds. */
  byHand?: ByHandName;
  /** It breaks the cluster's KEDA, which on a cluster of a person's own may be others' too. */
  breaksKeda?: true;
  /** Each of them has to report it. */
  detections: readonly [ExpectedDetection, ...ExpectedDetection[]];
}

function doctor(on: "declared" | "deployed", finding: FindingId): ExpectedDetection {
  return { by: "doctor", on, finding };
}

/** The doctor's warning that an objective of the proof is out of reach. */
function unreachable(cause: CauseId): ExpectedDetection {
  return { by: "doctor", on: "declared", finding: "objective-unreachable", cause };
}

function proof(scenario: ScenarioName, assertion: AssertionId, cause: CauseId): ExpectedDetection {
  return { by: "proof", scenario, assertion, cause };
}

/** Those on a cluster come from quick to slow. */
export const CATALOGUE: readonly Mutant[] = [
  {
    name: "cpu-request-missing",
    broken: "container api requests no CPU",
    detections: [doctor("declared", "cpu-request-missing")],
  },
  {
    name: "two-autoscalers",
    broken: "an HPA on CPU beside the ScaledObject of the worker",
    detections: [doctor("declared", "autoscalers-compete")],
  },
  {
    name: "replicas-fixed",
    broken: "replicas: 3 in the worker's Deployment",
    detections: [doctor("declared", "replicas-fixed")],
  },
  {
    name: "hpa-without-room",
    broken: "minReplicas of the API's HPA is its maxReplicas",
    detections: [doctor("declared", "hpa-cannot-scale")],
  },
  {
    name: "never-at-zero",
    broken: "minReplicaCount 1",
    detections: [doctor("declared", "min-replicas-above-idle")],
  },
  {
    name: "grace-period-too-short",
    broken: "the worker is given 5 s to stop",
    detections: [doctor("declared", "grace-period-too-short")],
  },
  {
    name: "fallback-to-zero",
    broken: "a fallback to 0 replicas",
    detections: [doctor("declared", "fallback-removes-workers")],
  },
  {
    name: "activation-too-high",
    broken: "activationMessageCount 5000",
    detections: [unreachable("activation-threshold-not-exceeded")],
  },
  {
    name: "second-trigger",
    broken: "a second trigger, on 10 % CPU, beside the queue's",
    detections: [doctor("declared", "scaled-object-follows-other-trigger")],
  },
  {
    name: "metric-type-value",
    broken: "metricType Value",
    detections: [doctor("declared", "trigger-metric-type-value")],
  },
  {
    name: "scale-up-disabled",
    broken: "the worker's scaleUp is disabled",
    detections: [doctor("declared", "scale-up-disabled")],
  },
  {
    name: "scale-up-window-too-long",
    broken: "the worker's scaleUp waits for an hour",
    detections: [doctor("declared", "scale-up-window-too-long")],
  },
  {
    name: "authentication-missing",
    broken: "authenticationRef names what does not exist",
    detections: [doctor("declared", "authentication-missing"), doctor("deployed", "authentication-missing")],
  },
  {
    name: "concurrency-too-low",
    broken: "one order at a time, and messageCount 1000",
    detections: [doctor("declared", "messages-per-replica-too-slow")],
  },
  {
    name: "service-without-endpoints",
    broken: "the API's Service selects labels that no pod has",
    detections: [doctor("declared", "service-selects-nothing"), doctor("deployed", "service-selects-nothing")],
  },
  {
    name: "vpa-beside-hpa",
    broken: "a VPA changes the requests that the API's HPA takes a share of",
    detections: [doctor("declared", "vpa-competes")],
  },
  {
    name: "paused-replicas",
    broken: "annotation paused-replicas on the ScaledObject",
    detections: [doctor("deployed", "scaled-object-paused")],
  },
  {
    name: "paused-scale-in",
    broken: "annotation paused-scale-in on the ScaledObject",
    detections: [doctor("deployed", "scaled-object-scale-in-paused")],
  },
  {
    name: "paused-scale-out",
    broken: "annotation paused-scale-out on the ScaledObject",
    detections: [doctor("deployed", "scaled-object-scale-out-paused")],
  },
  {
    name: "api-scaled-to-zero",
    broken: "the API scaled to 0 by hand",
    overlay: false,
    byHand: "api-scaled-to-zero",
    detections: [doctor("deployed", "hpa-target-at-zero")],
  },
  {
    name: "bus-at-zero",
    broken: "the bus at 0 replicas",
    detections: [doctor("deployed", "bus-without-pods")],
  },
  {
    name: "others-pods",
    broken: "pods of another Deployment with the labels that the API's selects",
    detections: [doctor("deployed", "pods-of-others-selected")],
  },
  {
    name: "greedy-sidecar",
    broken: "a metric of type Resource, and a sidecar that takes CPU without load",
    detections: [
      doctor("declared", "hpa-metric-counts-sidecars"),
      doctor("declared", "api-on-other-metrics"),
      doctor("deployed", "hpa-held-above-minimum"),
    ],
  },
  {
    name: "other-adapter",
    broken: "the APIService of external metrics names another adapter's Service",
    breaksKeda: true,
    detections: [doctor("deployed", "keda-unusable")],
  },
  {
    name: "keda-watches-elsewhere",
    broken: "KEDA's WATCH_NAMESPACE is another namespace, and a ScaledObject is new",
    byHand: "keda-watches-elsewhere",
    breaksKeda: true,
    detections: [doctor("deployed", "scaled-object-not-reconciled")],
  },
  {
    name: "keda-certificates-differ",
    broken: "KEDA's adapter has certificates of another authority than KEDA's own",
    overlay: false,
    byHand: "keda-certificates-differ",
    breaksKeda: true,
    detections: [doctor("deployed", "keda-certificates-untrusted")],
  },
  {
    name: "wrong-queue",
    broken: "the ScaledObject polls another queue than the worker receives from",
    detections: [doctor("declared", "scaled-object-polls-other-queue"), doctor("deployed", "queue-missing")],
  },
  {
    name: "keda-wrong-key",
    broken: "KEDA asks with the worker's key, which has the right to Listen and not to Manage",
    detections: [doctor("declared", "scaler-key-without-manage"), doctor("deployed", "scaled-object-key-rejected")],
  },
  {
    name: "ca-missing",
    broken: "KEDA does not have the authority that signed the bus's certificate",
    breaksKeda: true,
    detections: [doctor("deployed", "keda-ca-missing")],
  },
  {
    name: "max-replicas-one",
    broken: "maxReplicaCount 1",
    detections: [
      unreachable("max-replicas-below-required"),
      proof("queue-backlog", "scales-out", "max-replicas-below-required"),
    ],
  },
  {
    name: "message-count-too-high",
    broken: "messageCount 100000",
    detections: [
      unreachable("messages-per-replica-too-high"),
      doctor("declared", "messages-per-replica-too-slow"),
      proof("queue-backlog", "scales-out", "messages-per-replica-too-high"),
    ],
  },
  {
    name: "poll-too-slow",
    broken: "pollingInterval 300",
    detections: [
      unreachable("polling-interval-exceeds-objective"),
      proof("queue-backlog", "first-replica-ready", "polling-interval-exceeds-objective"),
    ],
  },
  {
    name: "cooldown-too-long",
    broken: "cooldownPeriod 86400",
    detections: [
      unreachable("cooldown-exceeds-objective"),
      proof("queue-backlog", "scales-in", "cooldown-exceeds-objective"),
    ],
  },
  {
    name: "worker-crashes",
    broken: "the worker loads a module at its start that is not in its image",
    detections: [proof("queue-backlog", "scales-out", "pods-crash-looping"), doctor("deployed", "pods-crash-looping")],
  },
  {
    name: "worker-unschedulable",
    broken: "the worker's nodeSelector names a label that no node has",
    detections: [proof("queue-backlog", "scales-out", "pods-unschedulable"), doctor("deployed", "pods-unschedulable")],
  },
  {
    name: "quota-refuses",
    broken: "a ResourceQuota lets in no further pod",
    detections: [proof("queue-backlog", "scales-out", "replicas-refused"), doctor("deployed", "replicas-refused")],
  },
  {
    name: "scale-up-window-holds-back",
    broken: "the worker's scaleUp waits for 170 s",
    detections: [proof("queue-backlog", "scales-out", "hpa-scale-up-stabilized")],
  },
  {
    name: "worker-on-cpu",
    broken: "the worker is scaled by an HPA on its CPU instead of by KEDA on the queue",
    detections: [
      doctor("declared", "worker-not-on-queue-length"),
      proof("queue-backlog", "scales-out", "scaled-by-hpa-without-queue-length"),
    ],
  },
  {
    name: "api-does-the-queues-work",
    broken: "the API's own process works while the queue holds something",
    detections: [proof("queue-backlog", "does-not-scale", "metric-follows-queue")],
  },
  {
    name: "hpa-on-sidecar",
    broken: "the API's HPA targets container validator",
    detections: [
      doctor("declared", "hpa-targets-other-container"),
      proof("api-cpu", "scales-out", "hpa-targets-other-container"),
    ],
  },
  {
    name: "completes-before-fulfilling",
    broken: "the worker completes a message before it has processed the order",
    detections: [proof("scale-in-under-load", "none-lost", "completed-before-commit")],
  },
  {
    name: "no-drain",
    broken: "the worker exits at once on SIGTERM",
    detections: [proof("scale-in-under-load", "terminated-gracefully", "worker-does-not-drain")],
  },
];
