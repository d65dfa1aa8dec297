import { once } from "node:events";
import { readDeclaration } from "../../loadtest/declaration/readDeclaration.ts";
import { renderErrors } from "../../loadtest/declaration/render.ts";
import { liveHtml } from "../../loadtest/report/html/live.ts";
import { declaredWorkloads } from "../../loadtest/targets/declared/workloads.ts";
import { QUEUE } from "../../loadtest/targets/orders/scenarios/declaration.ts";
import { ordersWorkloads } from "../../loadtest/targets/orders/workloads.ts";
import { kubeConfigOf } from "../cluster/kubeConfig.ts";
import type { ReachedCluster } from "../cluster/provider.ts";
import { say } from "../process/progress.ts";
import { parseWatchOptions, watchHelp } from "./options.ts";
import { watchedQueue } from "./queue.ts";
import { startLiveServer } from "./server.ts";
import { publishFrames, startWatching, type Watched } from "./watch.ts";

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
  const { help, file, port, context, namespace: named, queue } = parseWatchOptions(args, call.command);
  if (help) {
    process.stdout.write(watchHelp(call));
    return 0;
  }
  const read = file === undefined ? undefined : await readDeclaration(file);
  if (read?.kind === "wrong") {
    process.stderr.write(renderErrors(read.errors));
    return 2;
  }
  const declaration = read?.declaration;
  const cluster = await call.reach(context);
  const kubeConfig = kubeConfigOf(cluster);
  const contextNamespace =
    cluster.context === undefined ? undefined : kubeConfig.getContextObject(cluster.context)?.namespace;
  const namespace = named ?? declaration?.namespace ?? contextNamespace ?? call.defaultNamespace;
  const name = kubeConfig.getCurrentCluster()?.name ?? kubeConfig.getCurrentContext();
  const page = await liveHtml({ cluster: name, namespace, windowMinutes: WINDOW_MINUTES });
  const server = await startLiveServer(page, port);
  const readQueue = declaration === undefined ? watchedQueue(cluster, kubeConfig, namespace, queue) : undefined;
  const watched: Watched = {
    workloads: declaration === undefined ? ordersWorkloads(namespace) : declaredWorkloads(declaration, namespace),
    queues: readQueue === undefined ? {} : { [QUEUE]: { feeds: "worker", read: readQueue } },
    externalMetrics: declaration !== undefined,
  };
  const sampler = startWatching(kubeConfig, watched, WINDOW_MINUTES * 60);
  // Before the address is printed: who reads it may send a signal at once.
  const ended = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  process.stdout.write(`http://127.0.0.1:${server.port}/\n`);
  say("Ctrl-C ends it.");

  void ended.then(() => sampler.stop());
  await publishFrames(watched, sampler, server);
  await Promise.all([server.close(), readQueue?.close()]);
  return 0;
}
