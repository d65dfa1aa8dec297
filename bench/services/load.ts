import { setTimeout as delay } from "node:timers/promises";
import { httpRequest, openConnection, type HttpConnection } from "./connection.ts";
import { cpuSeconds } from "./cpuTime.ts";
import { loadJob, orderOf, STORED_ORDERS, storedOrderId, type LoadJob, type LoadResult } from "./loadJob.ts";
import { percentile } from "./percentile.ts";

/**
 * One load on an HTTP server, as a process of its own: `node bench/services/load.ts '<job as JSON>'`. Prints the result as JSON.
 * An answer that is not a success ends it with an error.
 */
const TICK_MS = 1;

const job: LoadJob = loadJob.parse(JSON.parse(process.argv[2] ?? ""));
const { placeOrders, readOrders } = {
  placeOrders: { status: 202, requestOf: (index: number) => httpRequest("POST", "/api/v1/orders", orderOf(index)) },
  readOrders: {
    status: 200,
    requestOf: (index: number) => httpRequest("GET", `/api/v1/orders/${storedOrderId(index)}`),
  },
};
const load = job.kind === "placeOrders" ? placeOrders : readOrders;
// Made beforehand, so that the generator costs little.
const requests = Array.from({ length: STORED_ORDERS }, (_, index) => load.requestOf(index));

let sent = 0;
let tookMs: number[] = [];
let ended = false;

async function exchange(connection: HttpConnection, dueMs: number): Promise<void> {
  const request = requests[sent % requests.length] ?? Buffer.alloc(0);
  sent += 1;
  const status = await connection.send(request);
  if (status !== load.status) throw new Error(`answered with ${status}, expected ${load.status}`);
  tookMs.push(performance.now() - dueMs);
}

/** Each connection sends again as soon as it has its answer. */
async function closedLoop(connection: HttpConnection): Promise<void> {
  while (!ended) await exchange(connection, performance.now());
}

/** Requests fall due evenly. One that finds no free connection waits, and that counts. */
async function openLoop(connections: readonly HttpConnection[], perSecond: number): Promise<void> {
  const free = [...connections];
  const underWay = new Set<Promise<void>>();
  const beginMs = performance.now();
  for (let due = 0; !ended;) {
    const dueMs = beginMs + (due * 1_000) / perSecond;
    const connection = dueMs <= performance.now() ? free.pop() : undefined;
    if (connection === undefined) {
      await Promise.race([delay(TICK_MS), ...(free.length === 0 ? underWay : [])]);
      continue;
    }
    due += 1;
    const exchanged = exchange(connection, dueMs).then(() => {
      free.push(connection);
      underWay.delete(exchanged);
    });
    underWay.add(exchanged);
  }
  await Promise.all(underWay);
}

const connections = await Promise.all(Array.from({ length: job.connections }, () => openConnection(job.port)));
const running =
  job.perSecond === undefined ? Promise.all(connections.map(closedLoop)) : openLoop(connections, job.perSecond);
const measured = (async (): Promise<LoadResult> => {
  await delay(job.warmUpMs);
  tookMs = [];
  const [beginMs, cpuAtBegin] = [performance.now(), cpuSeconds(job.pid)];
  await delay(job.measureMs);
  const [seconds, cpu] = [(performance.now() - beginMs) / 1_000, cpuSeconds(job.pid) - cpuAtBegin];
  const taken = tookMs;
  ended = true;
  return {
    answers: taken.length,
    seconds,
    cpuSeconds: cpu,
    p50Ms: percentile(taken, 0.5),
    p99Ms: percentile(taken, 0.99),
  };
})();
const [result] = await Promise.all([measured, running]);
for (const connection of connections) connection.close();
process.stdout.write(`${JSON.stringify(result)}\n`);
