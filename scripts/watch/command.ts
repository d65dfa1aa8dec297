import { once } from "node:events";
import { kubernetesSources } from "../../loadtest/observe/kubernetes.ts";
import { startSampler } from "../../loadtest/observe/sampler.ts";
import { frameOf } from "../../loadtest/report/feed.ts";
import { liveHtml } from "../../loadtest/report/html/live.ts";
import type { Observed } from "../../loadtest/model/observed.ts";
import { kubeConfigOf } from "../cluster/kubeConfig.ts";
import type { ReachedCluster } from "../cluster/provider.ts";
import { say } from "../process/progress.ts";
import { parseWatchOptions, watchHelp } from "./options.ts";
import { watchedQueue } from "./queue.ts";
import { startLiveServer } from "./server.ts";

const WINDOW_MINUTES = 15;

/** How it was called. */
export interface WatchCall {
  /** The command to show in messages. */
  command: string;
  /** Gives the cluster of a context, or the one to take without any. */
  reach: (context: string | undefined) => Promise<ReachedCluster>;
  /** Where neither an option nor the context names one. */
  defaultNamespace: string;
}

/**
 * Serves the live view until the process is told to stop.
 * @returns the exit code.
 */
export async function runWatch(args: readonly string[], call: WatchCall): Promise<number> {
  const { help, port, context, namespace: named, queue } = parseWatchOptions(args, call.command);
  if (help) {
    process.stdout.write(watchHelp(call));
    return 0;
  }
  const cluster = await call.reach(context);
  const kubeConfig = kubeConfigOf(cluster);
  const contextNamespace =
    cluster.context === undefined ? undefined : kubeConfig.getContextObject(cluster.context)?.namespace;
  const namespace = named ?? contextNamespace ?? call.defaultNamespace;
  const name = kubeConfig.getCurrentCluster()?.name ?? kubeConfig.getCurrentContext();
  const page = await liveHtml({ cluster: name, namespace, windowMinutes: WINDOW_MINUTES });
  const server = await startLiveServer(page, port);
  const readQueue = watchedQueue(cluster, kubeConfig, namespace, queue);
  const sampler = startSampler<Observed>(
    { ...kubernetesSources(kubeConfig, namespace), queue: readQueue },
    { keep: WINDOW_MINUTES * 60 },
  );
  // Before the address is printed: who reads it may send a signal at once.
  const ended = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  process.stdout.write(`http://127.0.0.1:${server.port}/\n`);
  say("Ctrl-C ends it.");

  void ended.then(() => sampler.stop());
  while ((await sampler.next()) !== undefined) server.publish(() => JSON.stringify(frameOf(sampler.samples)));
  await Promise.all([server.close(), readQueue.close()]);
  return 0;
}
