import type { ServiceBusReceivedMessage } from "@azure/service-bus";
import { eventually, metric, startTestBus, type TestBus } from "./support/testBus.ts";

/** Sending over REST, seen by who receives over AMQP. */

const BATCH = "application/vnd.microsoft.servicebus.json";
const PATH = "/orders/messages";

let bus: TestBus;

beforeEach(async () => {
  bus = await startTestBus();
});

afterEach(async () => {
  await bus.close();
});

async function send(
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<{ status: number; type: string | undefined; body: string }> {
  return bus.http({ method: "POST", path: `${PATH}?timeout=60&api-version=2013-08`, headers, body, as: "api" });
}

async function sendBatch(batch: unknown): Promise<number> {
  return (await send(JSON.stringify(batch), { "content-type": `${BATCH}; charset=utf-8` })).status;
}

async function peekAll(): Promise<ServiceBusReceivedMessage[]> {
  return bus.client().createReceiver("orders").peekMessages(100);
}

it("stores a message with its broker properties and its own", async () => {
  const headers = {
    "content-type": "application/json",
    BrokerProperties: JSON.stringify({
      ...{ MessageId: "m-1", Label: "s", CorrelationId: "c", TimeToLive: 60, To: "t", ReplyTo: "r" },
      ...{ SessionId: "k", PartitionKey: "k", ReplyToSessionId: "rs", State: "x", ForcePersistence: true },
    }),
    Priority2: `"High"`,
    count: "42",
    ratio: "2.5",
    due: "Wed, 14 Dec 2031 00:00:00 GMT",
  };
  expect(await send(JSON.stringify({ amount: 3 }), headers)).toEqual({ status: 201, type: undefined, body: "" });
  const [message] = await bus.client().createReceiver("orders").receiveMessages(1);
  expect(message).toMatchObject({
    messageId: "m-1",
    subject: "s",
    correlationId: "c",
    contentType: "application/json",
    timeToLive: 60_000,
    to: "t",
    replyTo: "r",
    sessionId: "k",
    partitionKey: "k",
    replyToSessionId: "rs",
    body: { amount: 3 },
    applicationProperties: { Priority2: "High", count: 42, ratio: 2.5, due: Date.UTC(2031, 11, 14) },
  });
});

it("keeps a body that is no text, one that is empty, and gives ids", async () => {
  const body = Buffer.from([0, 1, 2, 255]);
  expect((await send(body)).status).toBe(201);
  expect((await send("")).status).toBe(201);
  const [binary, empty] = await peekAll();
  expect(binary?.body).toEqual(body);
  expect(empty?.body).toEqual(Buffer.alloc(0));
  expect(binary?.messageId).toMatch(/^[\da-f-]{36}$/);
  expect(binary?.applicationProperties).toBeUndefined();
});

it("stores all of a batch, in order", async () => {
  const batch = Array.from({ length: 1_000 }, (_, index) => ({
    Body: JSON.stringify({ index }),
    BrokerProperties: { MessageId: `b-${index}`, Label: "é€" },
    UserProperties: { index, even: index % 2 === 0, none: null },
  }));
  expect(await sendBatch(batch)).toBe(201);
  expect(
    await metric(bus.registry, "servicebus_emulator_operations_total", { queue: "orders", operation: "send" }),
  ).toBe(1_000);
  const receiver = bus.client().createReceiver("orders", { receiveMode: "receiveAndDelete" });
  const received: ServiceBusReceivedMessage[] = [];
  while (received.length < 1_000) received.push(...(await receiver.receiveMessages(1_000, { maxWaitTimeInMs: 5_000 })));
  expect(received.map(({ messageId }) => messageId)).toEqual(
    batch.map(({ BrokerProperties }) => BrokerProperties.MessageId),
  );
  expect(received[999]).toMatchObject({
    subject: "é€",
    body: { index: 999 },
    applicationProperties: { index: 999, even: false, none: null },
  });
});

it("schedules", async () => {
  const later = new Date(Date.now() + 3_600_000).toUTCString();
  expect(
    await sendBatch([
      { Body: "later", BrokerProperties: { ScheduledEnqueueTimeUtc: later } },
      { Body: "past", BrokerProperties: { ScheduledEnqueueTimeUtc: "Wed, 02 Jul 2014 01:32:27 GMT" } },
      { Body: "soon", BrokerProperties: { ScheduledEnqueueTimeUtc: new Date(Date.now() + 300).toISOString() } },
    ]),
  ).toBe(201);
  const scheduled = (await peekAll()).filter(({ state }) => state === "scheduled");
  expect(scheduled[0]?.scheduledEnqueueTimeUtc?.toUTCString()).toBe(later);
  await eventually("one remains scheduled", async () => {
    const { scheduledMessageCount, activeMessageCount } = await bus.admin().getQueueRuntimeProperties("orders");
    return scheduledMessageCount === 1 && activeMessageCount === 2;
  });
});

it("lets a message expire", async () => {
  expect(
    await sendBatch([{ Body: "a", BrokerProperties: { TimeToLiveTimeSpan: "0.00:00:00.2" } }, { Body: "b" }]),
  ).toBe(201);
  await eventually(
    "it is gone",
    async () => (await bus.admin().getQueueRuntimeProperties("orders")).totalMessageCount === 1,
  );
});

it("drops a duplicate, and says 201 as for the first", async () => {
  await bus.admin().createQueue("once", { requiresDuplicateDetection: true });
  const headers = { BrokerProperties: JSON.stringify({ MessageId: "same" }) };
  for (const body of ["a", "b"]) {
    expect((await bus.http({ method: "POST", path: "/once/messages", headers, body })).status).toBe(201);
  }
  expect(await bus.admin().getQueueRuntimeProperties("once")).toMatchObject({ totalMessageCount: 1 });
});

it.each([
  ["no JSON", "[{", /must be JSON/],
  ["without a body", `[{"Body":"a"},{"BrokerProperties":{}}]`, /Message 1: Body must be a string/],
  [
    "with a wrong property",
    `[{"Body":"a","BrokerProperties":{"TimeToLive":"long"}}]`,
    /Message 0: BrokerProperties\.TimeToLive/,
  ],
])("refuses a batch that is %s, and stores nothing of it", async (_, body, reason) => {
  const answer = await send(body, { "content-type": BATCH });
  expect(answer.status).toBe(400);
  expect(answer.body).toMatch(/^<Error><Code>400<\/Code><Detail>BadRequest: /);
  expect(answer.body).toMatch(reason);
  expect(await peekAll()).toEqual([]);
});

it("refuses a message that is too large, and one without a right", async () => {
  expect((await send(Buffer.alloc(1024 * 1024 + 1))).status).toBe(403);
  expect((await bus.http({ method: "POST", path: PATH, body: "x", as: "worker" })).status).toBe(401);
  expect((await bus.http({ method: "POST", path: PATH, body: "x", as: null })).status).toBe(401);
  expect(await peekAll()).toEqual([]);
});
