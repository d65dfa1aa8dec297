import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTestEmulator, type TestEmulator } from "../../support/emulator.ts";
import { eventually } from "../../support/eventually.ts";
import { orderMessage } from "../../support/orders.ts";
import { startProcess } from "../../support/process.ts";
import { startRedis, type TestRedis } from "../../support/redis.ts";
import { createResources, type Resources } from "../../support/resources.ts";
import { outcomesOf, processed, startWorker } from "../support/worker.ts";

/** As in the image: bundled, with the dependencies as they are patched. */
let bundle: string;
let directory: string;
const sharedResources = createResources();
let resources: Resources;
let redis: TestRedis;
let emulator: TestEmulator;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "ownsignal-bundle-"));
  const build = startProcess(process.execPath, ["scripts/commands/build.ts", directory], {
    environment: { PATH: process.env.PATH ?? "" },
  });
  if ((await build.exited) !== 0) throw new Error(build.output());
  bundle = join(directory, "worker.cjs");
});

afterAll(() => rm(directory, { recursive: true, force: true }));

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

/**
 * Two good ones, then two that are poison: of neighbours that are settled in one moment, which poison is, the library under the SDK sends the
 * first's outcome for both without its patch. A good one between them would be settled later, by way of Redis.
 */
const isPoison = (index: number): boolean => index % 4 >= 2;

test("of 5,000 messages, 64 at a time, every poison message is dead-lettered with its own reason and every order processed", async () => {
  const messages = Array.from({ length: 5_000 }, (_, index) => {
    const message = orderMessage();
    return !isPoison(index) ? message : { ...message, body: { ...message.body, [`fault${index}`]: true } };
  });
  await emulator.send(...messages);
  const worker = await startWorker(
    resources,
    emulator,
    redis,
    { WORKER_CONCURRENCY: "64", FULFILMENT_LATENCY_MS: "0" },
    bundle,
  );
  await eventually(
    "all are settled",
    async () => {
      const settled = (await processed(worker, "processed")) + (await processed(worker, "dead_lettered"));
      return settled === messages.length && (await worker.metric("orders_in_flight")) === 0;
    },
    60_000,
  );
  expect(await outcomesOf(worker)).toEqual({ processed: 2_500, dead_lettered: 2_500 });
  expect(await worker.end()).toBe(0);

  expect(await emulator.takeActive()).toEqual([]);
  const good = messages.filter((_, index) => !isPoison(index)).map(({ messageId }) => `order:${messageId}`);
  expect(new Set(await redis.client.keys("order:*"))).toEqual(new Set(good));
  const reasons = new Map(
    (await emulator.takeDeadLetters(2_500)).map(({ messageId, deadLetterReason, deadLetterErrorDescription }) => [
      String(messageId),
      `${deadLetterReason ?? ""}: ${deadLetterErrorDescription ?? ""}`,
    ]),
  );
  expect(reasons.size).toBe(2_500);
  const wrong = messages
    .map(({ messageId }, index) => ({
      reason: reasons.get(messageId),
      fault: `"fault${index}"`,
      isGood: !isPoison(index),
    }))
    .filter(({ reason, fault, isGood }) => {
      return isGood ? reason !== undefined : reason?.startsWith("invalid-order: ") !== true || !reason.includes(fault);
    });
  expect(wrong).toEqual([]);
});

test("orders that two workers with a failing provider receive twice are each committed once", async () => {
  const messages = Array.from({ length: 500 }, orderMessage);
  const environment = { FULFILMENT_LATENCY_MS: "5", FULFILMENT_LATENCY_SPREAD: "1", FULFILMENT_FAILURE_RATE: "0.2" };
  const workers = await Promise.all([0, 1].map(() => startWorker(resources, emulator, redis, environment)));
  const twice = messages.flatMap((message) => [message, { ...message, messageId: crypto.randomUUID() }]);
  await emulator.send(...twice);
  const sum = async (read: (worker: (typeof workers)[number]) => Promise<number>): Promise<number> =>
    (await Promise.all(workers.map(read))).reduce((one, other) => one + other, 0);
  await eventually("all are settled", async () => {
    const done = await sum(async (one) => (await processed(one, "processed")) + (await processed(one, "duplicate")));
    return done === 1_000 && (await sum((one) => one.metric("orders_in_flight"))) === 0;
  });
  expect(await sum((one) => processed(one, "processed"))).toBe(500);
  expect(await sum((one) => processed(one, "duplicate"))).toBe(500);
  expect(await sum((one) => processed(one, "abandoned"))).toBe(0);
  expect(await sum((one) => one.metric("fulfilment_retries_total"))).toBeGreaterThan(50);
  expect(await sum((one) => one.metric("order_age_seconds_count"))).toBe(500);
  expect((await redis.client.keys("order:*")).length).toBe(500);
  expect(await emulator.takeActive()).toEqual([]);
});

test("an order for a product that the provider does not know is dead-lettered at its first delivery, with the provider's reason", async () => {
  const worker = await startWorker(resources, emulator, redis, { FULFILMENT_PRODUCTS: "gadget, gizmo" });
  const message = orderMessage();
  await emulator.send(message);
  const [dead] = await emulator.takeDeadLetters(1);
  expect(dead).toMatchObject({
    messageId: message.messageId,
    deadLetterReason: "unknown-product",
    deadLetterErrorDescription: 'the provider does not know "widget", it knows gadget, gizmo',
    deliveryCount: 0,
  });
  await eventually("it is counted", async () => (await processed(worker, "dead_lettered")) === 1);
  expect(await outcomesOf(worker)).toEqual({ dead_lettered: 1 });
});

test("a message whose provider keeps failing is held and retried, and abandoned after the hold limit", async () => {
  const worker = await startWorker(resources, emulator, redis, {
    FULFILMENT_FAILURE_RATE: "1",
    WORKER_HOLD_LIMIT_MS: "1500",
  });
  await emulator.send(orderMessage());
  await eventually("it is abandoned", async () => (await processed(worker, "abandoned")) === 1);
  // Back-off of 100, 200, 400, … ms with jitter: a handful in the time, not hundreds.
  const retries = await worker.metric("fulfilment_retries_total");
  expect(retries).toBeGreaterThanOrEqual(3);
  expect(retries).toBeLessThanOrEqual(12);
  expect(await worker.metric("message_locks_lost_total")).toBe(0);
});
