import type { ServiceBusClient } from "@azure/service-bus";
import type { QueueProperties } from "../../src/servicebus-emulator/model/properties.ts";
import { eventually, metric, startTestBus, type TestBus } from "./support/testBus.ts";

let bus: TestBus;
let client: ServiceBusClient;

async function start(orders: Partial<QueueProperties>): Promise<void> {
  bus = await startTestBus({ orders });
  client = bus.client();
}

afterEach(async () => {
  await bus.close();
});

async function count(state: string): Promise<number> {
  return (await metric(bus.registry, "servicebus_emulator_messages", { queue: "orders", state })) ?? NaN;
}

describe("time to live", () => {
  it("ends: the message is gone", async () => {
    await start({});
    const sender = client.createSender("orders");
    await sender.sendMessages([{ body: "short", timeToLive: 100 }, { body: "long" }]);
    await eventually("the short one expires", async () => (await count("active")) === 1);
    const messages = await client.createReceiver("orders").receiveMessages(2, { maxWaitTimeInMs: 1_000 });
    expect(messages.map(({ body }) => body as unknown)).toEqual(["long"]);
    expect(await count("dead_letter")).toBe(0);
  });

  it("ends: the message is in the dead-letter queue with its reason, where the queue says so", async () => {
    await start({ deadLetteringOnExpiration: true });
    await client.createSender("orders").sendMessages({ body: "short", timeToLive: 100 });
    const [dead] = await client
      .createReceiver("orders", { subQueueType: "deadLetter" })
      .receiveMessages(1, { maxWaitTimeInMs: 10_000 });
    expect(dead).toMatchObject({ body: "short", deadLetterReason: "TTLExpiredException", deadLetterSource: "orders" });
  });

  it("is the queue's for a message that has none, and never longer", async () => {
    await start({ defaultTimeToLiveMs: 100 });
    await client.createSender("orders").sendMessages([{ body: "none" }, { body: "longer", timeToLive: 600_000 }]);
    await eventually("both expire", async () => (await count("active")) === 0);
  });

  it("does not end under a lock", async () => {
    await start({});
    await client.createSender("orders").sendMessages({ body: "a", timeToLive: 300 });
    const receiver = client.createReceiver("orders");
    const [message] = await receiver.receiveMessages(1);
    if (message === undefined) throw new Error("no message");
    const expired = (message.enqueuedTimeUtc?.getTime() ?? 0) + 300;
    await eventually("its time is over", () => Date.now() > expired + 100);
    await receiver.completeMessage(message);
    expect(await metric(bus.registry, "servicebus_emulator_operations_total", { operation: "complete" })).toBe(1);
  });
});

describe("duplicate detection", () => {
  it("drops what repeats a message id, in every way of sending, and says that it was accepted", async () => {
    await start({ requiresDuplicateDetection: true });
    const sender = client.createSender("orders");
    await sender.sendMessages({ body: "first", messageId: "same" });
    await sender.sendMessages({ body: "again", messageId: "same" });
    await sender.sendMessages([
      { body: "in a batch", messageId: "same" },
      { body: "other", messageId: "other" },
    ]);
    const later = new Date(Date.now() + 60_000);
    await sender.scheduleMessages({ body: "scheduled", messageId: "same" }, later);
    const messages = await client.createReceiver("orders").receiveMessages(9, { maxWaitTimeInMs: 1_000 });
    expect(messages.map(({ body }) => body as unknown)).toEqual(["first", "other"]);
    expect(await count("scheduled")).toBe(0);
  });

  it("remembers messages that are gone, for the length of its window", async () => {
    await start({ requiresDuplicateDetection: true, duplicateDetectionWindowMs: 1_000 });
    const sender = client.createSender("orders");
    const receiver = client.createReceiver("orders", { receiveMode: "receiveAndDelete" });
    await sender.sendMessages({ body: "first", messageId: "same" });
    const [first] = await receiver.receiveMessages(1);
    await sender.sendMessages({ body: "within", messageId: "same" });
    expect(await count("active")).toBe(0);
    const forgotten = (first?.enqueuedTimeUtc?.getTime() ?? 0) + 1_500;
    await eventually("the window has passed", () => Date.now() > forgotten);
    await sender.sendMessages({ body: "after", messageId: "same" });
    expect((await receiver.receiveMessages(1)).map(({ body }) => body as unknown)).toEqual(["after"]);
  });

  it("is off unless the queue asks for it", async () => {
    await start({});
    const sender = client.createSender("orders");
    await sender.sendMessages({ body: "a", messageId: "same" });
    await sender.sendMessages({ body: "b", messageId: "same" });
    expect(await count("active")).toBe(2);
  });
});

describe("limits", () => {
  it("a queue that is full takes nothing more until there is room", async () => {
    await start({ maxSizeMegabytes: 1 });
    const sender = client.createSender("orders");
    const body = "x".repeat(300_000);
    for (let index = 0; index < 3; index += 1) await sender.sendMessages({ body });
    await expect(
      (async () => {
        for (let index = 0; index < 3; index += 1) await sender.sendMessages({ body });
      })(),
    ).rejects.toMatchObject({ code: "QuotaExceeded" });
    const receiver = client.createReceiver("orders", { receiveMode: "receiveAndDelete" });
    await receiver.receiveMessages(10, { maxWaitTimeInMs: 1_000 });
    await sender.sendMessages({ body });
  });

  it.each([
    ["Disabled", false, false],
    ["SendDisabled", false, true],
    ["ReceiveDisabled", true, false],
  ] as const)("a queue whose status is %s", async (status, sends, receives) => {
    await start({ status });
    const disabled = { code: "MessagingEntityDisabled" };
    const sent = client.createSender("orders").sendMessages({ body: "a" });
    if (sends) await sent;
    else await expect(sent).rejects.toMatchObject(disabled);
    const received = client.createReceiver("orders").receiveMessages(1, { maxWaitTimeInMs: 100 });
    if (receives) expect(await received).toEqual([]);
    else await expect(received).rejects.toMatchObject(disabled);
  });
});
