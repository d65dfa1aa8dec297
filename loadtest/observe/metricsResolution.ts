import type { KubeConfig, V1Deployment } from "@kubernetes/client-node";
import { parseDuration } from "../model/parseDuration.ts";
import { findMetricsServer, RESOURCE_METRICS } from "./controllers.ts";
import { present, until } from "./request.ts";
import { readControllerObjects } from "./readControllers.ts";
import type { Source } from "./sampler.ts";

/** metrics-server's own, where its Deployment does not say. */
const DEFAULT_METRICS_RESOLUTION_SECONDS = 60;
const READ_TIMEOUT_MS = 10_000;

/**
 * metrics-server's --metric-resolution, in seconds: how old a CPU sample may be beside the kubelet's own. Undefined where another component serves the
 * metrics; needs what {@link readControllerObjects} does.
 */
function metricsResolutionSource(kubeConfig: KubeConfig): Source<number | undefined> {
  return present(`what serves ${RESOURCE_METRICS}`, async (signal) => {
    const discovery = findMetricsServer(await readControllerObjects(kubeConfig, until(signal)));
    if (discovery.id !== "present" || !discovery.params.isMetricsServer) return undefined;
    const { deployment } = discovery.params;
    return deployment === undefined ? undefined : metricsResolutionSeconds(deployment);
  });
}

/**
 * The same, once; where it cannot be read, or another component serves the metrics, metrics-server's own default.
 * @param onError gets why it cannot be read, and what is taken instead, in seconds.
 */
export async function readMetricsResolutionSeconds(
  kubeConfig: KubeConfig,
  onError: (error: unknown, otherwiseSeconds: number) => void = () => undefined,
): Promise<number> {
  try {
    const read = await metricsResolutionSource(kubeConfig)(AbortSignal.timeout(READ_TIMEOUT_MS));
    return read ?? DEFAULT_METRICS_RESOLUTION_SECONDS;
  } catch (error) {
    onError(error, DEFAULT_METRICS_RESOLUTION_SECONDS);
    return DEFAULT_METRICS_RESOLUTION_SECONDS;
  }
}

export function metricsResolutionSeconds(deployment: V1Deployment): number {
  const words = (deployment.spec?.template.spec?.containers ?? []).flatMap(({ command = [], args = [] }) => [
    ...command,
    ...args,
  ]);
  const flag = words.findLast((word) => word.startsWith("--metric-resolution="));
  return parseDuration(flag?.split("=")[1] ?? "") ?? DEFAULT_METRICS_RESOLUTION_SECONDS;
}
