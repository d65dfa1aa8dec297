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

function only(messages: ServiceBusReceivedMessage[]): ServiceBusReceivedMessage {
  const [message, ...more] = messages;
  if (message === undefined || more.length > 0) throw new Error(`want one message, got ${messages.length}`);
  return message;
}

afterEach(async () => {
  await bus.close();
});

describe("credit", () => {
  it("locks no more than the handlers that there are", async () => {
    await start();
    await send(...Array.from({ length: 20 }, (_, index) => String(index)));
    const receiver = bus.client().createReceiver("orders");
    const held: (() => void)[] = [];
    const subscription = receiver.subscribe(
      {
        processMessage: () => new Promise((resolve) => held.push(resolve)),
        processError: ({ error }) => Promise.reject(error),
      },
      { maxConcurrentCalls: 3 },
    );
    await eventually("three are held", () => held.length === 3);
    expect(await counts()).toEqual({ active: 17, locked: 3, dead: 0 });
    for (const release of held.splice(0, 2)) release();
    await eventually("two more are held", () => held.length === 3);
    await eventually("two are completed", async () => (await counts()).active === 15);
    expect(await counts()).toEqual({ active: 15, locked: 3, dead: 0 });
    for (const release of held) release();
    await subscription.close();
  });

  it("drains: after close no message is left locked, and the handlers still settle", async () => {
    await start();
    await send(...Array.from({ length: 300 }, (_, index) => String(index)));
    const receiver = bus.client().createReceiver("orders");
    let handled = 0;
    const held: (() => void)[] = [];
    const subscription = receiver.subscribe(
      {
        processMessage: async (message) => {
          handled += 1;
          await new Promise<void>((resolve) => held.push(resolve));
          await receiver.completeMessage(message);
        },
        processError: ({ error }) => Promise.reject(error),
      },
      { maxConcurrentCalls: 10, autoCompleteMessages: false },
    );
    await eventually("ten are held", () => held.length === 10);
    await subscription.close();
    for (const release of held) release();
    await eventually("the held ones are completed", async () => (await counts()).locked === 0);
    expect(await counts()).toEqual({ active: 300 - handled, locked: 0, dead: 0 });
  });

  it("survives waits that end without a message", async () => {
    await start();
    const receiver = bus.client().createReceiver("orders");
    for (const wait of [1, 2, 3]) {
      expect(await receiver.receiveMessages(10, { maxWaitTimeInMs: 50 * wait })).toEqual([]);
    }
    await send("a");
    expect(only(await receiver.receiveMessages(1)).body).toBe("a");
  });

  it("spreads messages over receivers", async () => {
    await start();
    const taken = [0, 0];
    for (const index of [0, 1]) {
      bus
        .client()
        .createReceiver("orders")
        .subscribe(
          {
            processMessage: () => {
              taken[index] = (taken[index] ?? 0) + 1;
              return Promise.resolve();
            },
            processError: () => Promise.resolve(),
          },
          { maxConcurrentCalls: 5 },
        );
    }
    await eventually(
      "both are connected",
      async () => (await metric(bus.registry, "servicebus_emulator_connections")) === 2,
    );
    await send(...Array.from({ length: 200 }, (_, index) => String(index)));
    await eventually("all are taken", () => taken.reduce((sum, count) => sum + count) === 200);
    expect(Math.min(...taken)).toBeGreaterThan(50);
  });

  it("goes on past the 2,048 deliveries that a session holds", async () => {
    await start();
    const total = 5_000;
    const sender = bus.client().createSender("orders");
    for (let start = 0; start < total; start += 500) {
      await sender.sendMessages(
        Array.from({ length: 500 }, (_, index) => ({ body: "x", messageId: String(start + index) })),
      );
    }
    const seen = new Set<unknown>();
    const receiver = bus.client().createReceiver("orders");
    const subscription = receiver.subscribe(
      {
        processMessage: (message) => {
          seen.add(message.messageId);
          return Promise.resolve();
        },
        processError: ({ error }) => Promise.reject(error),
      },
      { maxConcurrentCalls: 100 },
    );
    await eventually(
      "all are completed",
      async () => {
        const { active, locked } = await counts();
        return active + locked === 0;
      },
      30_000,
    );
    await subscription.close();
    expect(seen.size).toBe(total);
    expect(await metric(bus.registry, "servicebus_emulator_operations_total", { operation: "complete" })).toBe(total);
  });

  it("hands out no more than a session can hold, and the rest when there is room", async () => {
    await start();
    const total = 2_500;
    const sender = bus.client().createSender("orders");
    for (let start = 0; start < total; start += 500) {
      await sender.sendMessages(Array.from({ length: 500 }, () => ({ body: "x" })));
    }
    const receiver = bus.client().createReceiver("orders");
    const held: (() => void)[] = [];
    receiver.subscribe(
      {
        processMessage: () => new Promise((resolve) => held.push(resolve)),
        processError: () => Promise.resolve(),
      },
      { maxConcurrentCalls: 2_500 },
    );
    await eventually("the session is full", () => held.length >= 2_000);
    const { active, locked } = await counts();
    expect(active + locked).toBe(total);
    expect(locked).toBeLessThanOrEqual(2_048);
    await eventually("what is locked has arrived", async () => held.length === (await counts()).locked);
    for (const release of held.splice(0)) release();
    await eventually("the rest arrives", () => held.length === total - locked);
    for (const release of held) release();
    await eventually("all are completed", async () => (await counts()).locked === 0);
  });
});
