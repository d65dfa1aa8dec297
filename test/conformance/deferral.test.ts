import type { ServiceBusClient, ServiceBusReceivedMessage, ServiceBusReceiver } from "@azure/service-bus";
import { eventually, metric, startTestBus, type TestBus } from "./support/testBus.ts";

type Long = NonNullable<ServiceBusReceivedMessage["sequenceNumber"]>;

let bus: TestBus;
let client: ServiceBusClient;
let receiver: ServiceBusReceiver;

async function start(config: Parameters<typeof startTestBus>[0] = {}): Promise<void> {
  bus = await startTestBus(config);
  client = bus.client();
  receiver = client.createReceiver("orders", { maxAutoLockRenewalDurationInMs: 0 });
}

afterEach(async () => {
  await bus.close();
});

async function counts(): Promise<Record<string, number>> {
  const states = ["active", "locked", "deferred", "dead_letter"];
  const found = states.map(async (state) => [
    state,
    (await metric(bus.registry, "servicebus_emulator_messages", { queue: "orders", state })) ?? NaN,
  ]);
  return Object.fromEntries((await Promise.all(found)).filter(([, value]) => value !== 0)) as Record<string, number>;
}

function only<Value>(values: readonly Value[]): Value {
  const [value, ...more] = values;
  if (value === undefined || more.length > 0) throw new Error(`want one, got ${values.length}`);
  return value;
}

/** Sends and defers messages with these bodies; gives their sequence numbers. */
async function deferred(...bodies: string[]): Promise<Long[]> {
  await client.createSender("orders").sendMessages(bodies.map((body) => ({ body, messageId: body })));
  const numbers: Long[] = [];
  for (const message of await receiver.receiveMessages(bodies.length)) {
    await receiver.deferMessage(message, { deferred: true });
    if (message.sequenceNumber !== undefined) numbers.push(message.sequenceNumber);
  }
  return numbers;
}

async function fetch(numbers: Long | Long[]): Promise<ServiceBusReceivedMessage> {
  return only(await receiver.receiveDeferredMessages(numbers));
}

describe("a deferred message", () => {
  it("comes to nobody by itself, and to whom asks for its number, with its changed properties", async () => {
    await start();
    const [number] = await deferred("a");
    if (number === undefined) throw new Error("no number");
    expect(await counts()).toEqual({ deferred: 1 });
    expect(await receiver.receiveMessages(1, { maxWaitTimeInMs: 200 })).toEqual([]);
    const message = await fetch(number);
    expect(message).toMatchObject({
      body: "a",
      messageId: "a",
      state: "deferred",
      deliveryCount: 1,
      applicationProperties: { deferred: true },
    });
    expect(message.lockedUntilUtc?.getTime()).toBeGreaterThan(Date.now());
    expect(message.lockToken).toMatch(/^[0-9a-f-]{36}$/);
    await receiver.completeMessage(message);
    expect(await counts()).toEqual({});
  });

  it("shows itself to a peek as what it is", async () => {
    await start();
    await deferred("a");
    expect(only(await receiver.peekMessages(5))).toMatchObject({ body: "a", state: "deferred" });
  });

  it("is deferred again by an abandon, as a failed delivery", async () => {
    await start();
    const [number] = await deferred("a");
    if (number === undefined) throw new Error("no number");
    await receiver.abandonMessage(await fetch(number), { tries: 2 });
    expect(await counts()).toEqual({ deferred: 1 });
    expect(await fetch(number)).toMatchObject({
      deliveryCount: 2,
      applicationProperties: { deferred: true, tries: 2 },
    });
  });

  it("can be deferred again, and dead-lettered", async () => {
    await start();
    const [number] = await deferred("a");
    if (number === undefined) throw new Error("no number");
    await receiver.deferMessage(await fetch(number));
    await receiver.deadLetterMessage(await fetch(number), {
      deadLetterReason: "no",
      deadLetterErrorDescription: "way",
    });
    expect(await counts()).toEqual({ dead_letter: 1 });
    const dead = client.createReceiver("orders", { subQueueType: "deadLetter" });
    const message = only(await dead.receiveMessages(1));
    expect(message).toMatchObject({ deadLetterReason: "no", deadLetterErrorDescription: "way", state: "active" });
    // In the dead-letter queue too a message can be put aside.
    await dead.deferMessage(message);
    const again = only(await dead.receiveDeferredMessages(message.sequenceNumber ?? number));
    await dead.completeMessage(again);
    expect(await counts()).toEqual({});
  });

  it("is renewed like any other, and its lock can be lost", async () => {
    await start({ orders: { lockDurationMs: 500 } });
    const [number] = await deferred("a");
    if (number === undefined) throw new Error("no number");
    const message = await fetch(number);
    const before = message.lockedUntilUtc?.getTime() ?? 0;
    await eventually("some time has passed", () => Date.now() > before - 400);
    expect((await receiver.renewMessageLock(message)).getTime()).toBeGreaterThan(before);
    await eventually("the lock ends", async () => (await counts()).deferred === 1);
    await expect(receiver.completeMessage(message)).rejects.toMatchObject({ code: "MessageLockLost" });
    expect((await fetch(number)).deliveryCount).toBe(2);
  });

  it("is gone once it is received and deleted", async () => {
    await start();
    const numbers = await deferred("a", "b");
    const deleting = client.createReceiver("orders", { receiveMode: "receiveAndDelete" });
    const messages = await deleting.receiveDeferredMessages(numbers);
    expect(messages.map(({ body }) => body as unknown)).toEqual(["a", "b"]);
    expect(await counts()).toEqual({});
    await expect(deleting.receiveDeferredMessages(numbers)).rejects.toMatchObject({ code: "MessageNotFound" });
  });

  it("is not found while it is locked, nor together with one that is not there", async () => {
    await start();
    const [number] = await deferred("a");
    if (number === undefined) throw new Error("no number");
    await expect(receiver.receiveDeferredMessages([number, number.add(7)])).rejects.toMatchObject({
      code: "MessageNotFound",
    });
    expect(await counts()).toEqual({ deferred: 1 });
    await fetch(number);
    await expect(receiver.receiveDeferredMessages(number)).rejects.toMatchObject({ code: "MessageNotFound" });
  });

  it("that was never deferred is not found", async () => {
    await start();
    await client.createSender("orders").sendMessages({ body: "a" });
    const { sequenceNumber } = only(await receiver.peekMessages(1));
    if (sequenceNumber === undefined) throw new Error("no number");
    await expect(receiver.receiveDeferredMessages(sequenceNumber)).rejects.toMatchObject({
      code: "MessageNotFound",
    });
    expect(await counts()).toEqual({ active: 1 });
  });

  it("needs Listen", async () => {
    await start();
    const [number] = await deferred("a");
    if (number === undefined) throw new Error("no number");
    await expect(bus.client("api").createReceiver("orders").receiveDeferredMessages(number)).rejects.toMatchObject({
      code: "UnauthorizedAccess",
    });
  });
});
