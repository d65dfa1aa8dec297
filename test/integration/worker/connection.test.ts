import { startTestEmulator, type TestEmulator } from "../../support/emulator.ts";
import { eventually } from "../../support/eventually.ts";
import { orderMessage } from "../../support/orders.ts";
import { startProxy, type TestProxy } from "../support/proxy.ts";
import { startRedis, type TestRedis } from "../../support/redis.ts";
import type { TestService } from "../../support/service.ts";
import { createResources, type Resources } from "../../support/resources.ts";
import { outcomesOf, processed, startWorker } from "../support/worker.ts";

let resources: Resources;
let redis: TestRedis;
let emulator: TestEmulator;
let proxy: TestProxy;

beforeEach(async () => {
  resources = createResources();
  redis = resources.add(await startRedis());
});

afterEach(() => resources.close());

async function startBroker(lockDurationMs: number): Promise<void> {
  emulator = resources.add(await startTestEmulator({ lockDurationMs }));
  proxy = resources.add(await startProxy(emulator.amqpPort));
}

/** A worker that reaches the broker by the proxy only. */
function startFarWorker(environment: Record<string, string> = {}): Promise<TestService> {
  const connectionString: TestEmulator["connectionString"] = (key) =>
    emulator.connectionString(key).replace(`:${emulator.amqpPort}`, `:${proxy.port}`);
  return startWorker(resources, { connectionString }, redis, environment);
}

function restarts(worker: TestService, reason: string): Promise<number> {
  return worker.metric(`servicebus_receiver_restarts_total{reason="${reason}"}`);
}

test("messages in flight are finished when the connection breaks or the broker restarts, and settled over the next connection", async () => {
  await startBroker(20_000);
  const worker = await startFarWorker({ WORKER_CONCURRENCY: "8", FULFILMENT_LATENCY_MS: "500" });
  await emulator.send(...Array.from({ length: 20 }, orderMessage));
  await eventually("it is busy", async () => (await worker.metric("orders_in_flight")) === 8);
  proxy.refuse(true);
  proxy.breakAll();
  await eventually("orders are committed", async () => (await processed(worker, "processed")) >= 8);
  await eventually("it is seen", async () => (await worker.metric('dependency_up{dependency="broker"}')) === 0);
  expect(await worker.isReady()).toBe(false);
  proxy.refuse(false);
  await eventually("all are processed", async () => (await processed(worker, "processed")) === 20);
  await eventually("and settled", async () => (await worker.metric("orders_in_flight")) === 0);
  expect(await outcomesOf(worker)).toEqual({ processed: 20 });
  expect(await restarts(worker, "lost")).toBeGreaterThan(0);
  expect(await worker.isReady()).toBe(true);
  expect(await worker.metric('dependency_up{dependency="broker"}')).toBe(1);
});

test("a receiver that has credit and brings nothing while messages wait is replaced", async () => {
  await startBroker(2_000);
  const worker = await startFarWorker({ WORKER_SILENCE_LIMIT_MS: "500" });
  // The link is open and everything else is answered, but messages are lost on their way.
  const TRANSFER = 0x14;
  proxy.lose((frame) => frame[10] === TRANSFER && frame.includes("customerName") && !frame.includes("statusCode"));
  await emulator.send(orderMessage());
  await eventually("the receiver is replaced", async () => (await restarts(worker, "stalled")) >= 1);
  await eventually("the order is processed", async () => (await processed(worker, "processed")) === 1);
  expect(worker.output()).toContain("receiver stalled");
});

test("a silent receiver is kept while no message waits", async () => {
  await startBroker(2_000);
  const worker = await startFarWorker({ WORKER_SILENCE_LIMIT_MS: "1", WORKER_CONCURRENCY: "2" });
  const held = orderMessage();
  await redis.client.set(`order:${held.messageId}`, "not an order");
  await emulator.send(held);
  await eventually("one is in flight", async () => (await worker.metric("orders_in_flight")) === 1);
  await eventually("its lock was renewed", async () => {
    return (await worker.metric('message_lock_renewals_total{result="renewed"}')) >= 2;
  });
  expect(await restarts(worker, "stalled")).toBe(0);
});

test("the connection to a broker that falls silent is replaced", async () => {
  await startBroker(2_000);
  const worker = await startFarWorker({ WORKER_SILENCE_LIMIT_MS: "100" });
  proxy.silence();
  await eventually("the connection is replaced", async () => (await restarts(worker, "unanswered")) >= 1, 30_000);
  await emulator.send(orderMessage());
  await eventually("the order is processed", async () => (await processed(worker, "processed")) === 1);
});
