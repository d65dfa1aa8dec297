import {
  ApiException,
  AppsV1Api,
  AutoscalingV2Api,
  CoreV1Api,
  CustomObjectsApi,
  type KubeConfig,
  loadAllYaml,
  type KubernetesObject,
  VersionApi,
  type V1Deployment,
  type V1Pod,
  type V1StatefulSet,
} from "@kubernetes/client-node";
import type { Keda } from "../../loadtest/observe/controllers.ts";
import { readControllerObjects } from "../../loadtest/observe/readControllers.ts";
import { busService } from "../../loadtest/targets/orders/serviceBus/connections.ts";
import { queueSource, readBusAccess } from "../../loadtest/targets/orders/serviceBus/queue.ts";
import { checkPermissions, type Permission } from "../../loadtest/preflight/rbac.ts";
import { ABSENT } from "../../loadtest/model/reading.ts";
import { kubeConfigOf } from "../cluster/kubeConfig.ts";
import type { ReachedCluster } from "../cluster/provider.ts";
import { readAuthoritySources } from "../setup/controllers/readTrust.ts";
import { authoritySources } from "../setup/controllers/trust.ts";
import { CliError } from "../process/cliError.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { kedaOf } from "./controllers.ts";
import {
  deployedIn,
  orElse,
  type Deployed,
  type ScaledObject,
  type TriggerAuthentication,
  type View,
  type ViewReading,
} from "./view.ts";

const BUS_TIMEOUT_MS = 5000;

/**
 * Looks at all that the findings are about; changes nothing. What cannot be read is a gap in the view.
 * @param overlay a path that kubectl can render.
 * @throws {CliError} when the overlay cannot be rendered, or declares no namespace.
 */
export async function readView(cluster: ReachedCluster, overlay: string): Promise<View> {
  const { declared, namespace } = await renderedBy(cluster, overlay);
  const kubeConfig = kubeConfigOf(cluster);
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const apps = kubeConfig.makeApiClient(AppsV1Api);
  const custom = kubeConfig.makeApiClient(CustomObjectsApi);

  const keda = async <T>(plural: string): Promise<T[]> => {
    const list: unknown = await custom.listNamespacedCustomObject({
      ...{ group: "keda.sh", version: "v1alpha1", plural, namespace },
    });
    return (list as { items: T[] }).items;
  };
  const workloads = async (): Promise<(V1Deployment | V1StatefulSet)[]> => [
    ...(await apps.listNamespacedDeployment({ namespace })).items,
    ...(await apps.listNamespacedStatefulSet({ namespace })).items,
  ];
  const itemsOf = async <T>(list: Promise<{ items: T[] }>): Promise<T[]> => (await list).items;

  const controllers = await read("what serves metrics", () => readControllerObjects(kubeConfig));
  const found = kedaOf({ controllers });
  const [live, rest, kedaRest, permissions] = await Promise.all([
    all({
      workloads: read(`workloads in ${namespace}`, workloads),
      autoscalers: read(`HorizontalPodAutoscalers in ${namespace}`, () =>
        itemsOf(kubeConfig.makeApiClient(AutoscalingV2Api).listNamespacedHorizontalPodAutoscaler({ namespace })),
      ),
      scaledObjects: read(`ScaledObjects in ${namespace}`, () => keda<ScaledObject>("scaledobjects")),
      authentications: read(`TriggerAuthentications in ${namespace}`, () =>
        keda<TriggerAuthentication>("triggerauthentications"),
      ),
    }),
    all({
      namespaceObject: read(`namespace ${namespace}`, () => core.readNamespace({ name: namespace })),
      secrets: read(`Secrets in ${namespace}`, () => itemsOf(core.listNamespacedSecret({ namespace }))),
      pods: read(`pods in ${namespace}`, () => itemsOf(core.listNamespacedPod({ namespace }))),
      events: read(`events in ${namespace}`, () => itemsOf(core.listNamespacedEvent({ namespace }))),
      kubernetes: read("the API server's version", async () => {
        const { gitVersion } = await kubeConfig.makeApiClient(VersionApi).getCode();
        return gitVersion;
      }),
    }),
    all({
      operatorPods:
        found === undefined ? Promise.resolve(ABSENT) : read(`pods in ${found.namespace}`, () => podsOf(core, found)),
      authorities:
        found === undefined
          ? Promise.resolve(ABSENT)
          : read(`authorities of KEDA in ${found.namespace}`, () => readAuthoritySources(kubeConfig, found)),
    }),
    checkPermissions(kubeConfig, permissionsNeeded(namespace, found)),
  ]);
  const queues = await queuesOf(cluster, kubeConfig, namespace, orElse(live.scaledObjects, []));
  return {
    nowMs: Date.now(),
    namespace,
    overlay,
    declared,
    live,
    controllers,
    ...rest,
    ...kedaRest,
    queues,
    missingPermissions: permissions.missing,
  };
}

