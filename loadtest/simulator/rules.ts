import { KEDA_RULES } from "./kedaRules.ts";

/**
 * The rules of the HPA that the simulator has, each with the function of Kubernetes 1.36.3 (pkg/controller/podautoscaler) that it comes from.
 * A test removes each and shows that a recorded trace of the real controller is then not met any more.
 */
export const HPA_RULES = {
  "next-sync-after-the-last": "horizontal.go processNextWorkItem",
  "update-during-a-sync": "horizontal.go updateHPA; client-go delaying_queue.go insert",
  "disabled-at-zero": "horizontal.go shouldComputeMetricsForZeroReplicas",
  "above-maximum-at-once": "horizontal.go reconcileAutoscaler",
  "below-minimum-at-once": "horizontal.go reconcileAutoscaler",
  "first-recommendation": "horizontal.go recordInitialRecommendation",
  "largest-proposal": "horizontal.go computeReplicasForMetrics",
  "failed-metric-forbids-scale-down": "horizontal.go computeReplicasForMetrics",
  "all-metrics-failed": "horizontal.go computeReplicasForMetrics",
  tolerance: "replica_calculator.go isWithin",
  "tolerance-up": "horizontal.go tolerancesForHpa",
  "tolerance-down": "horizontal.go tolerancesForHpa",
  "average-value-by-status-replicas": "replica_calculator.go GetExternalPerPodMetricReplicas",
  "value-times-ready-pods": "replica_calculator.go getUsageRatioReplicaCount",
  "value-needs-pods": "replica_calculator.go getReadyPodsCount",
  "terminating-ignored": "replica_calculator.go groupPods",
  "failed-ignored": "replica_calculator.go groupPods",
  "pending-unready": "replica_calculator.go groupPods",
  "cpu-unready-while-initializing": "replica_calculator.go groupPods",
  "cpu-sample-of-one-window": "replica_calculator.go groupPods",
  "cpu-never-ready": "replica_calculator.go groupPods",
  "readiness-of-cpu-only": "replica_calculator.go groupPods",
  "no-usable-pod-fails": "replica_calculator.go GetResourceReplicas",
  "missing-full-on-scale-down": "replica_calculator.go GetResourceReplicas",
  "missing-target-above-100": "replica_calculator.go GetResourceReplicas",
  "missing-zero-on-scale-up": "replica_calculator.go GetResourceReplicas",
  "unready-zero-on-scale-up": "replica_calculator.go GetResourceReplicas",
  "direction-kept-by-ratio": "replica_calculator.go GetResourceReplicas",
  "direction-kept-by-count": "replica_calculator.go GetResourceReplicas",
  "missing-request-fails": "replica_calculator.go calculatePodRequestsFromContainers",
  "request-of-the-container": "replica_calculator.go calculatePodRequestsFromContainers",
  "utilization-in-whole-percent": "metrics/utilization.go GetResourceUtilizationRatio",
  "average-in-whole-units": "metrics/utilization.go GetMetricUsageRatio",
  "container-without-usage-hides-pod": "metrics/client.go getPodMetrics",
  "nil-behavior": "horizontal.go normalizeDesiredReplicas",
  "nil-behavior-window": "horizontal.go stabilizeRecommendation",
  "nil-behavior-window-inclusive": "horizontal.go stabilizeRecommendation",
  "nil-behavior-doubling": "horizontal.go calculateScaleUpLimit",
  "nil-behavior-four-at-least": "horizontal.go calculateScaleUpLimit",
  "up-window": "horizontal.go stabilizeRecommendationWithBehaviors",
  "down-window": "horizontal.go stabilizeRecommendationWithBehaviors",
  "windows-exclude-their-start": "horizontal.go stabilizeRecommendationWithBehaviors",
  "recommendations-unclamped": "horizontal.go stabilizeRecommendationWithBehaviors",
  "recommendations-overwritten": "horizontal.go stabilizeRecommendationWithBehaviors",
  maximum: "horizontal.go convertDesiredReplicasWithBehaviorRate",
  minimum: "horizontal.go convertDesiredReplicasWithBehaviorRate",
  "limit-not-past-current": "horizontal.go convertDesiredReplicasWithBehaviorRate",
  "up-policies": "horizontal.go calculateScaleUpLimitWithScalingRules",
  "down-policies": "horizontal.go calculateScaleDownLimitWithBehaviors",
  "up-rounds-up": "horizontal.go calculateScaleUpLimitWithScalingRules",
  "down-truncates": "horizontal.go calculateScaleDownLimitWithBehaviors",
  "select-policy-min": "horizontal.go calculateScaleUpLimitWithScalingRules",
  "select-policy-disabled": "horizontal.go calculateScaleUpLimitWithScalingRules",
  "period-counts-both-directions": "horizontal.go calculateScaleUpLimitWithScalingRules",
  "period-excludes-its-start": "horizontal.go getReplicasChangePerPeriod",
  "no-events-without-behavior": "horizontal.go storeScaleEvent",
  "events-overwritten": "horizontal.go storeScaleEvent",
  "bypass-is-an-event": "horizontal.go reconcileAutoscaler",
} as const;

export const RULES = { ...HPA_RULES, ...KEDA_RULES } as const;
export type RuleId = keyof typeof RULES;

/** Whether a rule holds. All do, except in the tests that remove one. */
export type Applies = (rule: RuleId) => boolean;

export const allRules: Applies = () => true;
