import { once } from "node:events";
import { liveHtml } from "../../loadtest/report/html/live.ts";
import { QUEUE } from "../../loadtest/targets/orders/scenarios/declaration.ts";
import { ordersWorkloads } from "../../loadtest/targets/orders/workloads.ts";
import { chooseProvider } from "../cluster/choose.ts";
import { kubeConfigOf } from "../cluster/kubeConfig.ts";
import { runMain } from "../process/runMain.ts";
import { say } from "../process/progress.ts";
import { parseWatchOptions, WATCH_HELP } from "../watch/options.ts";
import { watchedQueue } from "../watch/queue.ts";
import { startLiveServer } from "../watch/server.ts";
import { publishFrames, startWatching, type Watched } from "../watch/watch.ts";

const WINDOW_MINUTES = 15;

await runMain(
  async () => {
    const { help, port, namespace, queue } = parseWatchOptions(process.argv.slice(2));
    if (help) {
      process.stdout.write(WATCH_HELP);
      return 0;
    }
    const cluster = await (await chooseProvider()).attach();
    const kubeConfig = kubeConfigOf(cluster);
    const name = kubeConfig.getCurrentCluster()?.name ?? kubeConfig.getCurrentContext();
    const page = await liveHtml({ cluster: name, namespace, windowMinutes: WINDOW_MINUTES });
    const server = await startLiveServer(page, port);
    const readQueue = watchedQueue(cluster, kubeConfig, namespace, queue);
    // The orders system, as in a clone of the repository.
    const watched: Watched = {
      workloads: ordersWorkloads(namespace),
      queues: { [QUEUE]: { feeds: "worker", read: readQueue } },
      externalMetrics: false,
    };
    const sampler = startWatching(kubeConfig, watched, WINDOW_MINUTES * 60);
    process.stdout.write(`http://127.0.0.1:${server.port}/\n`);
    say("Ctrl-C ends it.");

    const ended = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
    void ended.then(() => sampler.stop());
    await publishFrames(watched, sampler, server);
    await Promise.all([server.close(), readQueue.close()]);
    return 0;
  },
  { handlesSignals: true },
);
