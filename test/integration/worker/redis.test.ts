import { startTestEmulator, type TestEmulator } from "../../support/emulator.ts";
import { eventually } from "../../support/eventually.ts";
import { orderMessage } from "../../support/orders.ts";
import { startRedis, type TestRedis } from "../../support/redis.ts";
import { startService } from "../../support/service.ts";
import { createResources, type Resources } from "../../support/resources.ts";
import { outcomesOf, processed, startWorker } from "../support/worker.ts";

const HELD = 4;
const WAITING = 8;
/** Each message's lock would have ended as often as this without its renewal. */
const LOCKS_LONG = 1.5;

let resources: Resources;
let redis: TestRedis;
let emulator: TestEmulator;

beforeEach(async () => {
  resources = createResources();
  redis = resources.add(await startRedis());
  // Locks are short, so that an absence of seconds is a long one.
  emulator = resources.add(await startTestEmulator({ lockDurationMs: 2_500 }));
});

afterEach(() => resources.close());

const absences: Record<string, [go: () => unknown, comeBack: () => unknown]> = {
  gone: [() => redis.stop(), () => redis.restart()],
  hanging: [
    () => {
      redis.pause();
    },
    () => {
      redis.resume();
    },
  ],
  full: [() => redis.client.config("SET", "maxmemory", "1"), () => redis.client.config("SET", "maxmemory", "0")],
};

test.each(Object.keys(absences))(
  "with Redis %s for longer than locks last, messages in flight are held, others wait on the queue, and all are processed afterwards",
  async (how) => {
    const [go, comeBack] = absences[how] ?? [];
    const worker = await startWorker(resources, emulator, redis, {
      // It could take as many again.
      WORKER_CONCURRENCY: String(2 * HELD),
      FULFILMENT_LATENCY_MS: "600",
      WORKER_HOLD_LIMIT_MS: "1200",
    });
    const held = Array.from({ length: HELD }, orderMessage);
    await emulator.send(...held);
    await eventually("they are in flight", async () => (await worker.metric("orders_in_flight")) === HELD);
    await go?.();
    await eventually("receiving pauses", async () => (await worker.metric("receiving_paused")) === 1);
    await emulator.send(...Array.from({ length: WAITING }, orderMessage));
    await eventually("the locks would have ended", async () => {
      // A lock is renewed when half of it has passed.
      return (await worker.metric('message_lock_renewals_total{result="renewed"}')) >= HELD * 2 * LOCKS_LONG;
    });
    expect(await worker.metric("orders_in_flight")).toBe(HELD);
    expect(await worker.metric('dependency_up{dependency="redis"}')).toBe(0);
    expect(await worker.isReady()).toBe(false);
    expect(await outcomesOf(worker)).toEqual({});

    await comeBack?.();
    await eventually("all are processed", async () => (await processed(worker, "processed")) === HELD + WAITING);
    await eventually("and settled", async () => (await worker.metric("orders_in_flight")) === 0);
    expect(await outcomesOf(worker)).toEqual({ processed: HELD + WAITING });
    expect(await worker.metric("receiving_paused")).toBe(0);
    expect(await worker.metric('dependency_up{dependency="redis"}')).toBe(1);
    expect((await redis.client.keys("order:*")).length).toBe(HELD + WAITING);
  },
);

test("a worker that starts without Redis receives nothing until Redis connects", async () => {
  await redis.stop();
  // With locks that last for as long as the test takes to look.
  const withLongLocks = resources.add(await startTestEmulator());
  const worker = await startService("worker", {
    SERVICEBUS_CONNECTION_STRING: withLongLocks.connectionString("worker"),
    REDIS_URL: redis.url,
    LOG_LEVEL: "debug",
  });
  resources.add(worker);
  await eventually(
    "it has looked for Redis a few times",
    () => worker.output().split("commit probe failed").length > 4,
  );
  const messages = Array.from({ length: 20 }, orderMessage);
  await withLongLocks.send(...messages);
  expect(await worker.isReady()).toBe(false);
  const taken = new Set((await withLongLocks.takeActive()).map(({ messageId }) => messageId));
  expect(taken).toEqual(new Set(messages.map(({ messageId }) => messageId)));

  await redis.restart();
  await withLongLocks.send(orderMessage());
  await eventually("the next is processed", async () => (await processed(worker, "processed")) === 1);
});

test("an order whose Redis key holds another type is abandoned, and no other order is affected", async () => {
  const worker = await startWorker(resources, emulator, redis, { WORKER_HOLD_LIMIT_MS: "1000" });
  const [bad, ...good] = Array.from({ length: 10 }, orderMessage);
  await redis.client.set(`order:${bad?.messageId ?? ""}`, "not an order");
  await emulator.send(...(bad === undefined ? [] : [bad]), ...good);
  await eventually("the others are processed", async () => (await processed(worker, "processed")) === good.length);
  await eventually("it is abandoned", async () => (await processed(worker, "abandoned")) > 0);
  expect(await worker.metric("receiving_paused")).toBe(0);
  await redis.client.del(`order:${bad?.messageId ?? ""}`);
  await eventually("it is processed", async () => (await processed(worker, "processed")) === good.length + 1);
});
