import type { KubeConfig } from "@kubernetes/client-node";
import type { Sample } from "../../loadtest/model/observed.ts";
import type { WorkloadDeclaration } from "../../loadtest/model/workload.ts";
import { autoscalersOf, discover } from "../../loadtest/observe/discovery.ts";
import { until } from "../../loadtest/observe/request.ts";
import { startSampler } from "../../loadtest/observe/sampler.ts";
import { workloadSampling } from "../../loadtest/observe/workloads.ts";
import { CliError } from "../process/cliError.ts";

const TIMEOUT_MS = 5000;
/** Between the look that tells the names of external metrics and the one that reads them. */
const BETWEEN_LOOKS_MS = 300;

/** The workloads of a namespace that something scales. @throws {CliError} where they cannot be listed. */
export async function scaledIn(kubeConfig: KubeConfig, namespace: string): Promise<WorkloadDeclaration[]> {
  const found = await discover(kubeConfig, namespace, () => until(AbortSignal.timeout(TIMEOUT_MS)));
  const { deployments, statefulSets, autoscalers, scaledObjects } = found;
  const unread = Object.entries({
    Deployments: deployments,
    StatefulSets: statefulSets,
    HorizontalPodAutoscalers: autoscalers,
    ScaledObjects: scaledObjects,
  })
    .filter(([, list]) => list === undefined)
    .map(([kind]) => kind);
  if (unread.length > 0) {
    throw new CliError(
      `${unread.join(", ")} in ${namespace} cannot be listed`,
      "use a context that may list them: --context NAME, or another namespace: --namespace NAME",
    );
  }
  const named = (
    kind: WorkloadDeclaration["kind"],
    objects: typeof deployments | typeof statefulSets,
  ): WorkloadDeclaration[] =>
    (objects ?? []).map(({ metadata }) => {
      const object = metadata?.name ?? "";
      return { name: object, kind, object, namespace, container: null, idleReplicas: null };
    });
  return [...named("Deployment", deployments), ...named("StatefulSet", statefulSets)].filter((workload) => {
    const scalers = autoscalersOf(found, workload);
    return scalers.autoscalers.length + scalers.scaledObjects.length > 0;
  });
}

/** What is there now. External metrics are known by their ScaledObject only: they are read in a second look. */
export async function readNow(kubeConfig: KubeConfig, workloads: readonly WorkloadDeclaration[]): Promise<Sample> {
  const { sources, sampleOf } = workloadSampling(kubeConfig, { workloads, queues: {} }, { externalMetrics: true });
  const sampler = startSampler(sources, sampleOf, { intervalMs: BETWEEN_LOOKS_MS, timeoutMs: TIMEOUT_MS });
  try {
    await sampler.next();
    const second = await sampler.next();
    if (second === undefined) throw new Error("the sampler has stopped by itself");
    return second;
  } finally {
    await sampler.stop();
  }
}
