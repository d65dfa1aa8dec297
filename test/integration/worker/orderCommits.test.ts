import { Redis } from "ioredis";
import { createOrderStore } from "../../../src/api/orderStore.ts";
import { orderKey, type OrderMessage } from "../../../src/shared/order.ts";
import { createOrderCommits, CommitsUnavailableError, type CommitResult } from "../../../src/worker/orderCommits.ts";
import { orderMessage } from "../../support/orders.ts";
import { startRedis, type TestRedis } from "../../support/redis.ts";

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
  redis = server.client;
});

afterEach(() => redis.config("SET", "maxmemory", "0"));

afterAll(() => server.close());

const ACCEPTED = new Date("2026-01-01T00:00:00.000Z");

/** A delivery of the order that has come as far as its commit. */
function delivery(order: OrderMessage, atMs: number, client = redis): () => Promise<CommitResult> {
  return createOrderCommits(client).commitment(order, ACCEPTED, new Date(ACCEPTED.getTime() + atMs));
}

function hash(order: OrderMessage): Promise<Record<string, string>> {
  return redis.hgetall(orderKey(order.confirmationId));
}

/** Does what it is told, and the first answer is lost on the way. */
function losingTheFirstAnswer(): Redis {
  let calls = 0;
  const evaluate = async (...args: Parameters<Redis["eval"]>): Promise<unknown> => {
    const answer: unknown = await redis.eval(...args);
    calls += 1;
    if (calls === 1) throw new Error("Connection is closed.");
    return answer;
  };
  return { eval: evaluate } as unknown as Redis;
}

test("a first delivery commits, without fields for repeats", async () => {
  const { body } = orderMessage();
  expect(await delivery(body, 10)()).toBe("processed");
  expect(await hash(body)).toEqual({
    customerName: "Ada",
    productId: "widget",
    amount: "2",
    status: "processed",
    acceptedAt: "2026-01-01T00:00:00.000Z",
    processedAt: "2026-01-01T00:00:00.010Z",
  });
  expect(await redis.ttl(orderKey(body.confirmationId))).toBeGreaterThan(24 * 3600);
});

test("each later delivery is a duplicate and counted on the order, also in the same millisecond; the commit stays as it was", async () => {
  const { body } = orderMessage();
  await delivery(body, 10)();
  const first = await hash(body);
  for (const atMs of [10, 20, 20]) expect(await delivery(body, atMs)()).toBe("duplicate");
  expect(await hash(body)).toEqual({ ...first, repeats: "3", repeatedAt: "2026-01-01T00:00:00.020Z" });
});

test("a commit without an answer is not counted as a repeat when it is retried", async () => {
  const { body } = orderMessage();
  const attempt = delivery(body, 10, losingTheFirstAnswer());
  await expect(attempt()).rejects.toThrow(CommitsUnavailableError);
  expect(await attempt()).toBe("processed");
  expect(await hash(body)).not.toHaveProperty("repeats");
});

test("a repeat without an answer is counted once when it is retried", async () => {
  const { body } = orderMessage();
  await delivery(body, 10)();
  const attempt = delivery(body, 20, losingTheFirstAnswer());
  await expect(attempt()).rejects.toThrow(CommitsUnavailableError);
  expect(await attempt()).toBe("duplicate");
  expect(await hash(body)).toMatchObject({ repeats: "1" });
});

test("a repeat whose first call never arrived is counted when it is retried", async () => {
  const { body } = orderMessage();
  await delivery(body, 10)();
  let calls = 0;
  const unreachable = {
    eval: (...args: Parameters<Redis["eval"]>) => {
      calls += 1;
      return calls === 1 ? Promise.reject(new Error("Connection is closed.")) : redis.eval(...args);
    },
  } as unknown as Redis;
  const attempt = delivery(body, 20, unreachable);
  await expect(attempt()).rejects.toThrow(CommitsUnavailableError);
  expect(await attempt()).toBe("duplicate");
  expect(await hash(body)).toMatchObject({ repeats: "1" });
});

test("a full Redis answers a repeat as a duplicate, uncounted, and takes no commit", async () => {
  const { body } = orderMessage();
  await delivery(body, 10)();
  await redis.config("SET", "maxmemory", "1");
  expect(await delivery(body, 20)()).toBe("duplicate");
  expect(await hash(body)).not.toHaveProperty("repeats");
  await expect(delivery(orderMessage().body, 10)()).rejects.toThrow(CommitsUnavailableError);
});

test("an order as the API reads it has no field for repeats", async () => {
  const { body } = orderMessage();
  await delivery(body, 10)();
  const before = await createOrderStore(redis).find(body.confirmationId);
  await delivery(body, 20)();
  expect(await createOrderStore(redis).find(body.confirmationId)).toEqual(before);
  expect(Object.keys(before ?? {}).sort()).toEqual(
    ["acceptedAt", "amount", "customerName", "processedAt", "productId", "status"].sort(),
  );
});
