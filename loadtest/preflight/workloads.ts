import { AppsV1Api, AutoscalingV2Api, CoreV1Api, CustomObjectsApi, type KubeConfig } from "@kubernetes/client-node";
import { requestOptions, rejectionOf } from "./apiRequest.ts";
import type { PreflightFinding } from "./finding.ts";

interface Named {
  metadata?: { name?: string; namespace?: string };
}

/** The objects that exist where the proof expects its workloads. Names only; undefined where listing them is forbidden. */
export interface ExistingObjects {
  namespace: string;
  /** Whether the namespace itself exists; undefined where reading it is forbidden. */
  namespaceExists: boolean | undefined;
  deployments: string[] | undefined;
  autoscalers: string[] | undefined;
  scaledObjects: string[] | undefined;
  services: string[] | undefined;
  /** Other namespaces that have a Deployment `worker`. */
  workerNamespaces: string[];
}

/** One finding for each object that a proof needs and that does not exist. */
export function missingObjects(objects: ExistingObjects): PreflightFinding[] {
  const { namespace, deployments, autoscalers, scaledObjects, workerNamespaces } = objects;
  if (objects.namespaceExists === false) {
    return [{ id: "namespace-missing", severity: "ERROR", params: { namespace, workerNamespaces } }];
  }
  const required = [
    { kind: "Deployment", name: "api", existing: deployments },
    { kind: "Deployment", name: "worker", existing: deployments },
    { kind: "HorizontalPodAutoscaler", name: "api", existing: autoscalers },
    // An HPA of its own takes the ScaledObject's place in component worker-on-cpu.
    ...(autoscalers?.includes("worker") === true
      ? []
      : [{ kind: "ScaledObject", name: "worker", existing: scaledObjects } as const]),
  ] as const;
  const missing = required.flatMap(({ kind, name, existing }) =>
    existing === undefined || existing.includes(name) ? [] : [{ kind, name, existing }],
  );
  return missing.map((params, index) => ({
    id: "object-missing",
    severity: "ERROR",
    // Said once is enough.
    params: { namespace, ...params, workerNamespaces: index === 0 ? workerNamespaces : [] },
  }));
}

/** Lists them. What is forbidden, or does not answer, is undefined: the sampler will say more of it. */
export async function readExistingObjects(kubeConfig: KubeConfig, namespace: string): Promise<ExistingObjects> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const apps = kubeConfig.makeApiClient(AppsV1Api);
  const scaledObjects = async (): Promise<{ items: Named[] }> =>
    (await kubeConfig
      .makeApiClient(CustomObjectsApi)
      .listNamespacedCustomObject(
        { group: "keda.sh", version: "v1alpha1", plural: "scaledobjects", namespace },
        requestOptions(),
      )) as { items: Named[] };
  const [namespaceExists, deployments, autoscalers, scaled, services, everywhere] = await Promise.all([
    exists(core.readNamespace({ name: namespace }, requestOptions())),
    names(apps.listNamespacedDeployment({ namespace }, requestOptions())),
    names(
      kubeConfig.makeApiClient(AutoscalingV2Api).listNamespacedHorizontalPodAutoscaler({ namespace }, requestOptions()),
    ),
    names(scaledObjects()),
    names(core.listNamespacedService({ namespace }, requestOptions())),
    apps
      .listDeploymentForAllNamespaces({ fieldSelector: "metadata.name=worker" }, requestOptions())
      .catch(() => undefined),
  ]);
  const workerNamespaces = (everywhere?.items ?? [])
    .flatMap(({ metadata }) => metadata?.namespace ?? [])
    .filter((other) => other !== namespace);
  return { namespace, namespaceExists, deployments, autoscalers, scaledObjects: scaled, services, workerNamespaces };
}

async function exists(request: Promise<unknown>): Promise<boolean | undefined> {
  try {
    await request;
    return true;
  } catch (error) {
    return rejectionOf(error)?.code === 404 ? false : undefined;
  }
}

async function names(request: Promise<{ items: Named[] }>): Promise<string[] | undefined> {
  try {
    return (await request).items.flatMap(({ metadata }) => metadata?.name ?? []);
  } catch (error) {
    // A kind that the cluster does not know has no objects.
    return rejectionOf(error)?.code === 404 ? [] : undefined;
  }
}
