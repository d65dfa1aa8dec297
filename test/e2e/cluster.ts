import { CustomObjectsApi, type KubeConfig, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { causeText } from "../../loadtest/report/texts/causeTexts.ts";
import type { Observed, Sample } from "../../loadtest/model/observed.ts";
import { queueSource, readBusAccess } from "../../loadtest/observe/queue.ts";
import { kubernetesSources } from "../../loadtest/observe/kubernetes.ts";
import { startSampler } from "../../loadtest/observe/sampler.ts";
import { idleBlockers } from "../../loadtest/assertions/quiescence.ts";
import { chooseProvider } from "../../scripts/cluster/choose.ts";
import type { ClusterProvider } from "../../scripts/cluster/provider.ts";
import { proofClusterOn, type ProofCluster } from "../../scripts/proof/proofCluster.ts";

export const NAMESPACE = "orders-dev";
const SCALED_OBJECT = {
  group: "keda.sh",
  version: "v1alpha1",
  plural: "scaledobjects",
  namespace: NAMESPACE,
  name: "worker",
};

/** The deployed system, on the cluster that `CLUSTER` names or that fits this machine: a person's own context is never taken silently. */
export async function attachToCluster(provider?: Pick<ClusterProvider, "attach">): Promise<ProofCluster> {
  return proofClusterOn(await (provider ?? (await chooseProvider())).attach(), NAMESPACE);
}

/** Sets or, with null, removes an annotation of the worker's ScaledObject. */
export async function annotateScaledObject(kubeConfig: KubeConfig, name: string, value: string | null): Promise<void> {
  await kubeConfig
    .makeApiClient(CustomObjectsApi)
    .patchNamespacedCustomObject(
      { ...SCALED_OBJECT, body: { metadata: { annotations: { [name]: value } } } },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
}

/**
 * Reads the cluster once a second until it is as a test needs it.
 * @param unmet what is missing, in words; empty when nothing is.
 * @throws after `timeoutSeconds`, with what was missing then.
 */
export async function until(
  { kubeConfig, reach }: Pick<ProofCluster, "kubeConfig" | "reach">,
  timeoutSeconds: number,
  unmet: (readings: Sample["readings"], blockers: string[]) => string[],
): Promise<void> {
  const access = await readBusAccess(kubeConfig, NAMESPACE);
  const bus = await reach("servicebus-emulator", 443);
  const queue = queueSource(access, "orders", bus);
  const sampler = startSampler<Observed>({ ...kubernetesSources(kubeConfig, NAMESPACE), queue });
  const deadlineMs = Date.now() + timeoutSeconds * 1000;
  try {
    for (;;) {
      const sample = await sampler.next();
      if (sample === undefined) throw new Error("the sampler was stopped");
      const missing = unmet(sample.readings, idleBlockers(sample).map(causeText));
      if (missing.length === 0) return;
      if (Date.now() > deadlineMs) throw new Error(`after ${timeoutSeconds} s: ${missing.join("; ")}`);
    }
  } finally {
    await sampler.stop();
    queue.close();
    await bus.close();
  }
}
