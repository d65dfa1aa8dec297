import type { ScalingRules } from "./autoscaling.ts";

/**
 * Kubernetes' defaults for what an HPA's behaviour leaves out: the window, and where a direction names no policy, these.
 * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#default-behavior
 */
export const HPA_DEFAULTS: Readonly<Record<"scaleUp" | "scaleDown", ScalingRules>> = {
  scaleUp: {
    stabilizationSeconds: 0,
    selectPolicy: "Max",
    policies: [
      { type: "Pods", value: 4, periodSeconds: 15 },
      { type: "Percent", value: 100, periodSeconds: 15 },
    ],
  },
  scaleDown: {
    stabilizationSeconds: 300,
    selectPolicy: "Max",
    policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
  },
};