async function podsOf(core: CoreV1Api, { namespace, operator }: Keda): Promise<V1Pod[]> {
  const labels = Object.entries(operator.spec?.selector.matchLabels ?? {});
  const labelSelector = labels.map(([label, value]) => `${label}=${value}`).join(",");
  return (await core.listNamespacedPod({ namespace, labelSelector })).items;
}

/** Resolves an object's promises, side by side. */
async function all<T extends object>(promises: { [Key in keyof T]: Promise<T[Key]> }): Promise<T> {
  const resolved: Partial<T> = {};
  const keys = Object.keys(promises) as (keyof T)[];
  await Promise.all(
    keys.map(async (key) => {
      resolved[key] = await promises[key];
    }),
  );
  return resolved as T;
}

async function read<T>(what: string, ask: () => Promise<T>): Promise<ViewReading<T>> {
  try {
    return { kind: "value", value: await ask() };
  } catch (error) {
    if (!(error instanceof ApiException)) return { kind: "gap", what, error: messageOf(error), forbidden: false };
    if (error.code === 404) return ABSENT;
    // The exception's own message holds every header of the answer.
    return { kind: "gap", what, error: `the API server answered ${error.code}`, forbidden: error.code === 403 };
  }
}

async function renderedBy(
  cluster: ReachedCluster,
  overlay: string,
): Promise<{ declared: Deployed; namespace: string }> {
  let objects: KubernetesObject[];
  try {
    objects = loadAllYaml(await cluster.kubectl(["kustomize", overlay])) as KubernetesObject[];
  } catch (error) {
    throw new CliError(
      `${overlay} cannot be rendered: ${messageOf(error)}`,
      `name a folder that kubectl kustomize renders, for example kustomize/overlays/dev`,
      { cause: error },
    );
  }
  const namespace = objects.find(({ kind }) => kind === "Namespace")?.metadata?.name;
  if (namespace === undefined) {
    throw new CliError(`${overlay} declares no Namespace`, "let the overlay declare the one that it deploys to");
  }
  return { namespace, declared: deployedIn(objects) };
}

/** What the doctor asks for, then what `up` and a deployment need beyond that. */
function permissionsNeeded(namespace: string, keda: Keda | undefined): Permission[] {
  const deployed = [
    ...["deployments.apps", "statefulsets.apps", "horizontalpodautoscalers.autoscaling"],
    ...["scaledobjects.keda.sh", "triggerauthentications.keda.sh"],
  ];
  return [
    ...["pods", "secrets", "events", ...deployed].map((resource) => ({ verb: "list", resource, namespace })),
    ...(keda === undefined
      ? []
      : [
          { verb: "list", resource: "pods", namespace: keda.namespace },
          ...authoritySources(keda.operator).sources.map(({ kind }) => ({
            ...{ verb: "get", resource: `${kind.toLowerCase()}s`, namespace: keda.namespace },
          })),
        ]),
    { verb: "get", resource: "namespaces", namespace: undefined },
    { verb: "get", resource: "apiservices.apiregistration.k8s.io", namespace: undefined },
    ...["secrets", "configmaps", "services", "serviceaccounts", ...deployed].flatMap((resource) =>
      ["create", "patch"].map((verb) => ({ verb, resource, namespace })),
    ),
  ];
}

/** Asks the bus within the cluster for the queues that triggers name; Azure's is not asked, since it takes a person's login. */
async function queuesOf(
  cluster: ReachedCluster,
  kubeConfig: KubeConfig,
  namespace: string,
  scaledObjects: readonly ScaledObject[],
): Promise<Map<string, ViewReading<boolean>>> {
  const names = new Set(
    scaledObjects.flatMap(({ spec }) =>
      (spec?.triggers ?? []).flatMap(({ type, metadata }) =>
        type === "azure-servicebus" && metadata.queueName !== undefined ? [metadata.queueName] : [],
      ),
    ),
  );
  const queues = new Map<string, ViewReading<boolean>>();
  // A Secret that is missing is a finding of its own.
  const access = await readBusAccess(kubeConfig, namespace).catch(() => undefined);
  if (access === undefined) return queues;
  const service = busService(access);
  if (service === undefined) return queues;
  for (const name of names) {
    const there = await read(`queue ${name}`, async () => {
      const reached = await cluster.dialService(namespace, service, access.connection.port);
      const source = queueSource(access, name, reached);
      try {
        return (await source(AbortSignal.timeout(BUS_TIMEOUT_MS))) !== undefined;
      } finally {
        source.close();
        await reached.close();
      }
    });
    queues.set(name, there);
  }
  return queues;
}
