import type { AutoscalingConfig } from "../model/autoscaling.ts";

/** Runs kubectl against the proof's cluster and gives back its output; rejects where it fails. */
export type Kubectl = (args: readonly string[]) => Promise<string>;

/** Puts another autoscaler in the worker's place, and the deployed one back. */
export interface Exchange {
  /** @param overlay the variant's, as `writeVariantOverlay` made it. */
  apply(overlay: string): Promise<void>;
  /** Can be run again at any point, whether or not the variant is there. */
  restore(): Promise<void>;
  /** What a person runs where `restore` could not. */
  readonly byHand: readonly string[];
}

/** Beyond the cooldown, for KEDA to take up the ScaledObject. */
const RETURN_MARGIN_SECONDS = 120;

/**
 * KEDA's ScaledObject against an HPA of the same name. `kubectl apply` takes nothing away, so each has to be deleted before the other comes: two
 * autoscalers on one workload would work against each other. And KEDA may have left the worker at 0, where no HPA on CPU can wake it.
 * @param overlay the deployed one, which `restore` applies.
 */
export function exchangeOf(of: {
  kubectl: Kubectl;
  namespace: string;
  overlay: string;
  live: AutoscalingConfig;
}): Exchange {
  const { namespace, overlay, live } = of;
  const inNamespace = ["-n", namespace];
  const back: readonly (readonly string[])[] = [
    [...inNamespace, "delete", "hpa", "worker", "--ignore-not-found", "--timeout=60s"],
    ["apply", "-k", overlay],
  ];
  const seconds = live.workerCooldownSeconds + live.workerPollingIntervalSeconds + RETURN_MARGIN_SECONDS;

  return {
    apply: async (variant) => {
      await of.kubectl([...inNamespace, "delete", "scaledobject", "worker", "--ignore-not-found", "--timeout=60s"]);
      // KEDA's own goes with its ScaledObject, a moment later; what is applied before that would go too.
      await of.kubectl([...inNamespace, "wait", "--for=delete", "hpa/worker", "--timeout=60s"]);
      await of.kubectl(["apply", "-k", variant]);
      const minimum = await of.kubectl([...inNamespace, "get", "hpa", "worker", "-o", "jsonpath={.spec.minReplicas}"]);
      await of.kubectl([...inNamespace, "scale", "deployment/worker", `--replicas=${minimum.trim() || "1"}`]);
      await of.kubectl([...inNamespace, "rollout", "status", "deployment/worker", "--timeout=120s"]);
    },
    restore: async () => {
      for (const command of back) await of.kubectl(command);
      await of.kubectl([...inNamespace, ...["wait", "--for=condition=Ready", "scaledobject/worker", "--timeout=120s"]]);
      await of.kubectl([...inNamespace, "wait", "--for=create", "hpa/worker", "--timeout=60s"]);
      await of.kubectl([
        ...inNamespace,
        ...[
          "wait",
          `--for=jsonpath={.spec.replicas}=${live.workerIdleReplicas}`,
          "deployment/worker",
          `--timeout=${seconds}s`,
        ],
      ]);
    },
    byHand: back.map((command) => `kubectl ${command.filter((word) => !word.startsWith("--timeout")).join(" ")}`),
  };
}
