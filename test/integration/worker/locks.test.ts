import { startTestEmulator, type TestEmulator } from "../../support/emulator.ts";
import { eventually } from "../../support/eventually.ts";
import { orderMessage } from "../../support/orders.ts";
import { startRedis, type TestRedis } from "../../support/redis.ts";
import { createResources, type Resources } from "../../support/resources.ts";
import { outcomesOf, processed, startWorker } from "../support/worker.ts";

let resources: Resources;
let redis: TestRedis;

beforeEach(async () => {
  resources = createResources();
  redis = resources.add(await startRedis());
});

afterEach(() => resources.close());

async function emulatorWithLocksOf(lockDurationMs: number): Promise<TestEmulator> {
  return resources.add(await startTestEmulator({ lockDurationMs }));
}

test("the lock of an order that takes longer than it is renewed, and each order is delivered once", async () => {
  const emulator = await emulatorWithLocksOf(2_500);
  const worker = await startWorker(resources, emulator, redis, { FULFILMENT_LATENCY_MS: "4000" });
  await emulator.send(...Array.from({ length: 8 }, orderMessage));
  await eventually("all are settled", async () => {
    return (await processed(worker, "processed")) === 8 && (await worker.metric("orders_in_flight")) === 0;
  });
  expect(await outcomesOf(worker)).toEqual({ processed: 8 });
  expect(await worker.metric("message_locks_lost_total")).toBe(0);
});

test("lost locks are counted, and each order is committed once", async () => {
  const emulator = await emulatorWithLocksOf(1_500);
  const frozen = await startWorker(resources, emulator, redis, {
    WORKER_CONCURRENCY: "8",
    FULFILMENT_LATENCY_MS: "1000",
  });
  await emulator.send(...Array.from({ length: 8 }, orderMessage));
  await eventually("the first holds them", async () => (await frozen.metric("orders_in_flight")) === 8);
  // Like a node whose disk or memory hangs: it holds locks that it cannot renew.
  frozen.signal("SIGSTOP");
  const other = await startWorker(resources, emulator, redis);
  await eventually("another gets and fulfils them", async () => (await processed(other, "processed")) === 8);
  frozen.signal("SIGCONT");
  await eventually("the first is through", async () => (await processed(frozen, "duplicate")) === 8);
  await eventually("and has nothing in flight", async () => (await frozen.metric("orders_in_flight")) === 0);
  expect(await outcomesOf(frozen)).toEqual({ duplicate: 8, lock_lost: 8 });
  expect(await frozen.metric("message_locks_lost_total")).toBe(8);
  expect(await outcomesOf(other)).toEqual({ processed: 8 });
  expect((await redis.client.keys("order:*")).length).toBe(8);
});

test("more than 2,500 messages pass a slow one, since its receiver is replaced in time", async () => {
  const emulator = await emulatorWithLocksOf(60_000);
  const worker = await startWorker(resources, emulator, redis, {
    WORKER_CONCURRENCY: "32",
    FULFILMENT_LATENCY_MS: "0",
  });
  const slow = orderMessage();
  // It cannot be committed, and so stays in flight.
  await redis.client.set(`order:${slow.messageId}`, "not an order");
  await emulator.send(slow);
  await eventually("it is in flight", async () => (await worker.metric("orders_in_flight")) === 1);
  await emulator.send(...Array.from({ length: 3_000 }, orderMessage));
  await eventually("the others pass", async () => (await processed(worker, "processed")) === 3_000);
  await eventually("it stays", async () => (await worker.metric("orders_in_flight")) === 1);
  expect(await worker.metric('servicebus_receiver_restarts_total{reason="window"}')).toBeGreaterThan(0);

  await redis.client.del(`order:${slow.messageId}`);
  await eventually("it is processed", async () => (await processed(worker, "processed")) === 3_001);
  await eventually("and settled", async () => (await worker.metric("orders_in_flight")) === 0);
  expect(await outcomesOf(worker)).toEqual({ processed: 3_001 });
});
