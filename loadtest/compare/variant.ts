import { mkdir, realpath, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { stringify } from "yaml";
import type { AutoscalingConfig, ScalingRules } from "../model/autoscaling.ts";

const COMPONENTS = join(import.meta.dirname, "../../kustomize/components");

/** What may take the place of the deployed autoscaler for a comparison; each is a kustomize component of that name. */
export const variants = ["worker-on-cpu"] as const;
export type Variant = (typeof variants)[number];

/**
 * Writes an overlay that is the deployed one with the variant's component in it. But for the signal all is as it was: the worker's HPA gets the limit
 * and the behaviour that the live objects had.
 * @param folder is made if missing; it has to be outside the deployed overlay, which stays as it is.
 * @returns the folder, to be applied with `kubectl apply -k`.
 */
export async function writeVariantOverlay(
  variant: Variant,
  of: { overlay: string; namespace: string; live: AutoscalingConfig; folder: string },
): Promise<string> {
  await mkdir(of.folder, { recursive: true });
  // Kustomize takes relative paths only, and takes them from where the folder really is.
  const folder = await realpath(of.folder);
  const from = async (path: string): Promise<string> => relative(folder, await realpath(path));
  const { workerMaximum, workerScaleUp, workerScaleDown } = of.live;
  const patch = {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "worker" },
    spec: {
      maxReplicas: workerMaximum,
      behavior: {
        ...(workerScaleUp === null ? {} : { scaleUp: behaviour(workerScaleUp) }),
        ...(workerScaleDown === null ? {} : { scaleDown: behaviour(workerScaleDown) }),
      },
    },
  };
  const kustomization = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    namespace: of.namespace,
    resources: [await from(of.overlay)],
    components: [await from(join(COMPONENTS, variant))],
    patches: [{ target: { kind: "HorizontalPodAutoscaler", name: "worker" }, patch: stringify(patch) }],
  };
  await writeFile(join(folder, "kustomization.yaml"), stringify(kustomization));
  return folder;
}

function behaviour({ stabilizationSeconds, selectPolicy, policies }: ScalingRules): object {
  return { stabilizationWindowSeconds: stabilizationSeconds, selectPolicy, policies };
}
