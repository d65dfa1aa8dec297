import type { V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import { kindOf, type Deployed, type ScaledObject, type Workload } from "../view.ts";

/** What scales one workload. */
export interface Scalers {
  /** HPAs that no ScaledObject made. */
  horizontal: V2HorizontalPodAutoscaler[];
  scaled: ScaledObject[];
}

export function scalersOf(workload: Workload, { autoscalers, scaledObjects }: Deployed): Scalers {
  const kind = kindOf(workload);
  const name = workload.metadata?.name;
  return {
    horizontal: autoscalers.filter(
      (one) => !isOfKeda(one) && one.spec.scaleTargetRef.kind === kind && one.spec.scaleTargetRef.name === name,
    ),
    scaled: scaledObjects.filter((one) => targetKindOf(one) === kind && one.spec?.scaleTargetRef.name === name),
  };
}

export function targetOf(scaled: ScaledObject, { workloads }: Deployed): Workload | undefined {
  return workloads.find(
    (one) => kindOf(one) === targetKindOf(scaled) && one.metadata?.name === scaled.spec?.scaleTargetRef.name,
  );
}

export function targetKindOf({ spec }: ScaledObject): string {
  return spec?.scaleTargetRef.kind ?? "Deployment";
}

/** The one that KEDA made for its ScaledObject is the ScaledObject's. */
export function isOfKeda({ metadata }: V2HorizontalPodAutoscaler): boolean {
  return (metadata?.ownerReferences ?? []).some(({ kind }) => kind === "ScaledObject");
}
