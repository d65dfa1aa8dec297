import { AppsV1Api, CoreV1Api, type KubeConfig, type V1Pod } from "@kubernetes/client-node";
import type { Workload, WorkloadDeclaration } from "../model/workload.ts";
import { autoscalersOf, discover, type Discovered } from "../observe/discovery.ts";
import { formatSelector, isOwnPod } from "../observe/pods.ts";
import { requestOptions } from "./apiRequest.ts";
import { rejectionOf } from "../observe/rejection.ts";
import type { PreflightFinding } from "./finding.ts";

/** What was found of the workloads' namespace. */
interface Found {
  discovered: Discovered;
  /** Whether the namespace itself exists; undefined where reading it is forbidden. */
  namespaceExists: boolean | undefined;
}

/** One finding for each workload that is not there, that nothing scales or that several do, and for pods of others under its selector. */
export async function workloadFindings(
  kubeConfig: KubeConfig,
  workloads: readonly WorkloadDeclaration[],
  mustScale: ReadonlySet<Workload>,
): Promise<PreflightFinding[]> {
  const namespaces = [...new Set(workloads.map(({ namespace }) => namespace))];
  const findings = await Promise.all(
    namespaces.map(async (namespace) => {
      const found: Found = {
        discovered: await discover(kubeConfig, namespace, requestOptions),
        namespaceExists: await exists(kubeConfig, namespace),
      };
      const own = workloads.filter((workload) => workload.namespace === namespace);
      if (found.namespaceExists === false) return [await missingNamespace(kubeConfig, namespace, own)];
      return (
        await Promise.all(own.map((workload) => findingsOf(kubeConfig, workload, found, mustScale.has(workload.name))))
      ).flat();
    }),
  );
  return findings.flat();
}

async function findingsOf(
  kubeConfig: KubeConfig,
  workload: WorkloadDeclaration,
  { discovered }: Found,
  mustScale: boolean,
): Promise<PreflightFinding[]> {
  const { name, kind, object, namespace } = workload;
  const list = kind === "Deployment" ? discovered.deployments : discovered.statefulSets;
  const live = list?.find(({ metadata }) => metadata?.name === object);
  if (list !== undefined && live === undefined) {
    const existing = list.flatMap(({ metadata }) => metadata?.name ?? []);
    const elsewhere = await namespacesWith(kubeConfig, [workload]);
    return [
      { id: "object-missing", severity: "ERROR", params: { namespace, kind, name: object, existing, elsewhere } },
    ];
  }
  const findings: PreflightFinding[] = [];
  if (discovered.autoscalers !== undefined && discovered.scaledObjects !== undefined) {
    const { autoscalers, scaledObjects } = autoscalersOf(discovered, workload);
    const names = [
      ...autoscalers.map(({ metadata }) => `HorizontalPodAutoscaler ${metadata?.name ?? ""}`),
      ...scaledObjects.map(({ metadata }) => `ScaledObject ${metadata.name}`),
    ];
    if (names.length === 0) {
      const existing = [
        ...discovered.autoscalers.map(({ metadata }) => `HorizontalPodAutoscaler ${metadata?.name ?? ""}`),
        ...discovered.scaledObjects.map(({ metadata }) => `ScaledObject ${metadata.name}`),
      ];
      const severity = mustScale ? "ERROR" : "WARN";
      findings.push({
        id: "autoscaler-missing",
        severity,
        params: { workload: name, kind, object, namespace, existing },
      });
    } else if (names.length > 1) {
      findings.push({ id: "several-autoscalers", severity: "ERROR", params: { workload: name, names } });
    }
  }
  const selector = live?.spec?.selector;
  const others = selector === undefined ? [] : await podsOfOthers(kubeConfig, workload, formatSelector(selector));
  if (others.length > 0) {
    const pods = others.map(({ metadata }) => metadata?.name ?? "");
    findings.push({ id: "pods-of-others", severity: "WARN", params: { workload: name, kind, object, pods } });
  }
  return findings;
}

/** Pods that an HPA counts as the workload's, since they are under its selector, and that somebody else owns. */
async function podsOfOthers(
  kubeConfig: KubeConfig,
  workload: WorkloadDeclaration,
  labelSelector: string,
): Promise<V1Pod[]> {
  try {
    const { items } = await kubeConfig
      .makeApiClient(CoreV1Api)
      .listNamespacedPod({ namespace: workload.namespace, labelSelector }, requestOptions());
    return items.filter((pod) => !isOwnPod(pod, workload));
  } catch {
    // Whether pods may be listed is a finding of its own.
    return [];
  }
}

async function missingNamespace(
  kubeConfig: KubeConfig,
  namespace: string,
  workloads: readonly WorkloadDeclaration[],
): Promise<PreflightFinding> {
  const elsewhere = await namespacesWith(kubeConfig, workloads);
  return { id: "namespace-missing", severity: "ERROR", params: { namespace, elsewhere } };
}

/** Other namespaces that have a Deployment of the name of the last workload, for a hint; none where that may not be listed. */
async function namespacesWith(kubeConfig: KubeConfig, workloads: readonly WorkloadDeclaration[]): Promise<string[]> {
  const workload = workloads.at(-1);
  if (workload?.kind !== "Deployment") return [];
  const everywhere = await kubeConfig
    .makeApiClient(AppsV1Api)
    .listDeploymentForAllNamespaces({ fieldSelector: `metadata.name=${workload.object}` }, requestOptions())
    .catch(() => undefined);
  return (everywhere?.items ?? [])
    .flatMap(({ metadata }) => metadata?.namespace ?? [])
    .filter((other) => other !== workload.namespace);
}

async function exists(kubeConfig: KubeConfig, namespace: string): Promise<boolean | undefined> {
  try {
    await kubeConfig.makeApiClient(CoreV1Api).readNamespace({ name: namespace }, requestOptions());
    return true;
  } catch (error) {
    return rejectionOf(error)?.code === 404 ? false : undefined;
  }
}
