import { CoreV1Api, CustomObjectsApi, KubeConfig, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { causeText } from "../../loadtest/report/texts/causeTexts.ts";
import type { Observed, Sample } from "../../loadtest/model/observed.ts";
import { queueSource, readBusAccess } from "../../loadtest/observe/queue.ts";
import type { ServiceDialer } from "../../loadtest/model/endpoint.ts";
import { kubernetesSources } from "../../loadtest/observe/kubernetes.ts";
import { startSampler } from "../../loadtest/observe/sampler.ts";
import { idleBlockers } from "../../loadtest/assertions/quiescence.ts";

export const NAMESPACE = "orders-dev";
const SCALED_OBJECT = {
  group: "keda.sh",
  version: "v1alpha1",
  plural: "scaledobjects",
  namespace: NAMESPACE,
  name: "worker",
};

/**
 * The cluster that KUBECONFIG names.
 * @throws without it: a person's own context is never taken silently.
 */
export function kubeConfigFromEnvironment(): KubeConfig {
  const path = process.env.KUBECONFIG;
  if (path === undefined || path === "") {
    throw new Error(
      "KUBECONFIG is not set; these tests pause a ScaledObject, so it has to name the cluster to do that in",
    );
  }
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(path);
  return kubeConfig;
}

/** Dials Services by their own addresses, for which the host has to have a route, as it has to the embedded cluster. */
export function reachByRoute(kubeConfig: KubeConfig): ServiceDialer {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  return async (name, port) => {
    const service = await core.readNamespacedService({ name, namespace: NAMESPACE });
    const host = service.spec?.clusterIP;
    if (host === undefined || host === "None") throw new Error(`Service ${name} has no address of its own`);
    return { host, port, close: () => undefined };
  };
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
 * Samples the cluster once a second until nothing is unmet.
 * @param unmet what is missing, in words; empty when nothing is.
 * @throws after `timeoutSeconds`, with what was missing then.
 */
export async function until(
  kubeConfig: KubeConfig,
  timeoutSeconds: number,
  unmet: (readings: Sample["readings"], blockers: string[]) => string[],
): Promise<void> {
  const access = await readBusAccess(kubeConfig, NAMESPACE);
  const queue = queueSource(access, "orders", await reachByRoute(kubeConfig)("servicebus-emulator", 443));
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
  }
}
