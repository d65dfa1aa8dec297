import { ServiceBusClient, type ServiceBusReceivedMessage } from "@azure/service-bus";
import { readLedger } from "../../loadtest/targets/orders/ledger/ledger.ts";
import { readFulfilled } from "../../loadtest/targets/orders/ledger/orders.ts";
import type { BusAccess } from "../../loadtest/targets/orders/serviceBus/queue.ts";
import type { Address } from "../../loadtest/model/endpoint.ts";
import type { Ledger } from "../../loadtest/model/ledger.ts";
import type { Reading } from "../../loadtest/model/reading.ts";
import { busLogin } from "../../loadtest/k6/lib/serviceBus.ts";
import { orderKey } from "../../src/shared/order.ts";
import { createOrderCommits } from "../../src/worker/orderCommits.ts";
import { startTestEmulator, type TestEmulator } from "../support/emulator.ts";
import { orderMessage } from "../support/orders.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { createResources, type Resources } from "../support/resources.ts";
import { startWorker } from "./support/worker.ts";

/** More than one page of a peek. */
const MANY = 2_500;
const QUEUE = "orders";

type Received = ServiceBusReceivedMessage;
type Five = [Received, Received, Received, Received, Received, ...Received[]];
type Ids = [string, string, string, string];

let resources: Resources;
let emulator: TestEmulator;
let redis: TestRedis;
let redisAddress: Address;
let bus: Address;

beforeEach(async () => {
  resources = createResources();
  [emulator, redis] = await Promise.all([startTestEmulator(), startRedis()]);
  resources.add(emulator);
  resources.add(redis);
  bus = { host: "127.0.0.1", port: emulator.amqpPort };
  redisAddress = { host: "127.0.0.1", port: Number(new URL(redis.url).port) };
});

afterEach(() => resources.close());

/** As in dev: the bus's own name, which does not resolve here, and a key that may Send and Manage. */
function access(key = emulator.connectionString("loadtest")): BusAccess {
  const connectionString = key.replace(
    /Endpoint=[^;]*/,
    "Endpoint=sb://servicebus-emulator.orders-dev.svc.cluster.local",
  );
  return { login: busLogin({ SERVICEBUS_CONNECTION_STRING: connectionString }), ca: undefined };
}

function read(
  sent: { accepted: string[]; unconfirmed?: string[] },
  options: Partial<Parameters<typeof readLedger>[0]> = {},
): Promise<Reading<Ledger>> {
  return readLedger({ unconfirmed: [], ...sent, access: access(), bus, queue: QUEUE, redis: redisAddress, ...options });
}

/** A delivery that has come as far as its commit. */
async function commit(id: string, atMs = 0): Promise<void> {
  const order = { ...orderMessage().body, confirmationId: id };
  await createOrderCommits(redis.client).commitment(order, new Date(0), new Date(atMs))();
}

test("every order is found where it is, by its id: on the queue, locked, dead-lettered, in Redis, nowhere", async () => {
  const messages = Array.from({ length: MANY }, orderMessage);
  await emulator.send(...messages);
  const client = resources.add(new ServiceBusClient(emulator.connectionString("test")));
  const receiver = client.createReceiver(QUEUE);
  const taken = await receiver.receiveMessages(40);
  const [badOne, badTwo, unreasoned, came3, came2, ...rest] = taken as Five;
  const dead = [badOne, badTwo, unreasoned];
  const gone = [came3, ...rest.slice(0, 9)];
  const committedAndLocked = [came2, ...rest.slice(9, 15)];
  const locked = rest.slice(15);
  for (const bad of [badOne, badTwo]) {
    await receiver.deadLetterMessage(bad, {
      deadLetterReason: "invalid-order",
      deadLetterErrorDescription: "amount: -1",
    });
  }
  await receiver.deadLetterMessage(unreasoned);
  const id = ({ messageId }: { messageId?: unknown }): string => String(messageId);
  for (const message of [...gone, ...committedAndLocked]) await commit(id(message));
  for (const message of gone) await receiver.completeMessage(message);
  await commit(id(came3), 1);
  await commit(id(came3), 2);
  await commit(id(came2), 1);
  const [lostOne, lostTwo, unconfirmedYetProcessed, neverArrived] = [1, 2, 3, 4].map(() => crypto.randomUUID()) as Ids;
  // The API's own note that an order was accepted is no proof of anything.
  await redis.client.hset(orderKey(lostOne), { status: "accepted" });
  await commit(unconfirmedYetProcessed);

  const ids = messages.map(id);
  expect(
    await read({
      accepted: [...ids.slice(0, -1), lostOne, lostTwo],
      unconfirmed: [...ids.slice(-1), unconfirmedYetProcessed, neverArrived],
    }),
  ).toEqual({
    kind: "value",
    value: {
      accepted: MANY + 1,
      processedOnce: 15,
      processedAgain: 2,
      waiting: MANY - 1 - dead.length - gone.length - committedAndLocked.length,
      deadLettered: { total: 3, byReason: { "invalid-order": 2, "no reason given": 1 } },
      lost: 2,
      deadLetteredAfterCommit: 0,
      unconfirmed: { total: 3, processed: 1, waiting: 1, deadLettered: 0, nowhere: 1 },
      duplicatesAbsorbed: 3,
      examples: {
        lost: [lostOne, lostTwo],
        waiting: expect.arrayContaining(locked.slice(0, 1).map(id)) as string[],
        deadLettered: expect.arrayContaining(dead.map(id)) as string[],
        processedAgain: expect.arrayContaining([came3, came2].map(id)) as string[],
      },
    },
  });
});

