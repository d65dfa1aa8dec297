import { setImmediate as nextTick } from "node:timers/promises";
import type { ServiceBusReceivedMessage } from "@azure/service-bus";
import { eventually, metric, startTestBus, type TestBus } from "./support/testBus.ts";

let bus: TestBus;

async function start(config: Parameters<typeof startTestBus>[0] = {}): Promise<TestBus> {
  bus = await startTestBus(config);
  return bus;
}

async function send(...bodies: string[]): Promise<void> {
  const sender = bus.client().createSender("orders");
  await sender.sendMessages(bodies.map((body) => ({ body, messageId: body })));
}

/** Messages of the queue by state, as the operations port tells. */
async function counts(): Promise<{ active: number; locked: number; dead: number }> {
  const count = async (state: string): Promise<number> =>
    (await metric(bus.registry, "servicebus_emulator_messages", { queue: "orders", state })) ?? NaN;
  return { active: await count("active"), locked: await count("locked"), dead: await count("dead_letter") };
}

function reason(deadLetterReason: string) {
  return { deadLetterReason, deadLetterErrorDescription: "" };
}

function only(messages: ServiceBusReceivedMessage[]): ServiceBusReceivedMessage {
  const [message, ...more] = messages;
  if (message === undefined || more.length > 0) throw new Error(`want one message, got ${messages.length}`);
  return message;
}

afterEach(async () => {
  await bus.close();
});

