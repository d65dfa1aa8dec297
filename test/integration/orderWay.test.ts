import { orderKey } from "../../src/shared/order.ts";
import { startTestEmulator, type TestEmulator } from "../support/emulator.ts";
import { eventually } from "../support/eventually.ts";
import { acceptedOrder, lookUp, order, orderMessage, placeOrder } from "../support/orders.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { startService, untilReady, type TestService } from "../support/service.ts";
import { createResources } from "../support/resources.ts";

const resources = createResources();
let redis: TestRedis;
let emulator: TestEmulator;
let api: TestService;
let worker: TestService;

beforeAll(async () => {
  redis = resources.add(await startRedis());
  emulator = resources.add(await startTestEmulator());
  const validator = resources.add(await startService("validator", {}));
  api = resources.add(
    await startService("api", {
      VALIDATOR_URL: validator.url,
      SERVICEBUS_CONNECTION_STRING: emulator.connectionString("api"),
      REDIS_URL: redis.url,
    }),
  );
  worker = resources.add(
    await startService("worker", {
      SERVICEBUS_CONNECTION_STRING: emulator.connectionString("worker"),
      REDIS_URL: redis.url,
      WORKER_CONCURRENCY: "64",
      FULFILMENT_LATENCY_MS: "5",
    }),
  );
  await untilReady(validator, api, worker);
});

afterAll(() => resources.close());

function processed(outcome: string): Promise<number> {
  return worker.metric(`orders_processed_total{outcome="${outcome}"}`);
}

test("an order is accepted, then processed", async () => {
  const confirmationId = await acceptedOrder(api.url);
  const { body } = await eventually("the order is processed", async () => {
    const answer = await lookUp(api.url, confirmationId);
    return answer.body.status === "processed" && answer;
  });
  expect(body).toEqual({
    confirmationId,
    ...order,
    status: "processed",
    acceptedAt: expect.any(String) as string,
    processedAt: expect.any(String) as string,
  });
  expect(await redis.client.ttl(orderKey(confirmationId))).toBeGreaterThan(24 * 60 * 60);
  expect(await api.metric("orders_accepted_total")).toBeGreaterThan(0);
});

test("an order against the rules is rejected with the reason, and never queued", async () => {
  const before = await processed("processed");
  const response = await placeOrder(api.url, { ...order, productId: "sprocket" });
  expect(response.status).toBe(422);
  expect(await response.json()).toMatchObject({ violations: [{ field: "productId" }] });
  // One that is queued afterwards is the next to be processed.
  const confirmationId = await acceptedOrder(api.url);
  await eventually("it is processed", async () => (await lookUp(api.url, confirmationId)).body.status === "processed");
  expect(await processed("processed")).toBe(before + 1);
});

test("an order that was sent straight to the queue is processed and can be read from the API", async () => {
  const message = orderMessage();
  await emulator.send(message);
  const { body } = await eventually("it is found", async () => {
    const answer = await lookUp(api.url, message.messageId);
    return answer.status === 200 && answer;
  });
  expect(body).toMatchObject({ ...message.body, status: "processed" });
});

test("a message that is delivered twice is committed once", async () => {
  const [processedBefore, duplicateBefore] = [await processed("processed"), await processed("duplicate")];
  const message = orderMessage();
  await emulator.send(message, { ...message, messageId: crypto.randomUUID() });
  await eventually("both are settled", async () => (await processed("duplicate")) === duplicateBefore + 1);
  expect(await processed("processed")).toBe(processedBefore + 1);
});

test("poison messages among good orders are dead-lettered, each with its own reason, and the others processed", async () => {
  const [processedBefore, deadBefore] = [await processed("processed"), await processed("dead_lettered")];
  const isPoison = (index: number): boolean => index % 4 >= 2;
  const messages = Array.from({ length: 300 }, (_, index) => {
    const message = orderMessage();
    // Neighbours have different faults, so that a reason that went to the wrong message shows.
    return isPoison(index) ? { ...message, body: { ...message.body, [`fault${index}`]: true } } : message;
  });
  await emulator.send(...messages);
  await eventually("all are settled", async () => {
    return (
      (await processed("dead_lettered")) === deadBefore + 150 &&
      (await processed("processed")) === processedBefore + 150
    );
  });

  const poison = new Map(
    messages.flatMap(({ messageId }, index) => (isPoison(index) ? [[messageId, `fault${index}`]] : [])),
  );
  const deadLetters = await emulator.takeDeadLetters(poison.size);
  expect(new Set(deadLetters.map(({ messageId }) => messageId))).toEqual(new Set(poison.keys()));
  for (const { messageId, deadLetterReason, deadLetterErrorDescription, deliveryCount } of deadLetters) {
    expect({ deadLetterReason, deadLetterErrorDescription, deliveryCount }).toEqual({
      deadLetterReason: "invalid-order",
      deadLetterErrorDescription: expect.stringContaining(`"${poison.get(String(messageId)) ?? ""}"`) as string,
      deliveryCount: 0,
    });
  }
  expect(await emulator.takeActive()).toEqual([]);
});
