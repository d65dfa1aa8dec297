import type { ServiceBusReceivedMessage, ServiceBusReceiver } from "@azure/service-bus";
import { amqpPort, browse } from "../../../loadtest/targets/orders/ledger/queueContents.ts";
import { busLogin } from "../../../loadtest/k6/lib/serviceBus.ts";

type SequenceNumber = NonNullable<ServiceBusReceivedMessage["sequenceNumber"]>;

/** As far as a peek needs the SDK's 64-bit number. */
function number(value: number): SequenceNumber {
  return {
    add: (more: number) => number(value + more),
    greaterThan: (other: SequenceNumber) => value > other.toNumber(),
    toNumber: () => value,
    toString: () => String(value),
  } as unknown as SequenceNumber;
}

/** A queue with messages of these numbers, that shows so many a page. */
function queueOf(numbers: readonly number[], pageLength: number): Pick<ServiceBusReceiver, "peekMessages"> {
  return {
    peekMessages: (_count, options) => {
      const from = options?.fromSequenceNumber?.toNumber() ?? 0;
      const page = numbers.filter((one) => one >= from).slice(0, pageLength);
      return Promise.resolve(
        page.map(
          (one) => ({ messageId: `m${one}`, sequenceNumber: number(one) }) as unknown as ServiceBusReceivedMessage,
        ),
      );
    },
  };
}

async function seen(
  receiver: Pick<ServiceBusReceiver, "peekMessages">,
  options: { mostMessages?: number; signal?: AbortSignal } = {},
): Promise<string[]> {
  const ids: string[] = [];
  await browse(receiver, {
    what: "queue orders",
    mostMessages: 100,
    signal: new AbortController().signal,
    log: undefined,
    see: ({ messageId }) => ids.push(String(messageId)),
    ...options,
  });
  return ids;
}

test.each([1, 2, 3, 7, 50])(
  "pages of %d are read to the end, each message once, over gaps in the numbers",
  async (length) => {
    const numbers = [1, 2, 5, 6, 7, 40, 41];
    expect(await seen(queueOf(numbers, length))).toEqual(numbers.map((one) => `m${one}`));
  },
);

test("an empty queue has none", async () => {
  expect(await seen(queueOf([], 10))).toEqual([]);
});

test("a queue with more messages than the limit is an error", async () => {
  const numbers = Array.from({ length: 101 }, (_, index) => index);
  await expect(seen(queueOf(numbers, 10))).rejects.toThrow("it holds more than 100 messages");
  expect(await seen(queueOf(numbers, 10), { mostMessages: 101 })).toHaveLength(101);
});

test("a bus that repeats sequence numbers is an error, not a loop", async () => {
  const stubborn = queueOf([3, 4], 10);
  const backwards: typeof stubborn = { peekMessages: () => stubborn.peekMessages(10) };
  await expect(seen(backwards)).rejects.toThrow("a peek from 5 on gave 4");
});

test("an abort ends reading between two pages", async () => {
  const stop = new AbortController();
  const all = queueOf([1, 2, 3], 1);
  const interrupted: typeof all = {
    peekMessages: (count, options) => {
      stop.abort(new Error("interrupted"));
      return all.peekMessages(count, options);
    },
  };
  await expect(seen(interrupted, { signal: stop.signal })).rejects.toThrow("interrupted");
});

test.each([
  ["UseDevelopmentEmulator=true", 5672],
  ["UseDevelopmentEmulator=false", 5671],
  ["EntityPath=orders", 5671],
])("the bus speaks AMQP at the SDK's own port: %s means %d", (field, port) => {
  const connectionString = `Endpoint=sb://bus.example;SharedAccessKeyName=loadtest;SharedAccessKey=a2V5;${field}`;
  const access = { login: busLogin({ SERVICEBUS_CONNECTION_STRING: connectionString }), ca: undefined };
  expect(amqpPort(access)).toBe(port);
});