describe("settling", () => {
  it("completes: the message is gone", async () => {
    await start();
    await send("a");
    const receiver = bus.client().createReceiver("orders");
    const message = only(await receiver.receiveMessages(1));
    expect(await counts()).toEqual({ active: 0, locked: 1, dead: 0 });
    await receiver.completeMessage(message);
    expect(await counts()).toEqual({ active: 0, locked: 0, dead: 0 });
  });

  it("abandons: the message comes again, counted and with its changed properties", async () => {
    await start();
    const applicationProperties = { kept: 1, changed: "old" };
    await bus.client().createSender("orders").sendMessages({ body: "a", applicationProperties });
    const receiver = bus.client().createReceiver("orders");
    const first = only(await receiver.receiveMessages(1));
    await receiver.abandonMessage(first, { changed: "new", added: true });
    const second = only(await receiver.receiveMessages(1));
    expect(second.messageId).toBe(first.messageId);
    expect(second.deliveryCount).toBe(1);
    expect(second.lockToken).not.toBe(first.lockToken);
    expect(second.applicationProperties).toEqual({ kept: 1, changed: "new", added: true });
  });

  it("dead-letters: the message waits in the dead-letter queue with its reason", async () => {
    await start();
    await send("a", "b");
    const client = bus.client();
    const receiver = client.createReceiver("orders");
    const [a] = await receiver.receiveMessages(1);
    if (a === undefined) throw new Error("no message");
    await receiver.deadLetterMessage(a, {
      deadLetterReason: "poison",
      deadLetterErrorDescription: "cannot be read",
      extra: 5,
    });
    expect(await counts()).toEqual({ active: 1, locked: 0, dead: 1 });

    const deadLetters = client.createReceiver("orders", { subQueueType: "deadLetter" });
    const dead = only(await deadLetters.receiveMessages(1));
    expect(dead).toMatchObject({
      body: "a",
      messageId: "a",
      deadLetterReason: "poison",
      deadLetterErrorDescription: "cannot be read",
      deadLetterSource: "orders",
      applicationProperties: { extra: 5 },
    });
    await expect(deadLetters.deadLetterMessage(dead)).rejects.toThrow(/cannot be dead-lettered/);
    expect(await counts()).toEqual({ active: 1, locked: 0, dead: 1 });
  });

  it("empties the dead-letter queue like any other", async () => {
    await start();
    await send("a");
    const client = bus.client();
    const receiver = client.createReceiver("orders");
    await receiver.deadLetterMessage(only(await receiver.receiveMessages(1)));
    const deadLetters = client.createReceiver("orders", { subQueueType: "deadLetter" });
    await deadLetters.abandonMessage(only(await deadLetters.receiveMessages(1)));
    const again = only(await deadLetters.receiveMessages(1));
    expect(again).toMatchObject({ body: "a", deliveryCount: 0 });
    await deadLetters.completeMessage(again);
    expect(await counts()).toEqual({ active: 0, locked: 0, dead: 0 });
  });

  it("receives and deletes: what has come is gone", async () => {
    await start();
    await send("a", "b");
    const receiver = bus.client().createReceiver("orders", { receiveMode: "receiveAndDelete" });
    const messages = await receiver.receiveMessages(5, { maxWaitTimeInMs: 500 });
    expect(messages.map(({ body }) => body as string)).toEqual(["a", "b"]);
    expect(await counts()).toEqual({ active: 0, locked: 0, dead: 0 });
  });

  it("answers each of many settlements with its own outcome, valid or lost", async () => {
    await start({ orders: { lockDurationMs: 1_500 } });
    await send("0", "1", "2", "3", "4", "5");
    const receiver = bus.client().createReceiver("orders", { maxAutoLockRenewalDurationInMs: 0 });
    const messages = await receiver.receiveMessages(6);
    expect(messages).toHaveLength(6);
    const live = messages.filter((_, index) => index % 2 === 0);
    await eventually("the locks of the others end", async () => {
      for (const message of live) await receiver.renewMessageLock(message);
      return (await counts()).active === 3;
    });
    // All completions leave the client in one tick, so that the server answers neighbours in one, alternately valid and lost.
    const results = await Promise.allSettled(messages.map((message) => receiver.completeMessage(message)));
    expect(results.map((result) => (result.status === "fulfilled" ? "completed" : (result.reason as unknown)))).toEqual(
      messages.map((_, index) =>
        index % 2 === 0 ? "completed" : (expect.objectContaining({ code: "MessageLockLost" }) as unknown),
      ),
    );
    expect(await counts()).toEqual({ active: 3, locked: 0, dead: 0 });
  });

  it("loses nothing when outcomes alternate", async () => {
    await start();
    const total = 200;
    const ids = Array.from({ length: total }, (_, index) => String(index));
    await send(...ids);
    const client = bus.client();
    const receiver = client.createReceiver("orders");
    let settled = 0;
    // The client merges what leaves it in one tick (see the worker), so each settlement has a tick of its own.
    let turn = Promise.resolve();
    const subscription = receiver.subscribe(
      {
        processMessage: async (message) => {
          const mine = (turn = turn.then(() => nextTick()));
          await mine;
          if (Number(message.messageId) % 2 === 0) await receiver.completeMessage(message);
          else await receiver.deadLetterMessage(message, reason(`odd ${String(message.messageId)}`));
          settled += 1;
        },
        processError: ({ error }) => Promise.reject(error),
      },
      { maxConcurrentCalls: 32, autoCompleteMessages: false },
    );
    await eventually("all are settled", () => settled === total);
    await subscription.close();
    expect(await counts()).toEqual({ active: 0, locked: 0, dead: total / 2 });
    const dead = await client
      .createReceiver("orders", { subQueueType: "deadLetter" })
      .receiveMessages(total, { maxWaitTimeInMs: 2_000 });
    expect(dead.map(({ deadLetterReason }) => deadLetterReason).sort()).toEqual(
      ids
        .filter((id) => Number(id) % 2 === 1)
        .map((id) => `odd ${id}`)
        .sort(),
    );
  });
});

