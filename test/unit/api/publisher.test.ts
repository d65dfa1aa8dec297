import type { ServiceBusMessage, ServiceBusMessageBatch } from "@azure/service-bus";
import { pino } from "pino";
import {
  BrokerUnavailableError,
  connectPublisher,
  TooLargeToQueueError,
  type Publisher,
} from "../../../src/api/publisher.ts";
import type { OrderMessage } from "../../../src/shared/order.ts";

/** Messages that the broker's batches hold, and what the test lets happen to each batch. */
const BATCH_SIZE = 4;
let batches: string[][];
let openLink: () => Promise<void>;
let take: (ids: readonly string[]) => Promise<void>;
let clients: number;
let noted: [number, boolean][];
let publisher: Publisher;

beforeEach(() => {
  batches = [];
  clients = 0;
  noted = [];
  openLink = () => Promise.resolve();
  take = () => Promise.resolve();
  publisher = connectPublisher(
    () => {
      clients++;
      return {
        createSender: () => ({
          createMessageBatch: async () => {
            await openLink();
            return fakeBatch();
          },
          sendMessages: async (batch) => {
            const ids = (batch as unknown as { ids: string[] }).ids;
            batches.push(ids);
            await take(ids);
          },
          close: () => Promise.resolve(),
        }),
        close: () => Promise.resolve(),
      };
    },
    {
      queue: "orders",
      log: pino({ level: "silent" }),
      metrics: {
        published: (orders) => void noted.push([orders, up]),
        dependency: (_dependency, isUp) => (up = isUp),
      },
    },
  );
});

let up: boolean;

function fakeBatch(): ServiceBusMessageBatch {
  const ids: string[] = [];
  const batch = {
    ids,
    maxSizeInBytes: 1,
    tryAddMessage: ({ messageId }: ServiceBusMessage) => {
      const fits = ids.length < BATCH_SIZE && !String(messageId).startsWith("large");
      if (fits) ids.push(String(messageId));
      return fits;
    },
  };
  return batch as unknown as ServiceBusMessageBatch;
}

function orders(...ids: string[]): Promise<PromiseSettledResult<void>[]> {
  return Promise.allSettled(ids.map((id) => publisher.publish(order(id), "")));
}

function order(confirmationId: string): OrderMessage {
  return { confirmationId, customerName: "Ada", productId: "widget", amount: 1 };
}

/** What became of each: nothing for one that was taken, else the error's name. */
function outcomes(results: readonly PromiseSettledResult<void>[]): (string | undefined)[] {
  return results.map((result) => (result.status === "rejected" ? (result.reason as Error).name : undefined));
}

const taken = undefined;

test("orders of one turn share a batch, and each gets its own result", async () => {
  expect(outcomes(await orders("a", "b", "c"))).toEqual([taken, taken, taken]);
  expect(batches).toEqual([["a", "b", "c"]]);
  expect(noted).toEqual([[3, true]]);
});

test("orders that come while a batch is under way share the next one within the maximum wait", async () => {
  let end: () => void = () => undefined;
  take = () => new Promise((ended) => (end = ended));
  const first = orders("a");
  await new Promise(setImmediate);
  take = () => Promise.resolve();
  expect(outcomes(await orders("b", "c"))).toEqual([taken, taken]);
  end();
  expect(outcomes(await first)).toEqual([taken]);
  expect(batches).toEqual([["a"], ["b", "c"]]);
});

test("orders beyond one batch go in several, and a batch that fails fails only its own orders", async () => {
  take = (ids) => (ids.includes("a") ? Promise.reject(new Error("no")) : Promise.resolve());
  expect(outcomes(await orders("a", "b", "c", "d", "e", "f"))).toEqual([
    ...Array.from({ length: 4 }, () => BrokerUnavailableError.name),
    taken,
    taken,
  ]);
  expect(batches).toEqual([
    ["a", "b", "c", "d"],
    ["e", "f"],
  ]);
  // Told at once: the SDK reconnects by itself.
  expect(clients).toBe(1);
});

test.each([[["large"]], [["large", "a"]], [["a", "large", "b"]], [["a", "b", "c", "d", "large", "e"]]])(
  "%j: an order that fits into no batch fails alone",
  async (ids) => {
    expect(outcomes(await orders(...ids))).toEqual(
      ids.map((id) => (id === "large" ? TooLargeToQueueError.name : taken)),
    );
    expect(batches.flat()).toEqual(ids.filter((id) => id !== "large"));
  },
);

test("orders are rejected within 2 s when the broker does not answer, and the next goes over a new connection", async () => {
  take = () => new Promise(() => undefined);
  const started = performance.now();
  expect(outcomes(await orders("a", "b"))).toEqual([BrokerUnavailableError.name, BrokerUnavailableError.name]);
  expect(performance.now() - started).toBeLessThan(2_500);
  take = () => Promise.resolve();
  expect(clients).toBe(2);
  expect(outcomes(await orders("c"))).toEqual([taken]);
});

test("orders that were rejected are not sent when the link opens too late", async () => {
  let open: () => void = () => undefined;
  openLink = () => new Promise((opened) => (open = opened));
  expect(outcomes(await orders("a"))).toEqual([BrokerUnavailableError.name]);
  open();
  openLink = () => Promise.resolve();
  await orders("b");
  expect(batches).toEqual([["b"]]);
});

test("closing does not wait for a broker that does not answer", async () => {
  const hanging = connectPublisher(
    () => ({
      createSender: () => ({
        createMessageBatch: () => Promise.resolve(fakeBatch()),
        sendMessages: () => Promise.resolve(),
        close: () => new Promise(() => undefined),
      }),
      close: () => Promise.resolve(),
    }),
    {
      queue: "orders",
      log: pino({ level: "silent" }),
      metrics: { published: () => undefined, dependency: () => undefined },
    },
  );
  const started = performance.now();
  await hanging.close();
  expect(performance.now() - started).toBeLessThan(4_000);
});
