import { CoreV1Api, type KubeConfig, VersionApi, type V1Pod } from "@kubernetes/client-node";
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
import { kedaOf } from "./controllers.ts";
import { all, read } from "./reading.ts";
import { readLive } from "./readLive.ts";
import { renderedBy } from "./rendered.ts";
import { deployedIn, orElse, type ScaledObject, type View, type ViewReading } from "./view.ts";

const BUS_TIMEOUT_MS = 5000;

/**
 * Looks at all that the findings are about; changes nothing. What cannot be read is a gap in the view.
 * @param overlay a path that kubectl can render.
 * @throws {CliError} when the overlay cannot be rendered, or declares no namespace.
 */
export async function readView(cluster: ReachedCluster, overlay: string): Promise<View> {
  const { declared, namespace } = await renderedBy((args) => cluster.kubectl(args), overlay);
  const kubeConfig = kubeConfigOf(cluster);
  const dial: ReachedCluster["dialService"] = (...where) => cluster.dialService(...where);
  const view = await readNamespace(kubeConfig, namespace, dial);
  const needed = permissionsNeeded(namespace, kedaOf(view));
  const { missing: missingPermissions } = await checkPermissions(kubeConfig, needed);
  return { ...view, overlay, declared, missingPermissions };
}

/**
 * The same of what is deployed in a namespace, whoever rendered it.
 * @param dial reaches Services; without it no bus is asked.
 */
export async function readNamespace(
  kubeConfig: KubeConfig,
  namespace: string,
  dial: ReachedCluster["dialService"] | undefined,
): Promise<View> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const itemsOf = async <T>(list: Promise<{ items: T[] }>): Promise<T[]> => (await list).items;

  const controllers = await read("what serves metrics", () => readControllerObjects(kubeConfig));
  const found = kedaOf({ controllers });
  const [live, rest, kedaRest] = await Promise.all([
    readLive(kubeConfig, namespace),
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
  ]);
  const { queues, busService } = await busOf(dial, kubeConfig, namespace, orElse(live.scaledObjects, []));
  return {
    nowMs: Date.now(),
    namespace,
    overlay: "",
    declared: deployedIn([]),
    live,
    controllers,
    ...rest,
    ...kedaRest,
    busService,
    queues,
    missingPermissions: [],
  };
}

async function podsOf(core: CoreV1Api, { namespace, operator }: Keda): Promise<V1Pod[]> {
  const labels = Object.entries(operator.spec?.selector.matchLabels ?? {});
  const labelSelector = labels.map(([label, value]) => `${label}=${value}`).join(",");
  return (await core.listNamespacedPod({ namespace, labelSelector })).items;
}

/** What the doctor asks for, then what `up` and a deployment need beyond that. */
function permissionsNeeded(namespace: string, keda: Keda | undefined): Permission[] {
  const deployed = [
    ...["deployments.apps", "statefulsets.apps", "horizontalpodautoscalers.autoscaling"],
    ...["scaledobjects.keda.sh", "triggerauthentications.keda.sh"],
  ];
  return [
    ...["pods", "secrets", "events", "services", "configmaps", "limitranges", ...deployed].map((resource) => ({
      verb: "list",
      resource,
      namespace,
    })),
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
async function busOf(
  dial: ReachedCluster["dialService"] | undefined,
  kubeConfig: KubeConfig,
  namespace: string,
  scaledObjects: readonly ScaledObject[],
): Promise<Pick<View, "queues" | "busService">> {
  const queues = new Map<string, ViewReading<boolean>>();
  // A Secret that is missing is a finding of its own.
  const access = await readBusAccess(kubeConfig, namespace).catch(() => undefined);
  const within = access === undefined ? undefined : busService(access);
  if (access === undefined || within === undefined || dial === undefined) return { queues, busService: undefined };
  for (const name of queuesNamed(scaledObjects)) {
    const there = await read(`queue ${name}`, async () => {
      const reached = await dial(within.namespace, within.service, access.login.port);
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
  return { queues, busService: within.service };
}

/** The queues that triggers name. A pattern names none: which queues it means is compared with what the workloads receive from. */
export function queuesNamed(scaledObjects: readonly ScaledObject[]): Set<string> {
  return new Set(
    scaledObjects.flatMap(({ spec }) =>
      (spec?.triggers ?? []).flatMap(({ type, metadata: { queueName, useRegex } }) =>
        type === "azure-servicebus" && queueName !== undefined && useRegex !== "true" ? [queueName] : [],
      ),
    ),
  );
}
