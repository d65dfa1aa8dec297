import {
  ApisApi,
  AppsV1Api,
  AutoscalingV2Api,
  CoreV1Api,
  CustomObjectsApi,
  type KubeConfig,
  type V1Deployment,
  type V1StatefulSet,
} from "@kubernetes/client-node";
import { all, read } from "./reading.ts";
import {
  orElse,
  type ScaledObject,
  type TriggerAuthentication,
  type VerticalAutoscaler,
  type View,
  type ViewReading,
} from "./view.ts";

const VERTICAL_GROUP = "autoscaling.k8s.io";

/** The objects of a namespace that rules are about. */
export async function readLive(kubeConfig: KubeConfig, namespace: string): Promise<View["live"]> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const apps = kubeConfig.makeApiClient(AppsV1Api);
  const custom = kubeConfig.makeApiClient(CustomObjectsApi);
  const itemsOf = async <T>(list: Promise<{ items: T[] }>): Promise<T[]> => (await list).items;
  const customItems = async <T>(group: string, version: string, plural: string): Promise<T[]> => {
    const list: unknown = await custom.listNamespacedCustomObject({ group, version, plural, namespace });
    return (list as { items: T[] }).items;
  };
  const workloads = async (): Promise<(V1Deployment | V1StatefulSet)[]> => [
    ...(await apps.listNamespacedDeployment({ namespace })).items,
    ...(await apps.listNamespacedStatefulSet({ namespace })).items,
  ];
  // Its CRD is an add-on of few clusters. Without it, a person who may not list it gets 403 and not 404: so the groups are asked.
  const verticalAutoscalers = async (): Promise<VerticalAutoscaler[]> => {
    const { groups } = await kubeConfig.makeApiClient(ApisApi).getAPIVersions();
    if (!groups.some(({ name }) => name === VERTICAL_GROUP)) return [];
    return customItems<VerticalAutoscaler>(VERTICAL_GROUP, "v1", "verticalpodautoscalers");
  };

  const found = await all({
    workloads: read(`workloads in ${namespace}`, workloads),
    autoscalers: read(`HorizontalPodAutoscalers in ${namespace}`, () =>
      itemsOf(kubeConfig.makeApiClient(AutoscalingV2Api).listNamespacedHorizontalPodAutoscaler({ namespace })),
    ),
    verticalAutoscalers: read(`VerticalPodAutoscalers in ${namespace}`, verticalAutoscalers),
    scaledObjects: read(`ScaledObjects in ${namespace}`, () =>
      customItems<ScaledObject>("keda.sh", "v1alpha1", "scaledobjects"),
    ),
    authentications: read(`TriggerAuthentications in ${namespace}`, () =>
      customItems<TriggerAuthentication>("keda.sh", "v1alpha1", "triggerauthentications"),
    ),
    services: read(`Services in ${namespace}`, () => itemsOf(core.listNamespacedService({ namespace }))),
    configMaps: read(`ConfigMaps in ${namespace}`, () => itemsOf(core.listNamespacedConfigMap({ namespace }))),
    limitRanges: read(`LimitRanges in ${namespace}`, () => itemsOf(core.listNamespacedLimitRange({ namespace }))),
  });
  return { ...found, clusterAuthentications: await clusterAuthentications(custom, orElse(found.scaledObjects, [])) };
}

/** They are read only where a trigger names one: few may. */
async function clusterAuthentications(
  custom: CustomObjectsApi,
  scaledObjects: readonly ScaledObject[],
): Promise<ViewReading<TriggerAuthentication[]>> {
  const named = scaledObjects.some(({ spec }) =>
    (spec?.triggers ?? []).some(({ authenticationRef }) => authenticationRef?.kind === "ClusterTriggerAuthentication"),
  );
  if (!named) return { kind: "value", value: [] };
  return read("ClusterTriggerAuthentications", async () => {
    const list: unknown = await custom.listClusterCustomObject({
      ...{ group: "keda.sh", version: "v1alpha1", plural: "clustertriggerauthentications" },
    });
    return (list as { items: TriggerAuthentication[] }).items;
  });
}