test("while workers are at it no order is ever missed, and at the end each was processed once", async () => {
  const messages = Array.from({ length: 1_500 }, orderMessage);
  const accepted = messages.map(({ messageId }) => messageId);
  await emulator.send(...messages);
  const environment = { WORKER_CONCURRENCY: "8", FULFILMENT_LATENCY_MS: "10" };
  const workers = Promise.all([1, 2].map(() => startWorker(resources, emulator, redis, environment)));
  const said: string[] = [];
  let halfway = 0;
  let waiting = accepted.length;
  while (waiting > 0) {
    const reading = await read({ accepted }, { log: (line) => said.push(line) });
    if (reading.kind !== "value") throw new Error(JSON.stringify(reading));
    const { processedOnce, processedAgain, lost } = reading.value;
    waiting = reading.value.waiting;
    expect({ lost, found: processedOnce + processedAgain + waiting }).toEqual({ lost: 0, found: accepted.length });
    if (waiting > 0 && processedOnce > 0) halfway += 1;
  }
  await workers;
  expect(halfway).toBeGreaterThan(0);
  // Not even by the first look.
  expect(said).toEqual([]);
  expect(await read({ accepted })).toMatchObject({ value: { processedOnce: 1_500, lost: 0, duplicatesAbsorbed: 0 } });
  expect((await readFulfilled(redisAddress, accepted)).size).toBe(1_500);
});

describe("the ledger is unknown", () => {
  const some = { accepted: ["a", "b"] };

  test("where the queue cannot be looked into", async () => {
    expect(await read(some, { queue: "nowhere" })).toMatchObject({
      kind: "gap",
      error: expect.stringMatching(/^the queue nowhere at 127\.0\.0\.1:\d+ cannot be looked into: /) as string,
    });
    expect(await read(some, { access: access(emulator.connectionString("api")) })).toMatchObject({
      kind: "gap",
      error: expect.stringContaining("Listen") as string,
    });
    expect(await read(some, { bus: { host: "::1", port: 5672 } })).toEqual({
      kind: "gap",
      error: "the bus cannot be dialled at ::1: want a name or an IPv4 address",
    });
    await emulator.stop();
    expect(await read(some)).toMatchObject({ kind: "gap", error: expect.stringContaining("ECONNREFUSED") as string });
  });

  test("where Redis cannot be read, or holds something else", async () => {
    await redis.client.set(orderKey("a"), "text");
    expect(await read(some)).toMatchObject({ kind: "gap", error: expect.stringContaining("WRONGTYPE") as string });
    await redis.client.del(orderKey("a"));
    await redis.client.hset(orderKey("a"), { status: "processed", repeats: "many" });
    expect(await read(some)).toMatchObject({
      kind: "gap",
      error: expect.stringContaining('"many" as repeats') as string,
    });
    await redis.stop();
    expect(await read(some)).toMatchObject({
      kind: "gap",
      error: expect.stringMatching(`^Redis at 127.0.0.1:${redisAddress.port} cannot be read: .*ECONNREFUSED`) as string,
    });
    await redis.restart();
  });

  test("after the proof was interrupted", async () => {
    const stop = new AbortController();
    const log = (): void => {
      stop.abort();
    };
    expect(await read(some, { signal: stop.signal, log })).toEqual({ kind: "gap", error: "interrupted" });
  });
});
