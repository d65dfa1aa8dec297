import type { ServiceBusClient, ServiceBusReceivedMessage } from "@azure/service-bus";
import { eventually, metric, startTestBus, type TestBus } from "./support/testBus.ts";

let bus: TestBus;
let client: ServiceBusClient;

beforeEach(async () => {
  bus = await startTestBus();
  client = bus.client();
});

afterEach(async () => {
  await bus.close();
});

const inMs = (ms: number): Date => new Date(Date.now() + ms);

async function count(state: string): Promise<number> {
  return (await metric(bus.registry, "servicebus_emulator_messages", { queue: "orders", state })) ?? NaN;
}

function receive(messages = 5, maxWaitTimeInMs = 5_000): Promise<ServiceBusReceivedMessage[]> {
  return client
    .createReceiver("orders", { receiveMode: "receiveAndDelete" })
    .receiveMessages(messages, { maxWaitTimeInMs });
}

describe("a message with a time to be enqueued at", () => {
  it("comes when its time has come, and not before", async () => {
    const due = inMs(600);
    const sender = client.createSender("orders");
    await sender.sendMessages({ body: "later", messageId: "l", scheduledEnqueueTimeUtc: due });
    await sender.sendMessages({ body: "now" });
    expect(await count("scheduled")).toBe(1);
    expect((await receive(1)).map(({ body }) => body as unknown)).toEqual(["now"]);
    const [later] = await receive(1);
    expect(Date.now()).toBeGreaterThanOrEqual(due.getTime());
    expect(later).toMatchObject({ body: "later", messageId: "l", state: "scheduled", deliveryCount: 0 });
    expect(later?.enqueuedTimeUtc?.getTime()).toBeGreaterThanOrEqual(due.getTime());
    expect(await count("scheduled")).toBe(0);
  });

  it("of the past comes at once", async () => {
    await client.createSender("orders").sendMessages({ body: "overdue", scheduledEnqueueTimeUtc: inMs(-60_000) });
    expect((await receive(1)).map(({ body }) => body as unknown)).toEqual(["overdue"]);
  });

  it("in a batch is scheduled by itself", async () => {
    await client
      .createSender("orders")
      .sendMessages([{ body: "now" }, { body: "later", scheduledEnqueueTimeUtc: inMs(60_000) }]);
    expect([await count("active"), await count("scheduled")]).toEqual([1, 1]);
  });
});

describe("scheduleMessages", () => {
  it("gives numbers, by which messages are taken back", async () => {
    const sender = client.createSender("orders");
    const numbers = await sender.scheduleMessages([{ body: "a" }, { body: "b" }, { body: "c" }], inMs(60_000));
    expect(numbers.map(Number)).toEqual([1, 2, 3]);
    expect(await count("scheduled")).toBe(3);
    const [first, , third] = numbers;
    if (first === undefined || third === undefined) throw new Error("no numbers");
    await sender.cancelScheduledMessages([first, third]);
    expect(await count("scheduled")).toBe(1);
    await sender.cancelScheduledMessages(numbers[1] ?? first);
    expect(await count("scheduled")).toBe(0);
  });

  it("delivers when the time has come, in the order of the times", async () => {
    const sender = client.createSender("orders");
    await sender.scheduleMessages({ body: "second" }, inMs(700));
    await sender.scheduleMessages({ body: "first" }, inMs(300));
    const receiver = client.createReceiver("orders", { receiveMode: "receiveAndDelete" });
    const bodies: unknown[] = [];
    receiver.subscribe({
      processMessage: ({ body }) => Promise.resolve(void bodies.push(body)),
      processError: ({ error }) => Promise.reject(error),
    });
    await eventually("both come", () => bodies.length === 2);
    expect(bodies).toEqual(["first", "second"]);
  });

  it("shows them to a peek as what they are", async () => {
    const sender = client.createSender("orders");
    const [number] = await sender.scheduleMessages({ body: "a" }, inMs(60_000));
    const [peeked] = await client.createReceiver("orders").peekMessages(5);
    expect(peeked).toMatchObject({ body: "a", state: "scheduled", sequenceNumber: number });
    expect(peeked?.scheduledEnqueueTimeUtc?.getTime()).toBeGreaterThan(Date.now());
  });

  it("cannot be taken back when they have been enqueued, or never were", async () => {
    const sender = client.createSender("orders");
    const [number] = await sender.scheduleMessages({ body: "a" }, inMs(100));
    if (number === undefined) throw new Error("no number");
    await eventually("it is enqueued", async () => (await count("active")) === 1);
    await expect(sender.cancelScheduledMessages(number)).rejects.toMatchObject({ code: "MessageNotFound" });
    await expect(sender.cancelScheduledMessages(number.add(1_000))).rejects.toMatchObject({ code: "MessageNotFound" });
    expect(await count("active")).toBe(1);
  });

  it("takes all back or none", async () => {
    const sender = client.createSender("orders");
    const [number] = await sender.scheduleMessages({ body: "a" }, inMs(60_000));
    if (number === undefined) throw new Error("no number");
    await expect(sender.cancelScheduledMessages([number, number.add(1)])).rejects.toMatchObject({
      code: "MessageNotFound",
    });
    expect(await count("scheduled")).toBe(1);
  });

  it("needs Send, and nothing else", async () => {
    const [number] = await bus.client("api").createSender("orders").scheduleMessages({ body: "a" }, inMs(60_000));
    if (number === undefined) throw new Error("no number");
    const listener = bus.client("worker").createSender("orders");
    await expect(listener.scheduleMessages({ body: "b" }, inMs(60_000))).rejects.toMatchObject({
      code: "UnauthorizedAccess",
    });
    await expect(listener.cancelScheduledMessages(number)).rejects.toMatchObject({ code: "UnauthorizedAccess" });
    await bus.client("api").createSender("orders").cancelScheduledMessages(number);
    expect(await count("scheduled")).toBe(0);
  });
});
