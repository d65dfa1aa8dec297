import { setImmediate as nextTick } from "node:timers/promises";
import type { EventContext, Receiver } from "rhea";
import { connectRaw, next, type RawClient } from "./support/rawClient.ts";
import { eventually, startTestBus, type TestBus } from "./support/testBus.ts";

let bus: TestBus;
let client: RawClient;
let received: unknown[];

beforeEach(async () => {
  bus = await startTestBus();
  client = connectRaw(bus.amqpPort);
  await client.putToken("sb://localhost/orders", bus.token("/orders"));
  received = [];
});

afterEach(async () => {
  await client.close();
  await bus.close();
});

async function send(count: number): Promise<void> {
  const sender = bus.client().createSender("orders");
  await sender.sendMessages(Array.from({ length: count }, (_, index) => ({ body: "x", messageId: String(index) })));
}

async function openReceiver(): Promise<Receiver> {
  const receiver = client.connection.open_receiver({
    source: "orders",
    credit_window: 0,
    autoaccept: false,
    rcv_settle_mode: 1,
  });
  receiver.on("message", ({ message }: EventContext) => received.push(message?.message_id));
  await next(receiver, "receiver_open");
  return receiver;
}

/** Resolves when the server has answered a drain; by then every message that it had to send is here. */
async function drain(receiver: Receiver): Promise<void> {
  const drained = next(receiver, "receiver_drained");
  receiver.drain_credit();
  await drained;
  receiver.drain = false;
}

it("sends as many as there is credit for, in order, and drains what is left of it", async () => {
  await send(5);
  const receiver = await openReceiver();
  receiver.add_credit(3);
  await eventually("three come", () => received.length === 3);
  await drain(receiver);
  expect(received).toEqual(["0", "1", "2"]);

  receiver.add_credit(10);
  await drain(receiver);
  expect(received).toEqual(["0", "1", "2", "3", "4"]);
  // The drain took the other eight credits back: a message that comes now must wait for new ones.
  await send(1);
  await drain(receiver);
  expect(received).toHaveLength(5);
  receiver.add_credit(1);
  await eventually("the new one comes", () => received.length === 6);
});

it("answers a drain at credit 0, which rhea by itself does not", async () => {
  const receiver = await openReceiver();
  await drain(receiver);
  await drain(receiver);
  expect(received).toEqual([]);
});

it("echoes the termini and settlement modes, with the largest size that it takes", async () => {
  const receiver = await openReceiver();
  expect(receiver.source).toMatchObject({ address: "orders" });
  expect(receiver.rcv_settle_mode).toBe(1);
  const sender = client.connection.open_sender({ target: "orders", snd_settle_mode: 0 });
  await next(sender, "sendable");
  expect(sender.target).toMatchObject({ address: "orders" });
  expect(sender.snd_settle_mode).toBe(0);
  expect(sender.max_message_size).toBe(1024 * 1024);
});

it("attaches before it sends to a client that asks for both at once, and drains only then", async () => {
  await send(3);
  const receiver = client.connection.open_receiver({ source: "orders", credit_window: 0 });
  receiver.on("message", ({ message }: EventContext) => received.push(message?.message_id));
  receiver.add_credit(5);
  await drain(receiver);
  expect(received).toEqual(["0", "1", "2"]);
});

it("lets a client attach again under the name of a link that it has closed", async () => {
  await send(2);
  for (const expected of [1, 2]) {
    const receiver = client.connection.open_receiver({ name: "same", source: "orders", credit_window: 0 });
    receiver.on("message", ({ message }: EventContext) => received.push(message?.message_id));
    receiver.add_credit(1);
    await eventually("a message comes", () => received.length === expected);
    const closed = next(receiver, "receiver_close");
    receiver.close();
    await closed;
    // rhea, the client's, forgets a link's name a tick later.
    await nextTick();
  }
  expect(received).toEqual(["0", "1"]);
});
