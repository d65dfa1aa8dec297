import { idleBlockers } from "../../loadtest/assertions/quiescence.ts";
import { autoscalerOf, type Sample, scaledObjectOf } from "../../loadtest/model/observed.ts";
import { valueOf } from "../../loadtest/model/reading.ts";
import { workloadSampling } from "../../loadtest/observe/workloads.ts";
import { QUEUE } from "../../loadtest/targets/orders/scenarios/declaration.ts";
import { ordersWorkloads } from "../../loadtest/targets/orders/workloads.ts";
import { queueSource, readBusAccess } from "../../loadtest/targets/orders/serviceBus/queue.ts";
import { startSampler } from "../../loadtest/observe/sampler.ts";
import { causeText } from "../../loadtest/report/texts/causeTexts.ts";
import { CliError } from "../process/cliError.ts";
import type { ProofCluster } from "./proofCluster.ts";

const TIMEOUT_SECONDS = 420;
/** Seen idle for so long: a queue that is filled, or an autoscaler that has only just come back, shows within that time. */
const IDLE_SECONDS = 10;

/**
 * Waits until the deployed system is as a proof finds it: the worker's ScaledObject is ready and has its HPA, the queue is empty, and each workload is at
 * its minimum.
 * @throws {CliError} when it takes too long, with what is not idle.
 */
export async function untilIdle({
  kubeConfig,
  namespace,
  reach,
}: Pick<ProofCluster, "kubeConfig" | "namespace" | "reach">): Promise<void> {
  const access = await readBusAccess(kubeConfig, namespace);
  const bus = await reach("servicebus-emulator", 443);
  const queue = queueSource(access, "orders", bus);
  const sampled = { workloads: ordersWorkloads(namespace), queues: { [QUEUE]: queue } };
  const { sources, sampleOf } = workloadSampling(kubeConfig, sampled, { externalMetrics: false });
  const sampler = startSampler(sources, sampleOf);
  const deadlineMs = Date.now() + TIMEOUT_SECONDS * 1000;
  let idleSinceMs: number | undefined;
  try {
    for (;;) {
      const sample = await sampler.next();
      if (sample === undefined) throw new Error("the sampler was stopped");
      const blockers = blockersIn(sample, namespace);
      idleSinceMs = blockers.length > 0 ? undefined : (idleSinceMs ?? sample.atMs);
      if (idleSinceMs !== undefined && sample.atMs - idleSinceMs >= IDLE_SECONDS * 1000) return;
      if (sample.atMs > deadlineMs) {
        throw new CliError(
          `${namespace} is not idle after ${TIMEOUT_SECONDS} s: ${blockers.join("; ") || "it has only just become so"}`,
          "wait, or see what ./scripts/doctor reports, and run the same command again",
        );
      }
    }
  } finally {
    await sampler.stop();
    queue.close();
    await bus.close();
  }
}

/** What is not idle in one sample, in words. */
export function blockersIn(sample: Sample, namespace: string): string[] {
  const scaledObject = valueOf(scaledObjectOf(sample, "worker"));
  const ready = scaledObject?.conditions.Ready?.status;
  const system = { workloads: ordersWorkloads(namespace), queues: [QUEUE] };
  return [
    ...(ready === "True" ? [] : ["ScaledObject worker is not ready"]),
    ...(scaledObject?.conditions.Fallback?.status === "True" ? ["ScaledObject worker is on its fallback"] : []),
    ...(autoscalerOf(sample, "worker").kind === "value" ? [] : ["there is no HPA worker"]),
    ...idleBlockers(sample, system).map(causeText),
  ];
}
