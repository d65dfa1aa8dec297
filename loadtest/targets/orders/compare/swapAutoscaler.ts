import { type AutoscalingConfig, scalingOf } from "../../../model/autoscaling.ts";

/** Runs kubectl against the proof's cluster and returns its output; rejects where it fails. */
export type Kubectl = (args: readonly string[]) => Promise<string>;

/**
 * Deletes a ScaledObject and waits until KEDA's HPA is gone, which follows a moment later: its name is free then, and no two autoscalers work against each
 * other. `kubectl apply` alone deletes nothing.
 */
export async function deleteScaledObject(kubectl: Kubectl, namespace: string, name: string): Promise<void> {
  await kubectl(["-n", namespace, "delete", "scaledobject", name, "--ignore-not-found", "--timeout=60s"]);
  await kubectl(["-n", namespace, "wait", "--for=delete", `hpa/${name}`, "--timeout=60s"]);
}

/** Scales an HPA's target to its minReplicas: KEDA may have left it at 0, from where no HPA scales out. */
export async function scaleToMinReplicas(kubectl: Kubectl, namespace: string, hpa: string): Promise<void> {
  const fields = "{.spec.scaleTargetRef.kind}/{.spec.scaleTargetRef.name} {.spec.minReplicas}";
  const answer = await kubectl(["-n", namespace, "get", "hpa", hpa, "-o", `jsonpath=${fields}`]);
  const [target = "", minReplicas = "1"] = answer.trim().split(" ");
  await kubectl(["-n", namespace, "scale", target.toLowerCase(), `--replicas=${minReplicas}`]);
}

/** Puts another autoscaler in place of the worker's, and restores the deployed one. */
export interface AutoscalerSwap {
  /** @param overlay the one with the other autoscaler, as `writeWorkerOnCpuOverlay` made it. */
  apply(overlay: string): Promise<void>;
  /** Can be run again at any point, whether or not the other autoscaler is there. */
  restore(): Promise<void>;
  /** What a person runs where `restore` failed. */
  readonly revertCommands: readonly string[];
}

/** Beyond the cooldown, for KEDA to reconcile the ScaledObject. */
const RESTORE_MARGIN_SECONDS = 120;

/**
 * KEDA's ScaledObject against an HPA of the same name.
 * @param overlay the deployed one, which `restore` applies.
 */
export function workerAutoscalerSwap(of: {
  kubectl: Kubectl;
  namespace: string;
  overlay: string;
  live: AutoscalingConfig;
}): AutoscalerSwap {
  const { kubectl, namespace, overlay, live } = of;
  const inNamespace = ["-n", namespace];
  const revert: readonly (readonly string[])[] = [
    [...inNamespace, "delete", "hpa", "worker", "--ignore-not-found", "--timeout=60s"],
    ["apply", "-k", overlay],
  ];
  const { keda, idleReplicas } = scalingOf(live, "worker");
  const kedaSeconds = (keda?.cooldownSeconds ?? 0) + (keda?.pollingIntervalSeconds ?? 0);
  const idleWithinSeconds = kedaSeconds + RESTORE_MARGIN_SECONDS;
  const idle = `--for=jsonpath={.spec.replicas}=${idleReplicas}`;

  return {
    apply: async (other) => {
      await deleteScaledObject(kubectl, namespace, "worker");
      await kubectl(["apply", "-k", other]);
      await scaleToMinReplicas(kubectl, namespace, "worker");
      await kubectl([...inNamespace, "rollout", "status", "deployment/worker", "--timeout=120s"]);
    },
    restore: async () => {
      for (const command of revert) await kubectl(command);
      await kubectl([...inNamespace, "wait", "--for=condition=Ready", "scaledobject/worker", "--timeout=120s"]);
      await kubectl([...inNamespace, "wait", "--for=create", "hpa/worker", "--timeout=60s"]);
      await kubectl([...inNamespace, "wait", idle, "deployment/worker", `--timeout=${idleWithinSeconds}s`]);
    },
    revertCommands: revert.map(
      (command) => `kubectl ${command.filter((word) => !word.startsWith("--timeout")).join(" ")}`,
    ),
  };
}
