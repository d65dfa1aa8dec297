import type { KubeConfig } from "@kubernetes/client-node";
import type { QueueState, Sample } from "../../loadtest/model/observed.ts";
import type { Workload, WorkloadDeclaration } from "../../loadtest/model/workload.ts";
import { type Sampler, type Source, startSampler } from "../../loadtest/observe/sampler.ts";
import { workloadSampling } from "../../loadtest/observe/workloads.ts";
import { frameOf } from "../../loadtest/report/feed.ts";
import type { LiveServer } from "./server.ts";

/** A queue that is read at its source. */
export interface WatchedQueue {
  /** The workload that it feeds; null where the ScaledObjects' triggers are to tell. */
  feeds: Workload | null;
  read: Source<QueueState>;
}

/** What the live view shows. */
export interface Watched {
  workloads: readonly WorkloadDeclaration[];
  queues: Readonly<Record<string, WatchedQueue>>;
  /** Whether external metrics are read, which needs a right of its own. */
  externalMetrics: boolean;
}

/** Reads it once a second. @param keep samples that are kept, the newest. */
export function startWatching(kubeConfig: KubeConfig, watched: Watched, keep: number): Sampler<Sample> {
  const queues = Object.fromEntries(Object.entries(watched.queues).map(([name, { read }]) => [name, read]));
  const { sources, sampleOf } = workloadSampling(kubeConfig, { workloads: watched.workloads, queues }, watched);
  return startSampler(sources, sampleOf, { keep });
}

/** Sends a frame for each sample to every browser, until the sampler is stopped. */
export async function publishFrames(
  { queues }: Pick<Watched, "queues">,
  sampler: Pick<Sampler<Sample>, "next" | "samples">,
  server: Pick<LiveServer, "publish">,
): Promise<void> {
  const feeds: Record<string, Workload> = {};
  for (const [name, queue] of Object.entries(queues)) if (queue.feeds !== null) feeds[name] = queue.feeds;
  while ((await sampler.next()) !== undefined) server.publish(() => JSON.stringify(frameOf(sampler.samples, feeds)));
}
