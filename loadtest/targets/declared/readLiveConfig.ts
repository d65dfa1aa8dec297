import type { KubeConfig } from "@kubernetes/client-node";
import type { AutoscalingConfig } from "../../model/autoscaling.ts";
import type { WorkloadDeclaration } from "../../model/workload.ts";
import { autoscalingConfigOf } from "../../observe/autoscalingConfig.ts";
import { readMetricsResolutionSeconds } from "../../observe/metricsResolution.ts";
import { startSampler } from "../../observe/sampler.ts";
import { workloadSampling } from "../../observe/workloads.ts";

const READ_TIMEOUT_MS = 10_000;

/** How the workloads scale, from one sample; null where something of it cannot be read, which the preflight checks name. */
export async function readLiveConfig(
  kubeConfig: KubeConfig,
  workloads: readonly WorkloadDeclaration[],
): Promise<AutoscalingConfig | null> {
  const metricsResolutionSeconds = await readMetricsResolutionSeconds(kubeConfig);
  const { sources, sampleOf } = workloadSampling(kubeConfig, { workloads, queues: {} }, { externalMetrics: false });
  const sampler = startSampler(sources, sampleOf, { timeoutMs: READ_TIMEOUT_MS });
  try {
    const sample = await sampler.next();
    return sample === undefined ? null : (autoscalingConfigOf([sample], workloads, metricsResolutionSeconds) ?? null);
  } finally {
    await sampler.stop();
  }
}
