import type { KubeConfig, V1Deployment } from "@kubernetes/client-node";
import { parseDuration } from "../model/parseDuration.ts";
import { findMetricsServer, RESOURCE_METRICS } from "./controllers.ts";
import { present, until } from "./request.ts";
import { readControllerObjects } from "./readControllers.ts";
import type { Source } from "./sampler.ts";

/** metrics-server's own, where its Deployment does not say. */
const DEFAULT_METRICS_RESOLUTION_SECONDS = 60;

/**
 * metrics-server's --metric-resolution, in seconds: how old a CPU sample may be beside the kubelet's own. Undefined where another component serves the
 * metrics; needs what {@link readControllerObjects} does.
 */
export function metricsResolutionSource(kubeConfig: KubeConfig): Source<number | undefined> {
  return present(`what serves ${RESOURCE_METRICS}`, async (signal) => {
    const discovery = findMetricsServer(await readControllerObjects(kubeConfig, until(signal)));
    if (discovery.id !== "present" || !discovery.params.isMetricsServer) return undefined;
    const { deployment } = discovery.params;
    return deployment === undefined ? undefined : metricsResolutionSeconds(deployment);
  });
}

export function metricsResolutionSeconds(deployment: V1Deployment): number {
  const words = (deployment.spec?.template.spec?.containers ?? []).flatMap(({ command = [], args = [] }) => [
    ...command,
    ...args,
  ]);
  const flag = words.findLast((word) => word.startsWith("--metric-resolution="));
  return parseDuration(flag?.split("=")[1] ?? "") ?? DEFAULT_METRICS_RESOLUTION_SECONDS;
}
