import { orderKey } from "../../src/shared/order.ts";
import { startApiDependencies, type ApiDependencies } from "./support/api.ts";
import { eventually } from "../support/eventually.ts";
import { acceptedOrder, lookUp, order, placeOrder } from "../support/orders.ts";
import { startService, untilReady, type TestService } from "../support/service.ts";

let dependencies: ApiDependencies;
let api: TestService;

beforeAll(async () => {
  dependencies = await startApiDependencies();
  api = await dependencies.startApi();
});

afterAll(() => dependencies.resources.close());

interface Answer {
  readonly status: number;
  readonly location: string | null;
  readonly body: Record<string, unknown>;
}

async function place(key: string, body: unknown = order): Promise<Answer> {
  const response = await placeOrder(api.url, body, { "idempotency-key": `"${key}"` });
  return {
    status: response.status,
    location: response.headers.get("location"),
    body: (await response.json()) as Record<string, unknown>,
  };
}

test("a repeat with the same key and order gets the same answer, and the same message id on the queue", async () => {
  const key = crypto.randomUUID();
  const first = await place(key);
  expect(first.status).toBe(202);
  expect(
    await Promise.all([place(key), place(key, { amount: 2, productId: "widget", customerName: " Ada " })]),
  ).toEqual([first, first]);
  // By its id a broker knows a duplicate, and drops it where it is told to.
  const queued = (await dependencies.emulator.takeActive()).map(({ messageId }) => messageId);
  expect(new Set(queued)).toEqual(new Set([first.body.confirmationId]));
});

test("every replica answers a key with the same confirmation id", async () => {
  const key = crypto.randomUUID();
  const first = await place(key);
  const second = await dependencies.startApi();
  const response = await placeOrder(second.url, order, { "idempotency-key": key });
  expect(await response.json()).toEqual(first.body);
});

test("a key that stands for another order is answered 422, and nothing is queued", async () => {
  const key = crypto.randomUUID();
  const first = await place(key);
  const published = await api.metric("order_publish_batch_size_sum");
  for (const change of [{ customerName: "Grace" }, { productId: "gadget" }, { amount: 3 }]) {
    const rejected = await place(key, { ...order, ...change });
    expect(rejected).toMatchObject({ status: 422, body: { type: "urn:ownsignal:problem:idempotency-key-reused" } });
  }
  expect(await api.metric("order_publish_batch_size_sum")).toBe(published);
  expect((await lookUp(api.url, String(first.body.confirmationId))).body).toMatchObject(order);
});

test("of two different orders at once under one key one is rejected", async () => {
  const key = crypto.randomUUID();
  const answers = await Promise.all([place(key), place(key, { ...order, amount: 3 })]);
  expect(answers.map(({ status }) => status).sort()).toEqual([202, 422]);
});

test("a key whose order was never queued finds no order, and the repeat is accepted", async () => {
  const key = crypto.randomUUID();
  await dependencies.emulator.stop();
  expect((await place(key)).status).toBe(503);
  const [claimed = ""] = await dependencies.redis.client.keys("order:*").then(async (keys) => {
    const statuses = await Promise.all(keys.map((one) => dependencies.redis.client.hget(one, "status")));
    return keys.filter((_, index) => statuses[index] === null);
  });
  expect((await lookUp(api.url, claimed.slice("order:".length))).status).toBe(404);
  expect(await dependencies.redis.client.ttl(claimed)).toBeGreaterThan(24 * 60 * 60);
  await dependencies.emulator.restart();
  const accepted = await eventually("the repeat is accepted", async () => {
    const answer = await place(key);
    return answer.status === 202 && answer;
  });
  expect(orderKey(String(accepted.body.confirmationId))).toBe(claimed);
  await eventually("and found", async () => (await lookUp(api.url, claimed.slice("order:".length))).status === 200);
});

test("the worker commits an order with a key once, however often it was placed", async () => {
  const key = crypto.randomUUID();
  const { body } = await place(key);
  const worker = await startService("worker", {
    SERVICEBUS_CONNECTION_STRING: dependencies.emulator.connectionString("worker"),
    REDIS_URL: dependencies.redis.url,
    FULFILMENT_LATENCY_MS: "1",
  });
  dependencies.resources.add(worker);
  await untilReady(worker);
  const id = String(body.confirmationId);
  const isProcessed = (one: string): Promise<unknown> =>
    eventually("it is processed", async () => (await lookUp(api.url, one)).body.status === "processed");
  await isProcessed(id);
  const committed = await lookUp(api.url, id);
  const commits = await worker.metric('orders_processed_total{outcome="processed"}');
  expect((await place(key)).body).toEqual(body);
  expect((await place(key, { ...order, amount: 3 })).status).toBe(422);
  // One that is placed afterwards is processed after whatever the repeat has brought.
  await isProcessed(await acceptedOrder(api.url));
  expect(await lookUp(api.url, id)).toEqual(committed);
  expect(await worker.metric('orders_processed_total{outcome="processed"}')).toBe(commits + 1);
  await worker.end();
});

test("without Redis the key is not checked, and orders are accepted", async () => {
  const key = crypto.randomUUID();
  const first = await place(key);
  await dependencies.redis.stop();
  expect(await place(key, { ...order, amount: 3 })).toEqual(first);
  await dependencies.redis.restart();
});
