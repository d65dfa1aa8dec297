import {
  ApiException,
  AppsV1Api,
  AutoscalingV2Api,
  CustomObjectsApi,
  type KubeConfig,
  type V1Deployment,
  type V1StatefulSet,
  type V2HorizontalPodAutoscaler,
} from "@kubernetes/client-node";
import * as z from "zod";
import type { WorkloadDeclaration } from "../model/workload.ts";
import type { RequestOptions } from "./request.ts";
import { scaledObjectSchema } from "./scaledObject.ts";
import { isTarget } from "./workloads.ts";

export type ScaledObject = z.infer<typeof scaledObjectSchema>;

/** What scales and is scaled in a namespace. Undefined where listing is forbidden or failed; empty where the cluster does not know the kind. */
export interface Discovered {
  namespace: string;
  deployments: V1Deployment[] | undefined;
  statefulSets: V1StatefulSet[] | undefined;
  autoscalers: V2HorizontalPodAutoscaler[] | undefined;
  scaledObjects: ScaledObject[] | undefined;
}

const items = z.object({ items: z.array(z.unknown()) });

/** Lists them; needs the verb `list` on each kind. @param options for each request. */
export async function discover(
  kubeConfig: KubeConfig,
  namespace: string,
  options: () => RequestOptions,
): Promise<Discovered> {
  const apps = kubeConfig.makeApiClient(AppsV1Api);
  const [deployments, statefulSets, autoscalers, scaledObjects] = await Promise.all([
    listed(async () => (await apps.listNamespacedDeployment({ namespace }, options())).items),
    listed(async () => (await apps.listNamespacedStatefulSet({ namespace }, options())).items),
    listed(
      async () =>
        (
          await kubeConfig
            .makeApiClient(AutoscalingV2Api)
            .listNamespacedHorizontalPodAutoscaler({ namespace }, options())
        ).items,
    ),
    listed(async () => {
      const found: unknown = await kubeConfig
        .makeApiClient(CustomObjectsApi)
        .listNamespacedCustomObject(
          { group: "keda.sh", version: "v1alpha1", plural: "scaledobjects", namespace },
          options(),
        );
      return items.parse(found).items.map((object) => scaledObjectSchema.parse(object));
    }),
  ]);
  return { namespace, deployments, statefulSets, autoscalers, scaledObjects };
}

async function listed<T>(list: () => Promise<T[]>): Promise<T[] | undefined> {
  try {
    return await list();
  } catch (error) {
    // A kind that the cluster does not know has no objects.
    return error instanceof ApiException && error.code === 404 ? [] : undefined;
  }
}

/** The autoscalers that name a workload: HPAs that no ScaledObject made, and ScaledObjects. */
export function autoscalersOf(
  { autoscalers = [], scaledObjects = [] }: Pick<Discovered, "autoscalers" | "scaledObjects">,
  workload: Pick<WorkloadDeclaration, "kind" | "object">,
): { autoscalers: V2HorizontalPodAutoscaler[]; scaledObjects: ScaledObject[] } {
  return {
    autoscalers: autoscalers.filter(
      ({ metadata, spec }) =>
        isTarget(spec.scaleTargetRef, workload) &&
        !(metadata?.ownerReferences ?? []).some(({ kind }) => kind === "ScaledObject"),
    ),
    scaledObjects: scaledObjects.filter(({ spec }) => isTarget(spec.scaleTargetRef, workload)),
  };
}