describe("locks", () => {
  it("ends in time: the settlement is refused, the message comes again, counted", async () => {
    await start({ orders: { lockDurationMs: 300 } });
    await send("a");
    const receiver = bus.client().createReceiver("orders", { maxAutoLockRenewalDurationInMs: 0 });
    const first = only(await receiver.receiveMessages(1));
    const second = only(await receiver.receiveMessages(1, { maxWaitTimeInMs: 5_000 }));
    expect(second).toMatchObject({ messageId: "a", deliveryCount: 1 });
    await expect(receiver.completeMessage(first)).rejects.toMatchObject({ code: "MessageLockLost" });
    await receiver.completeMessage(second);
    expect(await counts()).toEqual({ active: 0, locked: 0, dead: 0 });
    expect(await metric(bus.registry, "servicebus_emulator_lock_losses_total", { queue: "orders" })).toBe(1);
  });

  it("lasts when renewed", async () => {
    await start({ orders: { lockDurationMs: 1_000 } });
    await send("a");
    const receiver = bus.client().createReceiver("orders");
    const message = only(await receiver.receiveMessages(1));
    const until = message.lockedUntilUtc?.getTime() ?? 0;
    await eventually("a part of the lock has passed", () => Date.now() > until - 500);
    const renewed = await receiver.renewMessageLock(message);
    expect(renewed.getTime()).toBeGreaterThan(until + 400);
    await eventually("the first lock would have ended", () => Date.now() > until + 100);
    await receiver.completeMessage(message);
    expect(await counts()).toEqual({ active: 0, locked: 0, dead: 0 });
  });

  it("is renewed by the SDK itself while a handler works", async () => {
    await start({ orders: { lockDurationMs: 2_000 } });
    await send("a");
    const receiver = bus.client().createReceiver("orders", { maxAutoLockRenewalDurationInMs: 60_000 });
    let deliveries = 0;
    let completed = false;
    const subscription = receiver.subscribe(
      {
        processMessage: async (message) => {
          deliveries += 1;
          const until = message.lockedUntilUtc?.getTime() ?? 0;
          await eventually("the first lock would have ended", () => Date.now() > until + 200);
          await receiver.completeMessage(message);
          completed = true;
        },
        processError: ({ error }) => Promise.reject(error),
      },
      { autoCompleteMessages: false },
    );
    await eventually("the message is completed", () => completed);
    await subscription.close();
    expect(deliveries).toBe(1);
    expect(await counts()).toEqual({ active: 0, locked: 0, dead: 0 });
  });

  it("cannot be renewed when it is lost", async () => {
    await start({ orders: { lockDurationMs: 200 } });
    await send("a");
    const receiver = bus.client().createReceiver("orders", { maxAutoLockRenewalDurationInMs: 0 });
    const message = only(await receiver.receiveMessages(1));
    await eventually("the lock ends", async () => (await counts()).active === 1);
    await expect(receiver.renewMessageLock(message)).rejects.toMatchObject({ code: "MessageLockLost" });
  });

  it("dead-letters after the last delivery that is allowed", async () => {
    await start({ orders: { maxDeliveryCount: 3 } });
    await send("a");
    const client = bus.client();
    const receiver = client.createReceiver("orders");
    for (const deliveryCount of [0, 1, 2]) {
      const message = only(await receiver.receiveMessages(1));
      expect(message.deliveryCount).toBe(deliveryCount);
      await receiver.abandonMessage(message);
    }
    const dead = only(await client.createReceiver("orders", { subQueueType: "deadLetter" }).receiveMessages(1));
    expect(dead).toMatchObject({ deadLetterReason: "MaxDeliveryCountExceeded", deadLetterSource: "orders" });
    expect(dead.deadLetterErrorDescription).toMatch(/after 3 delivery attempts/);
  });

  it("outlives the receiver that took it", async () => {
    await start();
    await send("a");
    const receiver = bus.client().createReceiver("orders");
    await receiver.receiveMessages(1);
    await receiver.close();
    expect(await counts()).toEqual({ active: 0, locked: 1, dead: 0 });
  });
});

describe("$management", () => {
  it("peeks without locking, locked messages too, in order and from a number on", async () => {
    await start();
    await send("a", "b", "c");
    const receiver = bus.client().createReceiver("orders");
    await receiver.receiveMessages(1);
    expect((await receiver.peekMessages(2)).map(({ body }) => body as string)).toEqual(["a", "b"]);
    const [third] = await receiver.peekMessages(2);
    expect(third).toMatchObject({ body: "c", messageId: "c", lockToken: undefined });
    expect(await receiver.peekMessages(2)).toEqual([]);
    expect(await counts()).toEqual({ active: 2, locked: 1, dead: 0 });
  });

  it("peeks into the dead-letter queue", async () => {
    await start();
    await send("a");
    const client = bus.client();
    const receiver = client.createReceiver("orders");
    await receiver.deadLetterMessage(only(await receiver.receiveMessages(1)), reason("r"));
    const peeked = await client.createReceiver("orders", { subQueueType: "deadLetter" }).peekMessages(5);
    expect(peeked.map(({ body, deadLetterReason }) => [body as string, deadLetterReason])).toEqual([["a", "r"]]);
  });
});
