import { orderKey } from "../../src/shared/order.ts";
import { startTestEmulator, type TestEmulator } from "./support/emulator.ts";
import { eventually } from "./support/eventually.ts";
import { acceptedOrder, orderMessage } from "./support/orders.ts";
import { startRedis, type TestRedis } from "./support/redis.ts";
import { startService, untilReady, type TestService } from "./support/service.ts";
import { createStage, type Stage } from "./support/stage.ts";

let stage: Stage;
let redis: TestRedis;
let emulator: TestEmulator;

beforeEach(async () => {
  stage = createStage();
  redis = stage.add(await startRedis(), (it) => it.close());
  emulator = stage.add(await startTestEmulator(), (it) => it.close());
});

afterEach(() => stage.close());

async function startWorker(environment: Record<string, string>): Promise<TestService> {
  const worker = await startService("worker", {
    SERVICEBUS_CONNECTION_STRING: emulator.connectionString("worker"),
    REDIS_URL: redis.url,
    ...environment,
  });
  stage.add(worker, (it) => it.end());
  await untilReady(worker);
  return worker;
}

test("SIGTERM while orders are in flight: they are finished, the rest stays, none is lost or done twice", async () => {
  const messages = Array.from({ length: 200 }, orderMessage);
  const first = await startWorker({ WORKER_CONCURRENCY: "16", FULFILMENT_LATENCY_MS: "300" });
  await emulator.send(...messages);
  await eventually("the worker is busy", async () => (await first.metric("orders_in_flight")) === 16);
  expect(await first.end()).toBe(0);

  const done = (await redis.client.keys("order:*")).length;
  expect(done).toBeGreaterThanOrEqual(16);
  expect(done).toBeLessThan(200);
  expect(first.output()).not.toContain("settlement not confirmed");

  const second = await startWorker({ WORKER_CONCURRENCY: "64", FULFILMENT_LATENCY_MS: "1" });
  await eventually("the next worker does the rest", async () => {
    return (await second.metric('orders_processed_total{outcome="fulfilled"}')) === messages.length - done;
  });
  // Settled, not only committed: a message left locked by the first would come again as a duplicate.
  await eventually("nothing is held", async () => (await second.metric("orders_in_flight")) === 0);
  expect(await emulator.takeActive()).toEqual([]);
  expect(await second.metric('orders_processed_total{outcome="duplicate"}')).toBe(0);
  for (const { messageId } of messages) {
    expect(await redis.client.hget(orderKey(messageId), "status")).toBe("fulfilled");
  }
});

test("SIGTERM while Redis is away: what is in hand goes back to the queue at once", async () => {
  const worker = await startWorker({ WORKER_CONCURRENCY: "4", FULFILMENT_LATENCY_MS: "1" });
  await redis.stop();
  const messages = Array.from({ length: 4 }, orderMessage);
  await emulator.send(...messages);
  await eventually("the worker holds them", async () => (await worker.metric("orders_in_flight")) === 4);
  expect(await worker.end()).toBe(0);
  const taken = await emulator.takeActive();
  expect(new Set(taken.map(({ messageId }) => messageId))).toEqual(new Set(messages.map(({ messageId }) => messageId)));
  await redis.restart();
});

test("SIGTERM to the API under load: not ready first, and no request fails", async () => {
  const validator = stage.add(await startService("validator", {}), (it) => it.end());
  const api = await startService("api", {
    VALIDATOR_URL: validator.url,
    SERVICEBUS_CONNECTION_STRING: emulator.connectionString("api"),
    REDIS_URL: redis.url,
    DRAIN_DELAY_MS: "1000",
  });
  stage.add(api, (it) => it.end());
  await untilReady(api);

  // Four clients send one order after the other until they hear that the API drains, as endpoints would.
  let endpoint = true;
  const accepted: string[] = [];
  const clients = Array.from({ length: 4 }, async () => {
    while (endpoint) accepted.push(await acceptedOrder(api.url));
  });
  await eventually("orders flow", () => accepted.length > 20);
  api.signal("SIGTERM");
  await eventually("the API is not ready", async () => !(await api.isReady()));
  const before = accepted.length;
  await eventually("orders still flow", () => accepted.length > before + 20);
  endpoint = false;
  await Promise.all(clients);
  expect(await api.exited).toBe(0);

  const queued = new Set((await emulator.takeActive()).map(({ messageId }) => messageId));
  expect(queued).toEqual(new Set(accepted));
});

test("a second SIGTERM does not wait", async () => {
  const worker = await startWorker({ WORKER_CONCURRENCY: "1", FULFILMENT_LATENCY_MS: "20000" });
  await emulator.send(orderMessage());
  await eventually("the worker is busy", async () => (await worker.metric("orders_in_flight")) === 1);
  worker.signal("SIGTERM");
  await eventually("it drains", async () => !(await worker.isReady()));
  const started = performance.now();
  expect(await worker.end()).toBe(1);
  expect(performance.now() - started).toBeLessThan(5_000);
});
