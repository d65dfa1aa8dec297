import { AppsV1Api, AutoscalingV2Api, CoreV1Api, CustomObjectsApi, type KubeConfig } from "@kubernetes/client-node";
import { askedOnce, refusalOf } from "./ask.ts";

interface Named {
  metadata?: { name?: string; namespace?: string };
}

/** What stands where the proof looks for its workloads. Names only; undefined where they may not be listed. */
export interface Standing {
  namespace: string;
  /** Whether the namespace itself is there; undefined where that may not be asked. */
  namespaceExists: boolean | undefined;
  deployments: string[] | undefined;
  autoscalers: string[] | undefined;
  scaledObjects: string[] | undefined;
  services: string[] | undefined;
  /** Other namespaces that have a Deployment `worker`. */
  elsewhere: string[];
}

/** Why there is nothing here for the proof to judge: one line each, with what is there instead; none when all is there. */
export function unknownWorkloads(standing: Standing): string[] {
  const { namespace, deployments, autoscalers, scaledObjects, elsewhere } = standing;
  const hint =
    elsewhere.length === 0 ? "" : `. A Deployment worker is in namespace ${elsewhere.join(", ")}: --namespace`;
  if (standing.namespaceExists === false) return [`there is no namespace ${namespace}${hint}`];
  const missing = (kind: string, name: string, there: string[] | undefined): string[] =>
    there === undefined || there.includes(name)
      ? []
      : [
          `namespace ${namespace} has no ${kind} ${name}; it has ${there.length === 0 ? `no ${kind} at all` : there.join(", ")}`,
        ];
  const problems = [
    ...missing("Deployment", "api", deployments),
    ...missing("Deployment", "worker", deployments),
    ...missing("HorizontalPodAutoscaler", "api", autoscalers),
  ];
  // An HPA of its own takes the ScaledObject's place in component worker-on-cpu.
  if (autoscalers?.includes("worker") !== true) problems.push(...missing("ScaledObject", "worker", scaledObjects));
  return problems.length === 0 ? [] : problems.map((problem, index) => (index === 0 ? problem + hint : problem));
}

/** Looks at what there is. What may not be listed, or does not answer, is undefined: the sampler will say more of it. */
export async function readStanding(kubeConfig: KubeConfig, namespace: string): Promise<Standing> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const apps = kubeConfig.makeApiClient(AppsV1Api);
  const scaledObjects = async (): Promise<{ items: Named[] }> =>
    (await kubeConfig
      .makeApiClient(CustomObjectsApi)
      .listNamespacedCustomObject(
        { group: "keda.sh", version: "v1alpha1", plural: "scaledobjects", namespace },
        askedOnce(),
      )) as { items: Named[] };
  const [namespaceExists, deployments, autoscalers, scaled, services, everywhere] = await Promise.all([
    exists(core.readNamespace({ name: namespace }, askedOnce())),
    names(apps.listNamespacedDeployment({ namespace }, askedOnce())),
    names(kubeConfig.makeApiClient(AutoscalingV2Api).listNamespacedHorizontalPodAutoscaler({ namespace }, askedOnce())),
    names(scaledObjects()),
    names(core.listNamespacedService({ namespace }, askedOnce())),
    apps.listDeploymentForAllNamespaces({ fieldSelector: "metadata.name=worker" }, askedOnce()).catch(() => undefined),
  ]);
  const elsewhere = (everywhere?.items ?? [])
    .flatMap(({ metadata }) => metadata?.namespace ?? [])
    .filter((other) => other !== namespace);
  return { namespace, namespaceExists, deployments, autoscalers, scaledObjects: scaled, services, elsewhere };
}

async function exists(asked: Promise<unknown>): Promise<boolean | undefined> {
  try {
    await asked;
    return true;
  } catch (error) {
    return refusalOf(error)?.code === 404 ? false : undefined;
  }
}

async function names(asked: Promise<{ items: Named[] }>): Promise<string[] | undefined> {
  try {
    return (await asked).items.flatMap(({ metadata }) => metadata?.name ?? []);
  } catch (error) {
    // A kind that the cluster does not know has no objects.
    return refusalOf(error)?.code === 404 ? [] : undefined;
  }
}
