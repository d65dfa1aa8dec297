import { mkdir, realpath, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { stringify } from "yaml";
import { type AutoscalingConfig, scalingOf, type ScalingRules } from "../../../model/autoscaling.ts";

/** The autoscaler that the deployed one is compared with, and the kustomize component that has it. */
export const WORKER_ON_CPU = "worker-on-cpu";
const COMPONENT = join(import.meta.dirname, "../../../../kustomize/components", WORKER_ON_CPU);

/**
 * Writes an overlay that is the deployed one with an HPA on CPU in place of the worker's ScaledObject. All else is as it was: the HPA gets maxReplicas
 * and the behavior of the effective configuration.
 * @param folder is made if missing; it has to be outside the deployed overlay, which stays as it is.
 * @returns the folder, to be applied with `kubectl apply -k`.
 */
export async function writeWorkerOnCpuOverlay(of: {
  overlay: string;
  namespace: string;
  live: AutoscalingConfig;
  folder: string;
}): Promise<string> {
  await mkdir(of.folder, { recursive: true });
  // Kustomize takes relative paths only, from the folder's real path.
  const folder = await realpath(of.folder);
  const from = async (path: string): Promise<string> => relative(folder, await realpath(path));
  const { maxReplicas, scaleUp, scaleDown } = scalingOf(of.live, "worker");
  const patch = {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "worker" },
    spec: {
      maxReplicas,
      behavior: {
        ...(scaleUp === null ? {} : { scaleUp: hpaBehavior(scaleUp) }),
        ...(scaleDown === null ? {} : { scaleDown: hpaBehavior(scaleDown) }),
      },
    },
  };
  const kustomization = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    namespace: of.namespace,
    resources: [await from(of.overlay)],
    components: [await from(COMPONENT)],
    patches: [{ target: { kind: "HorizontalPodAutoscaler", name: "worker" }, patch: stringify(patch) }],
  };
  await writeFile(join(folder, "kustomization.yaml"), stringify(kustomization));
  return folder;
}

function hpaBehavior({ stabilizationSeconds, selectPolicy, policies }: ScalingRules): object {
  return { stabilizationWindowSeconds: stabilizationSeconds, selectPolicy, policies };
}
