import type { Endpoint } from "../../loadtest/model/endpoint.ts";
import { once } from "node:events";
import type { Cluster } from "../cluster/provider.ts";
import { chooseProvider } from "../cluster/choose.ts";
import { readyReplicas } from "../cluster/readyReplicas.ts";
import { DASHBOARDS } from "../dashboards/files.ts";
import { LINKS } from "../dashboards/links.ts";
import { runMain } from "../process/runMain.ts";
import { DEV_NAMESPACE } from "../process/paths.ts";
import { CliError } from "../process/cliError.ts";
import { say } from "../process/progress.ts";
import { forwardToLoopback } from "../cluster/loopbackForward.ts";

const PROMETHEUS_PORT = 9090;
const GRAFANA_PORT = 3000;

await runMain(
  async () => {
    const cluster = await (await chooseProvider()).attach();
    if ((await readyReplicas(cluster, DEV_NAMESPACE, "prometheus")) === undefined) {
      throw new CliError(
        `there is no Prometheus in namespace ${DEV_NAMESPACE}`,
        "deploy it: kubectl apply -k kustomize/overlays/dev",
      );
    }
    const prometheus = await open(cluster, "prometheus", PROMETHEUS_PORT);
    print("Prometheus", prometheus);
    print("Alerts", prometheus, "/alerts");
    const why = await whyNoGrafana(cluster);
    const grafana = why === undefined ? await open(cluster, "grafana", GRAFANA_PORT) : undefined;
    if (why !== undefined) say(why);
    if (grafana !== undefined) {
      for (const { title, uid } of Object.values(DASHBOARDS)) print(`Grafana: ${title}`, grafana, `/d/${uid}`);
    }
    for (const [title, expression] of LINKS) {
      const query = new URLSearchParams({ "g0.expr": expression, "g0.tab": "graph", "g0.range_input": "15m" });
      process.stdout.write(`\n${title}\n  http://127.0.0.1:${prometheus.port}/query?${query.toString()}\n`);
    }
    say("\nCtrl-C ends it.");
    await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
    await Promise.all([prometheus.close(), grafana?.close()]);
    return 0;
  },
  { handlesSignals: true },
);

/** Why there is no Grafana to open, with the fix; undefined when there is one. Nothing else waits for it. */
async function whyNoGrafana(cluster: Cluster): Promise<string | undefined> {
  const ready = await readyReplicas(cluster, DEV_NAMESPACE, "grafana");
  if (ready === undefined)
    return "Grafana is not deployed. To have it: kubectl apply -k kustomize/overlays/dev-grafana";
  if (ready > 0) return undefined;
  return `Grafana is deployed and not ready. To see why: kubectl describe pods -n ${DEV_NAMESPACE} -l service=grafana`;
}

/** A Service's port on this machine's loopback, under the same number if that is free. */
async function open(cluster: Cluster, service: string, port: number): Promise<Endpoint> {
  return forwardToLoopback(await cluster.dialService(DEV_NAMESPACE, service, port), port);
}

function print(what: string, reached: Endpoint, path = ""): void {
  process.stdout.write(`${what.padEnd(22)} http://127.0.0.1:${reached.port}${path}\n`);
}
