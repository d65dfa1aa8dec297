import { account, readLedger } from "../../../loadtest/proof/ledger.ts";
import type { QueueState } from "../../../loadtest/proof/observed.ts";
import type { Address } from "../../../loadtest/proof/reach.ts";
import { orderKey } from "../../../src/shared/order.ts";
import { startRedis, type TestRedis } from "../../integration/support/redis.ts";

const IDS = ["a", "b", "c", "d"];

function accountFor(fulfilled: string[], queue: QueueState, deadLetteredBefore = 0): ReturnType<typeof account> {
  return account(IDS, (id) => fulfilled.includes(id), queue, deadLetteredBefore);
}

test.each([
  ["all fulfilled", IDS, { active: 0, deadLettered: 0 }, { fulfilled: 4, waiting: 0, deadLettered: 0, lost: 0 }],
  ["some wait", ["a"], { active: 3, deadLettered: 0 }, { fulfilled: 1, waiting: 3, deadLettered: 0, lost: 0 }],
  ["one is nowhere", ["a", "b", "c"], { active: 0, deadLettered: 0 }, { fulfilled: 3, lost: 1, notFulfilled: ["d"] }],
  ["one is dead", ["a", "b", "c"], { active: 0, deadLettered: 1 }, { fulfilled: 3, deadLettered: 1, lost: 0 }],
  ["some wait and one is nowhere", ["a"], { active: 2, deadLettered: 0 }, { waiting: 2, lost: 1 }],
  // Committed and not yet completed: on the queue and in Redis at once.
  ["all fulfilled, one still locked", IDS, { active: 1, deadLettered: 0 }, { fulfilled: 4, lost: 0 }],
])("%s", (_title, fulfilled, queue, expected) => {
  expect(accountFor(fulfilled, queue)).toMatchObject({ accepted: 4, ...expected });
});

test("what was dead-lettered before the run hides no loss", () => {
  expect(accountFor(["a", "b", "c"], { active: 0, deadLettered: 5 }, 5)).toMatchObject({ deadLettered: 0, lost: 1 });
});

describe("read from Redis", () => {
  let redis: TestRedis;
  let address: Address;

  beforeAll(async () => {
    redis = await startRedis();
    const { hostname, port } = new URL(redis.url);
    address = { host: hostname, port: Number(port) };
  });

  afterAll(async () => {
    await redis.close();
  });

  function read(accepted: string[], queue: () => Promise<QueueState | undefined>): ReturnType<typeof readLedger> {
    return readLedger({ accepted, queue, redis: address, deadLetteredBefore: 0 });
  }

  test("only orders whose status is fulfilled count, by id", async () => {
    const accepted = Array.from({ length: 1200 }, (_, index) => `order-${index}`);
    await Promise.all(accepted.slice(0, 1100).map((id) => redis.client.hset(orderKey(id), { status: "fulfilled" })));
    await redis.client.hset(orderKey("order-1100"), { status: "accepted" });
    await redis.client.hset(orderKey("somebody else's"), { status: "fulfilled" });
    const ledger = await read(accepted, () => Promise.resolve({ active: 60, deadLettered: 0 }));
    expect(ledger).toMatchObject({ kind: "value", value: { accepted: 1200, fulfilled: 1100, waiting: 60, lost: 40 } });
  });

  test("the queue is read before Redis, so that an order on its way is never missed", async () => {
    const ledger = await read(["moving"], async () => {
      await redis.client.hset(orderKey("moving"), { status: "fulfilled" });
      return { active: 0, deadLettered: 0 };
    });
    expect(ledger).toMatchObject({ value: { fulfilled: 1, lost: 0 } });
  });

  test("a key of another type, a queue that errs and a Redis that is away are gaps, never losses", async () => {
    const empty = (): Promise<QueueState> => Promise.resolve({ active: 0, deadLettered: 0 });
    await redis.client.set(orderKey("odd"), "text");
    expect(await read(["odd"], empty)).toMatchObject({
      kind: "gap",
      error: expect.stringContaining("WRONGTYPE") as string,
    });
    expect(await read(["a"], () => Promise.reject(new Error("503")))).toEqual({ kind: "gap", error: "503" });
    expect(await read(["a"], () => Promise.resolve(undefined))).toMatchObject({ kind: "gap" });
    await redis.stop();
    expect(await read(["a"], empty)).toMatchObject({
      kind: "gap",
      error: expect.stringContaining(address.host) as string,
    });
    await redis.restart();
  });
});
