import type { KubeConfig } from "@kubernetes/client-node";
import type { WorkloadDeclaration } from "../../loadtest/model/workload.ts";
import { isTarget } from "../../loadtest/observe/workloads.ts";
import type { ReachedCluster } from "../cluster/provider.ts";
import { accepted } from "./acceptance.ts";
import { controllerFindings } from "./controllers.ts";
import { distinct, type Finding, type FindingId } from "./finding.ts";
import { readNamespace } from "./read.ts";
import { scalingFindings } from "./scaling.ts";
import { liveObjects, objectsIn, type View } from "./view.ts";

/** Findings about what scales on resources; all others of the controllers are about KEDA. */
const OF_METRICS_SERVER: readonly FindingId[] = [
  ...(["metrics-server-missing", "metrics-server-incomplete", "metrics-server-unusable"] as const),
];

/**
 * What is wrong with what scales these workloads, before a load shows it. What the kubeconfig may not read is not asked: a proof needs fewer
 * permissions than a diagnosis.
 * @param reach dials Services, where the bus within the cluster can be asked.
 */
export async function findingsAbout(
  workloads: readonly WorkloadDeclaration[],
  kubeConfig: KubeConfig,
  reach?: ReachedCluster["dialService"],
): Promise<Finding[]> {
  const namespaces = [...new Set(workloads.map(({ namespace }) => namespace))];
  const found = await Promise.all(
    namespaces.map(async (namespace) => {
      const view = await readNamespace(kubeConfig, namespace, reach);
      const own = workloads.filter((workload) => workload.namespace === namespace);
      return accepted(aboutThese(view, own), objectsIn(view));
    }),
  );
  return distinct(found.flat());
}

/** Of a view of one namespace; what else is deployed there is left out. */
export function aboutThese(view: View, workloads: readonly WorkloadDeclaration[]): Finding[] {
  const { autoscalers, scaledObjects } = liveObjects(view);
  const isOwn = (ref: Parameters<typeof isTarget>[0]): boolean => workloads.some((workload) => isTarget(ref, workload));
  const horizontal = autoscalers.filter(({ spec }) => isOwn(spec.scaleTargetRef));
  const scaled = scaledObjects.filter(({ spec }) => isOwn(spec?.scaleTargetRef));
  const triggers = scaled.flatMap(({ spec }) => spec?.triggers ?? []);
  const names: Readonly<Record<string, readonly (string | undefined)[]>> = {
    HorizontalPodAutoscaler: horizontal.map(({ metadata }) => metadata?.name),
    ScaledObject: scaled.map(({ metadata }) => metadata?.name),
    TriggerAuthentication: triggers.map(({ authenticationRef }) => authenticationRef?.name),
    Queue: triggers.map(({ metadata }) => metadata.queueName),
    Deployment: workloads.filter(({ kind }) => kind === "Deployment").map(({ object }) => object),
    StatefulSet: workloads.filter(({ kind }) => kind === "StatefulSet").map(({ object }) => object),
  };
  const readsResources = horizontal.some(({ spec }) =>
    (spec.metrics ?? []).some(({ type }) => type === "Resource" || type === "ContainerResource"),
  );
  const ofControllers = controllerFindings(view).filter(({ id }) =>
    OF_METRICS_SERVER.includes(id) ? readsResources : scaled.length > 0,
  );
  const ofObjects = scalingFindings(view).filter(
    ({ id, subject: { kind, name } }) =>
      names[kind]?.includes(name) === true ||
      ((id === "keda-certificates-untrusted" || id === "bus-without-pods") && scaled.length > 0),
  );
  return distinct([...ofControllers, ...ofObjects]);
}
