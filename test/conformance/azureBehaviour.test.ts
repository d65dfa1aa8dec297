import rhea from "rhea";
import { connectRaw, type RawClient } from "./support/rawClient.ts";
import { startTestBus, type TestBus } from "./support/testBus.ts";

/* What Azure does, by its SDKs' own live tests and its issues. */

let bus: TestBus;
let raw: RawClient;

beforeEach(async () => {
  bus = await startTestBus({ orders: { maxDeliveryCount: 2, lockDurationMs: 60_000 } });
  raw = connectRaw(bus.amqpPort);
  await raw.putToken("sb://localhost/orders", bus.token("/orders"));
});

afterEach(async () => {
  await raw.close();
  await bus.close();
});

const { types } = rhea;

it("counts a defer as a delivery, and dead-letters at the limit", async () => {
  await bus.client().createSender("orders").sendMessages({ body: "a" });
  const receiver = bus.client().createReceiver("orders");
  const [first] = await receiver.receiveMessages(1);
  if (first?.sequenceNumber === undefined) throw new Error("no message");
  await receiver.deferMessage(first);
  const [again] = await receiver.receiveDeferredMessages(first.sequenceNumber);
  expect(again?.deliveryCount).toBe(1);
  if (again !== undefined) await receiver.deferMessage(again);
  const [dead] = await bus.client().createReceiver("orders", { subQueueType: "deadLetter" }).receiveMessages(1);
  expect(dead?.deadLetterReason).toBe("MaxDeliveryCountExceeded");
});

it("counts nothing in the dead-letter queue", async () => {
  await bus.client().createSender("orders").sendMessages({ body: "a" });
  const receiver = bus.client().createReceiver("orders");
  const [message] = await receiver.receiveMessages(1);
  if (message !== undefined) await receiver.deadLetterMessage(message);
  const dead = bus.client().createReceiver("orders", { subQueueType: "deadLetter" });
  for (let round = 0; round < 4; round += 1) {
    const [letter] = await dead.receiveMessages(1);
    expect(letter?.deliveryCount).toBe(0);
    if (letter !== undefined) await dead.abandonMessage(letter);
  }
});

it("settles a message with a session id over management, on a queue without sessions", async () => {
  await bus.client().createSender("orders").sendMessages({ body: "a", sessionId: "s" });
  const receiver = bus.client().createReceiver("orders");
  const [message] = await receiver.receiveMessages(1);
  expect(message?.sessionId).toBe("s");
  const lockToken = types.wrap_uuid(Buffer.from((message?.lockToken ?? "").replaceAll("-", ""), "hex"));
  const { status } = await raw.manage("orders", "update-disposition", {
    "lock-tokens": types.wrap_array([lockToken.value], 0x98, undefined),
    "disposition-status": "completed",
    "session-id": "s",
  });
  expect(status).toBe(200);
  expect((await bus.admin().getQueueRuntimeProperties("orders")).totalMessageCount).toBe(0);
});

it("deletes the oldest messages that nobody has locked, up to a time, and says how many", async () => {
  const sender = bus.client().createSender("orders");
  await sender.sendMessages(["a", "b", "c", "d"].map((body) => ({ body })));
  const receiver = bus.client().createReceiver("orders");
  const [locked] = await receiver.receiveMessages(1);
  expect(locked?.body).toBe("a");
  const remove = (count: number, before: number) =>
    raw.manage("orders", "batch-delete-messages", {
      "message-count": types.wrap_int(count),
      "enqueued-time-utc": types.wrap_timestamp(before),
    });
  expect(await remove(10, 1_000)).toMatchObject({ status: 204 });
  expect(await remove(2, Date.now() + 60_000)).toMatchObject({ status: 200, body: { "message-count": 2 } });
  expect(await remove(10, Date.now() + 60_000)).toMatchObject({ status: 200, body: { "message-count": 1 } });
  expect((await receiver.peekMessages(10)).map(({ body }) => body as unknown)).toEqual(["a"]);
  // What was read ahead before is not delivered after.
  await sender.sendMessages({ body: "e" });
  const [next] = await receiver.receiveMessages(1);
  expect(next?.body).toBe("e");
});

it("peeks without bodies where it is asked", async () => {
  await bus.client().createSender("orders").sendMessages({ body: "a long body", messageId: "m" });
  const { body } = await raw.manage("orders", "peek-message", {
    "from-sequence-number": types.wrap_long(0),
    "message-count": types.wrap_int(1),
    "omit-message-body": true,
  });
  const message = (body as { messages: { message: Buffer }[] }).messages[0]?.message ?? Buffer.alloc(0);
  expect(message.includes("a long body")).toBe(false);
  expect(rhea.message.decode(message).message_id).toBe("m");
});

it("shows the expiry that holds: the queue's time to live bounds the sender's", async () => {
  await bus.admin().createQueue("short", { defaultMessageTimeToLive: "P1D" });
  await bus.client().createSender("short").sendMessages({ body: "a", timeToLive: 172_800_000 });
  const [message] = await bus.client().createReceiver("short").peekMessages(1);
  const livesMs = (message?.expiresAtUtc?.getTime() ?? 0) - (message?.enqueuedTimeUtc?.getTime() ?? 0);
  expect(livesMs).toBe(86_400_000);
});
