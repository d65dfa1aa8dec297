import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { startTestEmulator, type TestEmulator } from "../../support/emulator.ts";
import { eventually } from "../../support/eventually.ts";
import { orderMessage } from "../../support/orders.ts";
import { startProcess } from "../../support/process.ts";
import { startRedis, type TestRedis } from "../../support/redis.ts";
import { startService } from "../../support/service.ts";
import { createResources, type Resources } from "../../support/resources.ts";
import { processed, startWorker } from "../support/worker.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const spanId = "00f067aa0ba902b7";
const CUSTOMER = "Hildegard Knöterich";

const sharedResources = createResources();
let resources: Resources;
let redis: TestRedis;
let emulator: TestEmulator;

beforeAll(async () => {
  redis = sharedResources.add(await startRedis());
  emulator = sharedResources.add(await startTestEmulator());
});

afterAll(() => sharedResources.close());

beforeEach(async () => {
  resources = createResources();
  await redis.client.flushall();
});

afterEach(() => resources.close());

function tracedOrder() {
  const { messageId, body } = orderMessage();
  return {
    messageId,
    body: { ...body, customerName: CUSTOMER },
    applicationProperties: { traceparent: `00-${traceId}-${spanId}-01` },
  };
}

test("every log line of an order has its confirmation id and trace id, and none has a secret or a body", async () => {
  const worker = await startWorker(resources, emulator, redis, {
    LOG_LEVEL: "trace",
    WORKER_CONCURRENCY: "4",
    WORKER_HOLD_LIMIT_MS: "500",
  });
  const good = tracedOrder();
  const bad = { ...tracedOrder(), body: { ...tracedOrder().body, amount: CUSTOMER } };
  const stuck = tracedOrder();
  await redis.client.set(`order:${stuck.messageId}`, "not an order");
  await emulator.send(good, bad, stuck);
  await eventually("two are settled, one is abandoned", async () => {
    const outcomes = await Promise.all(
      ["processed", "dead_lettered", "abandoned"].map((one) => processed(worker, one)),
    );
    return outcomes.every((count) => count >= 1);
  });
  await redis.client.config("SET", "maxmemory", "1");
  await emulator.send(tracedOrder());
  await eventually("receiving pauses", async () => (await worker.metric("receiving_paused")) === 1);
  await redis.client.config("SET", "maxmemory", "0");
  await redis.client.del(`order:${stuck.messageId}`);
  await eventually("all the rest is processed", async () => (await processed(worker, "processed")) === 3);
  expect(await worker.end()).toBe(0);

  const output = worker.output();
  for (const secret of [CUSTOMER, "worker-key", "SharedAccessKey", '"customerName"'])
    expect(output).not.toContain(secret);
  const lines = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { msg: string; confirmationId?: string; traceId?: string });
  for (const [{ messageId }, msg] of [
    [good, "order processed"],
    [bad, "message dead-lettered"],
    [stuck, "message abandoned"],
  ] as const) {
    expect(lines).toContainEqual(expect.objectContaining({ msg, confirmationId: messageId, traceId }));
  }
  for (const line of lines.filter(({ confirmationId }) => confirmationId !== undefined))
    expect(line.traceId).toBe(traceId);
});

test("a trace that began elsewhere is continued to the call of the provider", async () => {
  const collected: string[] = [];
  const collector = createServer((request, response) => {
    void text(request).then((body) => {
      collected.push(body);
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  }).listen(0, "127.0.0.1");
  resources.add(collector);
  await once(collector, "listening");
  const worker = await startWorker(resources, emulator, redis, {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
  });
  await emulator.send(tracedOrder());
  await eventually("it is processed", async () => (await processed(worker, "processed")) === 1);
  expect(await worker.end()).toBe(0);
  interface Collected {
    resourceSpans: {
      scopeSpans: { spans: { name: string; traceId: string; spanId: string; parentSpanId: string }[] }[];
    }[];
  }
  const spans = collected
    .flatMap((body) => (JSON.parse(body) as Collected).resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap((scope) => scope.spans);
  const processing = spans.find(({ name }) => name === "process order");
  expect(processing).toMatchObject({ traceId, parentSpanId: spanId });
  expect(spans.find(({ name }) => name === "fulfil order")).toMatchObject({
    traceId,
    parentSpanId: processing?.spanId,
  });
});

test("the worker does not start with neither or both settings of the bus, and names them", async () => {
  const both = { SERVICEBUS_CONNECTION_STRING: emulator.connectionString("worker"), SERVICEBUS_NAMESPACE: "a.b" };
  for (const environment of [{}, both]) {
    const child = startProcess(process.execPath, ["src/worker/main.ts"], {
      environment: { ...environment, WORKER_CONCURRENCY: "501", FULFILMENT_FAILURE_RATE: "2" },
    });
    expect(await child.exited).toBe(78);
    const output = child.output();
    expect(output).toMatch(/^ {2}SERVICEBUS_CONNECTION_STRING: want either this or SERVICEBUS_NAMESPACE/m);
    for (const name of ["WORKER_CONCURRENCY", "FULFILMENT_FAILURE_RATE", "REDIS_URL"])
      expect(output).toContain(`  ${name}: `);
    expect(output).not.toContain("worker-key");
  }
});

test("the worker starts with a namespace and no key, waits for the bus, and exits with 0", async () => {
  const worker = await startService("worker", { SERVICEBUS_NAMESPACE: "127.0.0.1", REDIS_URL: redis.url });
  resources.add(worker);
  await eventually("the queue is not to be had", () => worker.output().includes("receiver error"));
  expect(await worker.isReady()).toBe(false);
  expect(await worker.end()).toBe(0);
});
