import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { TestEmulator } from "../support/emulator.ts";
import { eventually } from "../support/eventually.ts";
import { acceptedOrder, lookUp, placeOrder } from "../support/orders.ts";
import type { TestRedis } from "../support/redis.ts";
import { startService, type TestService } from "../support/service.ts";
import type { Resources } from "../support/resources.ts";
import { startApiDependencies, type ApiDependencies } from "./support/api.ts";
import { startWorker } from "./support/worker.ts";

let resources: Resources;
let redis: TestRedis;
let emulator: TestEmulator;
let validator: TestService;
let startApi: ApiDependencies["startApi"];

beforeEach(async () => {
  ({ resources, redis, emulator, validator, startApi } = await startApiDependencies());
});

afterEach(() => resources.close());

/** The status of an order, and whether the answer came within the 2 s that are promised, with some room for a busy machine. */
async function timedOrder(api: TestService): Promise<{ status: number; inTime: boolean; retryAfter: string | null }> {
  const started = performance.now();
  const response = await placeOrder(api.url);
  await response.arrayBuffer();
  const inTime = performance.now() - started < 3_000;
  return { status: response.status, inTime, retryAfter: response.headers.get("retry-after") };
}

const rejectedInTime = { status: 503, inTime: true, retryAfter: "1" };

test("without a broker the API answers 503 soon and stays ready, and API and worker recover by themselves", async () => {
  const api = await startApi();
  const worker = await startWorker(resources, emulator, redis, { WORKER_CONCURRENCY: "8" });
  await acceptedOrder(api.url);
  await eventually("it is settled", async () => {
    const processed = await worker.metric('orders_processed_total{outcome="processed"}');
    return processed === 1 && (await worker.metric("orders_in_flight")) === 0;
  });
  await emulator.stop();

  expect(await timedOrder(api)).toEqual(rejectedInTime);
  expect(await timedOrder(api)).toEqual(rejectedInTime);
  expect(await api.isReady()).toBe(true);
  await eventually("the worker is not ready", async () => !(await worker.isReady()));

  await emulator.restart();
  const confirmationId = await eventually("orders are accepted again", () => acceptedOrder(api.url), 10_000);
  await eventually("and processed", async () => (await lookUp(api.url, confirmationId)).body.status === "processed");
});

test("with a broker that hangs the API answers 503 within 2 s, and accepts again within 10 s of its recovery", async () => {
  const api = await startApi();
  await acceptedOrder(api.url);
  emulator.pause();
  expect(await timedOrder(api)).toEqual(rejectedInTime);
  expect(await timedOrder(api)).toEqual(rejectedInTime);
  expect(await Promise.all([timedOrder(api), timedOrder(api)])).toEqual([rejectedInTime, rejectedInTime]);
  emulator.resume();
  await eventually("orders are accepted again", () => acceptedOrder(api.url), 10_000);
});

test("with a broker that vanished silently the API does not wait for the lost connection", async () => {
  await emulator.stop();
  // Like a node that died: its clients get no answer any more, not even a reset.
  const sockets: Socket[] = [];
  const silence = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined).resume();
  });
  silence.listen(emulator.amqpPort);
  await once(silence, "listening");
  const api = await startApi();
  expect(await timedOrder(api)).toEqual(rejectedInTime);
  silence.close();
  await emulator.restart();
  await eventually("orders are accepted", () => acceptedOrder(api.url), 10_000);
  expect(sockets.length).toBeGreaterThan(0);
  for (const socket of sockets) socket.destroy();
});

test("API and worker start and stop without broker and Redis", async () => {
  await emulator.stop();
  await redis.stop();
  const api = await startApi();
  const worker = await startService("worker", {
    SERVICEBUS_CONNECTION_STRING: emulator.connectionString("worker"),
    REDIS_URL: redis.url,
  });
  expect(await worker.isReady()).toBe(false);
  expect(await timedOrder(api)).toEqual(rejectedInTime);
  const started = performance.now();
  expect(await Promise.all([api.end(), worker.end()])).toEqual([0, 0]);
  expect(performance.now() - started).toBeLessThan(10_000);
  await redis.restart();
});

test.each(["gone", "hanging"])("with Redis %s orders are accepted, GET answers 503 soon, and recovers", async (how) => {
  const api = await startApi();
  const confirmationId = await acceptedOrder(api.url);
  await eventually("accepted is noted", async () => (await lookUp(api.url, confirmationId)).status === 200);
  if (how === "gone") await redis.stop();
  else redis.pause();

  for (let turn = 0; turn < 3; turn++) {
    const started = performance.now();
    expect((await lookUp(api.url, confirmationId)).status).toBe(503);
    expect(performance.now() - started).toBeLessThan(3_000);
    expect((await placeOrder(api.url)).status).toBe(202);
  }
  expect(await api.isReady()).toBe(true);

  if (how === "gone") await redis.restart();
  else redis.resume();
  await eventually("GET works again", async () => (await lookUp(api.url, confirmationId)).status !== 503, 10_000);
});

test("without a validator the API is not ready and rejects orders", async () => {
  const api = await startApi();
  await validator.end();
  expect(await timedOrder(api)).toEqual(rejectedInTime);
  expect(await api.isReady()).toBe(false);
});
