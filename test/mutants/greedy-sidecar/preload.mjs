// Takes 15 % of a CPU, whatever the API has to do: more than 60 % of what the pod requests, 120m.
import { isMainThread, Worker } from "node:worker_threads";

const PERIOD_MS = 100;
const BUSY_MS = 15;

// The worker has this module preloaded, too.
if (isMainThread) {
  const busy = `setInterval(() => { const until = performance.now() + ${BUSY_MS}; while (performance.now() < until); }, ${PERIOD_MS});`;
  new Worker(busy, { eval: true }).unref();
}
