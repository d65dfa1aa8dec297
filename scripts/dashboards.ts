import { once } from "node:events";
import { chooseProvider } from "./cluster/choose.ts";
import { entry } from "./entry.ts";
import { DEV_NAMESPACE } from "./paths.ts";
import { say } from "./progress.ts";
import { forwardToLoopback } from "./cluster/forward.ts";

/** Questions that Prometheus's own page answers with one click. */
const QUERIES: readonly (readonly [title: string, expression: string])[] = [
  ["Messages waiting and locked, by queue", 'servicebus_emulator_messages{state=~"active|locked"}'],
  ["Pods that answer, by service", 'count by (service) (up{service=~"api|worker"} == 1)'],
  ["Orders processed a second, by outcome", "sum by (outcome) (rate(orders_processed_total[30s]))"],
  ["Requests a second to the API, by route and status", "sum by (route, status) (rate(http_requests_total[30s]))"],
  ["CPU of each API pod, in cores", 'rate(process_cpu_seconds_total{service="api"}[30s])'],
];
const PORT = 9090;

await entry(
  async () => {
    const cluster = await (await chooseProvider()).attach();
    const forwarded = await forwardToLoopback(await cluster.reach(DEV_NAMESPACE, "prometheus", PORT), PORT);
    const address = `http://127.0.0.1:${forwarded.port}`;
    process.stdout.write(`Prometheus  ${address}\n\n`);
    for (const [title, expression] of QUERIES) {
      const query = new URLSearchParams({ "g0.expr": expression, "g0.tab": "graph", "g0.range_input": "15m" });
      process.stdout.write(`${title}\n  ${address}/query?${query.toString()}\n`);
    }
    say("\nCtrl-C ends it.");
    await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
    await forwarded.close();
    return 0;
  },
  { handlesSignals: true },
);
