import { startTestBus, type TestBus } from "./support/testBus.ts";

let bus: TestBus;

beforeEach(async () => {
  bus = await startTestBus();
});

afterEach(async () => {
  await bus.close();
});

describe("sending with the SDK", () => {
  it("delivers a message as it was sent", async () => {
    const client = bus.client();
    const applicationProperties = { text: "ä", count: 7, yes: true };
    await client.createSender("orders").sendMessages({
      messageId: "m-1",
      correlationId: "c-1",
      contentType: "application/json",
      subject: "s",
      body: { amount: 3 },
      applicationProperties,
    });
    const [message] = await client.createReceiver("orders").receiveMessages(1);
    expect(message).toMatchObject({
      messageId: "m-1",
      correlationId: "c-1",
      contentType: "application/json",
      subject: "s",
      body: { amount: 3 },
      applicationProperties,
      deliveryCount: 0,
      state: "active",
    });
    expect(message?.sequenceNumber?.toNumber()).toBe(1);
    expect(Date.now() - (message?.enqueuedTimeUtc?.getTime() ?? 0)).toBeLessThan(10_000);
    expect((message?.lockedUntilUtc?.getTime() ?? 0) - Date.now()).toBeGreaterThan(50_000);
  });

  it.each([
    ["value", 42],
    ["sequence", [[1, "two"], [3]]],
    ["data", Buffer.from([0, 255, 1])],
  ] as const)("keeps a body of kind %s", async (bodyType, body) => {
    const client = bus.client();
    await client.createSender("orders").sendMessages({ body, bodyType });
    const [message] = await client.createReceiver("orders").receiveMessages(1);
    expect(message?.body).toEqual(body);
  });

  it("stores every message of a batch with its own properties", async () => {
    const client = bus.client();
    const sender = client.createSender("orders");
    const batch = await sender.createMessageBatch();
    expect(batch.maxSizeInBytes).toBe(1024 * 1024);
    for (let index = 0; index < 50; index += 1) {
      expect(batch.tryAddMessage({ body: { index }, messageId: `b-${index}` })).toBe(true);
    }
    await sender.sendMessages(batch);
    const messages = await client.createReceiver("orders").receiveMessages(50);
    expect(messages.map(({ messageId }) => messageId)).toEqual(Array.from({ length: 50 }, (_, index) => `b-${index}`));
    expect(messages[49]?.body).toEqual({ index: 49 });
  });

  it("takes a batch of one", async () => {
    const client = bus.client();
    await client.createSender("orders").sendMessages([{ body: "one", messageId: "only" }]);
    const messages = await client.createReceiver("orders").receiveMessages(2, { maxWaitTimeInMs: 500 });
    expect(messages.map(({ messageId, body }) => [messageId, body as unknown])).toEqual([["only", "one"]]);
  });

  it("takes 200 kB", async () => {
    const client = bus.client();
    const body = "x".repeat(200 * 1024);
    await client.createSender("orders").sendMessages({ body });
    const [message] = await client.createReceiver("orders").receiveMessages(1);
    expect(message?.body).toBe(body);
  });

  it("takes a message of a session, as a queue without sessions does", async () => {
    const client = bus.client();
    await client.createSender("orders").sendMessages({ body: "x", sessionId: "s-1", partitionKey: "s-1" });
    const [message] = await client.createReceiver("orders").receiveMessages(1);
    expect(message).toMatchObject({ sessionId: "s-1", partitionKey: "s-1" });
  });

  it("gives a message without an id one", async () => {
    const client = bus.client();
    await client.createSender("orders").sendMessages({ body: "anonymous" });
    const [message] = await client.createReceiver("orders").receiveMessages(1);
    expect(message?.messageId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("takes many sends at once, each once", async () => {
    const client = bus.client();
    const sender = client.createSender("orders");
    const ids = Array.from({ length: 500 }, (_, index) => `p-${index}`);
    await Promise.all(ids.map((messageId) => sender.sendMessages({ body: messageId, messageId })));
    const messages = await client.createReceiver("orders").receiveMessages(600, { maxWaitTimeInMs: 2_000 });
    expect(messages.map(({ messageId }) => messageId).sort()).toEqual([...ids].sort());
  });

  it("refuses what is larger than a message may be", async () => {
    const sender = bus.client().createSender("orders");
    await expect(sender.sendMessages({ body: "x".repeat(1024 * 1024 + 1) })).rejects.toMatchObject({
      code: "MessageSizeExceeded",
      message: expect.stringMatching(/exceeds the limit \(1048576 bytes\)/) as unknown,
    });
  });

  it("refuses to send to a dead-letter queue", async () => {
    const sender = bus.client().createSender("orders/$DeadLetterQueue");
    await expect(sender.sendMessages({ body: "x" })).rejects.toThrow(/Nobody can send to the dead-letter queue/);
  });
});
