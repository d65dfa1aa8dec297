import { orderKey } from "../../../src/shared/order.ts";
import { startTestEmulator, type TestEmulator } from "../../support/emulator.ts";
import { eventually } from "../../support/eventually.ts";
import { orderMessage } from "../../support/orders.ts";
import { startRedis, type TestRedis } from "../../support/redis.ts";
import { createResources, type Resources } from "../../support/resources.ts";
import { outcomesOf, processed, startWorker } from "../support/worker.ts";

let resources: Resources;
let redis: TestRedis;
let emulator: TestEmulator;

beforeEach(async () => {
  resources = createResources();
  redis = resources.add(await startRedis());
  // Locks last for longer than a test: what is locked by a worker that has left is not seen again.
  emulator = resources.add(await startTestEmulator());
});

afterEach(() => resources.close());

async function takeIds(): Promise<Set<unknown>> {
  return new Set((await emulator.takeActive()).map(({ messageId }) => messageId));
}

test("on SIGTERM orders in flight are finished, the others stay queued, and none is lost or processed twice", async () => {
  const messages = Array.from({ length: 200 }, orderMessage);
  const first = await startWorker(resources, emulator, redis, {
    WORKER_CONCURRENCY: "16",
    FULFILMENT_LATENCY_MS: "300",
  });
  await emulator.send(...messages);
  await eventually("the worker is busy", async () => (await first.metric("orders_in_flight")) === 16);
  expect(await first.end()).toBe(0);

  const done = (await redis.client.keys("order:*")).length;
  expect(done).toBeGreaterThanOrEqual(16);
  expect(done).toBeLessThan(200);
  expect(first.output()).not.toContain("settlement not confirmed");

  const second = await startWorker(resources, emulator, redis, { WORKER_CONCURRENCY: "64" });
  await eventually("the next worker does the rest", async () => {
    return (await processed(second, "processed")) === messages.length - done;
  });
  // Settled, not only committed: a message left locked by the first would come again as a duplicate.
  await eventually("nothing is held", async () => (await second.metric("orders_in_flight")) === 0);
  expect(await outcomesOf(second)).toEqual({ processed: messages.length - done });
  for (const { messageId } of messages) {
    expect(await redis.client.hget(orderKey(messageId), "status")).toBe("processed");
  }
});

test.each([
  ["Redis is unavailable", { FULFILMENT_LATENCY_MS: "1000" }],
  ["the provider fails", { FULFILMENT_FAILURE_RATE: "1" }],
])("on SIGTERM while %s the messages in flight are abandoned at once", async (what, environment) => {
  const worker = await startWorker(resources, emulator, redis, { WORKER_CONCURRENCY: "4", ...environment });
  const messages = Array.from({ length: 4 }, orderMessage);
  await emulator.send(...messages);
  await eventually("the worker holds them", async () => (await worker.metric("orders_in_flight")) === 4);
  if (what === "Redis is unavailable") {
    await redis.stop();
    await eventually("receiving pauses", async () => (await worker.metric("receiving_paused")) === 1);
  }
  expect(await worker.end()).toBe(0);
  expect(await takeIds()).toEqual(new Set(messages.map(({ messageId }) => messageId)));
});

test("on a second SIGTERM the messages in flight are abandoned and the worker exits with 0", async () => {
  const worker = await startWorker(resources, emulator, redis, { FULFILMENT_LATENCY_MS: "60000" });
  const messages = Array.from({ length: 4 }, orderMessage);
  await emulator.send(...messages);
  await eventually("the worker is busy", async () => (await worker.metric("orders_in_flight")) === 4);
  worker.signal("SIGTERM");
  await eventually("it drains", async () => !(await worker.isReady()));
  const started = performance.now();
  expect(await worker.end()).toBe(0);
  expect(performance.now() - started).toBeLessThan(5_000);
  expect(await takeIds()).toEqual(new Set(messages.map(({ messageId }) => messageId)));
});

test("on SIGTERM without a broker the worker exits with 0", async () => {
  const worker = await startWorker(resources, emulator, redis);
  await emulator.stop();
  await eventually("the worker is not ready", async () => !(await worker.isReady()));
  expect(await worker.end()).toBe(0);
  await emulator.restart();
});

const STAYS = { METRICS_LAST_SCRAPE_WAIT_MS: "20000" };

test("a worker that is scraped exits only after a scrape that has everything it counted", async () => {
  const worker = await startWorker(resources, emulator, redis, { FULFILMENT_LATENCY_MS: "300", ...STAYS });
  await emulator.send(...Array.from({ length: 100 }, orderMessage));
  await eventually("the worker is busy", async () => (await worker.metric("orders_in_flight")) > 0);
  worker.signal("SIGTERM");
  const last = await eventually("a scrape shows it drained", async () => {
    const exposition = await (await fetch(`${worker.operationsUrl}/metrics`)).text();
    return exposition.split("\n").includes("ownsignal_worker_drained 1") ? exposition : undefined;
  });
  expect(await worker.exited).toBe(0);
  const done = (await redis.client.keys("order:*")).length;
  expect(done).toBeGreaterThan(0);
  expect(last).toContain(`\norders_processed_total{outcome="processed"} ${done}\n`);
});

test("a second SIGTERM ends the wait for the last scrape", async () => {
  const worker = await startWorker(resources, emulator, redis, { FULFILMENT_LATENCY_MS: "300", ...STAYS });
  await emulator.send(orderMessage());
  await eventually("the worker is busy", async () => (await worker.metric("orders_in_flight")) > 0);
  worker.signal("SIGTERM");
  await eventually("the order is done", async () => (await redis.client.keys("order:*")).length === 1);
  expect(await worker.end()).toBe(0);
  expect(worker.output()).toContain("second signal, forcing the drain");
});
