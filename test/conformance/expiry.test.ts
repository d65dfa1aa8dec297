import type { ServiceBusClient } from "@azure/service-bus";
import type { QueueProperties } from "../../src/servicebus-emulator/model/properties.ts";
import { eventually, metric, startTestBus, type TestBus } from "./support/testBus.ts";

let bus: TestBus;
let client: ServiceBusClient;
/** How far the emulator's clock is ahead: lifetimes end when a test says so, however slow the machine is. */
let aheadMs: number;

async function start(orders: Partial<QueueProperties>): Promise<void> {
  aheadMs = 0;
  bus = await startTestBus({ orders, now: () => Date.now() + aheadMs });
  client = bus.client();
}

afterEach(async () => {
  await bus.close();
});

async function count(state: string): Promise<number> {
  return (await metric(bus.registry, "servicebus_emulator_messages", { queue: "orders", state })) ?? NaN;
}

/** How often an operation was done; of "expire", how many messages have expired. */
async function done(operation: "complete" | "expire"): Promise<number> {
  return (await metric(bus.registry, "servicebus_emulator_operations_total", { operation })) ?? NaN;
}

describe("time to live", () => {
  it("ends: the message is gone, and counted as expired", async () => {
    await start({});
    const sender = client.createSender("orders");
    await sender.sendMessages([{ body: "short", timeToLive: 60_000 }, { body: "long" }]);
    expect(await count("active")).toBe(2);
    aheadMs = 61_000;
    await eventually("a message expires", async () => (await done("expire")) > 0);
    expect(await count("active")).toBe(1);
    const [message] = await client.createReceiver("orders").receiveMessages(1);
    expect(message?.body).toBe("long");
    expect(await done("expire")).toBe(1);
    expect(await count("dead_letter")).toBe(0);
  });

  it("ends: the message is in the dead-letter queue with its reason, where the queue says so", async () => {
    await start({ deadLetteringOnExpiration: true });
    await client.createSender("orders").sendMessages({ body: "short", timeToLive: 60_000 });
    aheadMs = 61_000;
    const [dead] = await client
      .createReceiver("orders", { subQueueType: "deadLetter" })
      .receiveMessages(1, { maxWaitTimeInMs: 10_000 });
    expect(dead).toMatchObject({ body: "short", deadLetterReason: "TTLExpiredException", deadLetterSource: "orders" });
    expect(await count("active")).toBe(0);
    expect(await done("expire")).toBe(1);
  });

  it("is the queue's for a message that has none, and never longer", async () => {
    await start({ defaultTimeToLiveMs: 60_000, deadLetteringOnExpiration: true });
    await client.createSender("orders").sendMessages([{ body: "none" }, { body: "longer", timeToLive: 600_000 }]);
    expect(await count("active")).toBe(2);
    aheadMs = 61_000;
    await eventually("both are dead-lettered", async () => (await count("dead_letter")) === 2);
    expect(await count("active")).toBe(0);
    expect(await done("expire")).toBe(2);
  });

  it("does not end under a lock", async () => {
    await start({ lockDurationMs: 300_000 });
    const sender = client.createSender("orders");
    await sender.sendMessages({ body: "locked", timeToLive: 60_000 });
    const receiver = client.createReceiver("orders");
    const [message] = await receiver.receiveMessages(1);
    if (message === undefined) throw new Error("no message");
    await sender.sendMessages({ body: "free", timeToLive: 60_000 });
    aheadMs = 61_000;
    // The clock has ended the lifetime of both by then.
    await eventually("the message without a lock expires", async () => (await done("expire")) > 0);
    await receiver.completeMessage(message);
    expect(await done("complete")).toBe(1);
    expect(await done("expire")).toBe(1);
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
    await start({ requiresDuplicateDetection: true, duplicateDetectionWindowMs: 60_000 });
    const sender = client.createSender("orders");
    const receiver = client.createReceiver("orders", { receiveMode: "receiveAndDelete" });
    await sender.sendMessages({ body: "first", messageId: "same" });
    expect((await receiver.receiveMessages(1)).map(({ body }) => body as unknown)).toEqual(["first"]);
    await sender.sendMessages({ body: "within", messageId: "same" });
    expect(await count("active")).toBe(0);
    aheadMs = 61_000;
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
