import { startTestBus, type TestBus } from "./support/testBus.ts";

const BATCH = "application/vnd.microsoft.servicebus.json";

let bus: TestBus;

async function receiveAll(): Promise<{ messageId: unknown; body: unknown; properties: unknown }[]> {
  const receiver = bus.client().createReceiver("orders", { receiveMode: "receiveAndDelete" });
  const messages = await receiver.receiveMessages(2_000, { maxWaitTimeInMs: 1_000 });
  await receiver.close();
  return messages.map(({ messageId, body, applicationProperties }) => ({
    messageId,
    body: body as unknown,
    properties: applicationProperties,
  }));
}

describe("sending over REST", () => {
  beforeEach(async () => {
    bus = await startTestBus();
  });

  afterEach(async () => {
    await bus.close();
  });

  it("stores a message and its broker properties", async () => {
    const body = JSON.stringify({ amount: 3 });
    const headers = {
      "content-type": "application/json",
      BrokerProperties: JSON.stringify({
        MessageId: "m-1",
        Label: "s",
        CorrelationId: "c",
        TimeToLive: 60,
        State: "x",
      }),
    };
    const answer = await bus.http({ method: "POST", path: "/orders/messages?timeout=60", headers, body, as: "api" });
    expect(answer).toEqual({ status: 201, type: undefined, body: "" });
    const [message] = await bus.client().createReceiver("orders").receiveMessages(1);
    expect(message).toMatchObject({
      messageId: "m-1",
      subject: "s",
      correlationId: "c",
      contentType: "application/json",
      timeToLive: 60_000,
      body: { amount: 3 },
    });
  });

  it("keeps a body that is no text", async () => {
    const body = Buffer.from([0, 1, 2, 255]);
    expect((await bus.http({ method: "POST", path: "/orders/messages", body })).status).toBe(201);
    const [message] = await bus.client().createReceiver("orders").receiveMessages(1);
    expect(message?.body).toEqual(body);
  });

  it("stores all of a batch, in order", async () => {
    const batch = Array.from({ length: 1_000 }, (_, index) => ({
      Body: JSON.stringify({ index }),
      BrokerProperties: { MessageId: `b-${index}` },
      UserProperties: { index, even: index % 2 === 0 },
    }));
    const headers = { "content-type": `${BATCH}; charset=utf-8` };
    const answer = await bus.http({ method: "POST", path: "/orders/messages", headers, body: JSON.stringify(batch) });
    expect(answer.status).toBe(201);
    const messages = await receiveAll();
    expect(messages).toHaveLength(1_000);
    expect(messages[999]).toEqual({
      messageId: "b-999",
      body: { index: 999 },
      properties: { index: 999, even: false },
    });
  });

  it.each([
    ["no JSON", "[{", /must be JSON/],
    ["no array", "{}", /array/],
    ["an empty array", "[]", /not usable/],
    ["a message without a body", `[{"Body":"a"},{"BrokerProperties":{}}]`, /1\.Body/],
    ["a wrong property", `[{"Body":"a","BrokerProperties":{"TimeToLive":"long"}}]`, /0\.BrokerProperties\.TimeToLive/],
    [
      "a scheduled message",
      `[{"Body":"a","BrokerProperties":{"ScheduledEnqueueTimeUtc":"Sat, 1 Jan 2050 00:00:00 GMT"}}]`,
      /scheduled messages are not implemented/,
    ],
  ])("refuses a batch that is %s, and stores nothing of it", async (_, body, reason) => {
    const answer = await bus.http({
      method: "POST",
      path: "/orders/messages",
      headers: { "content-type": BATCH },
      body,
    });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatch(/<Error><Code>400<\/Code><Detail>/);
    expect(answer.body).toMatch(reason);
    expect(await receiveAll()).toEqual([]);
  });

  it("refuses broker properties that are no JSON", async () => {
    const headers = { BrokerProperties: "MessageId=1" };
    const answer = await bus.http({ method: "POST", path: "/orders/messages", headers, body: "x" });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatch(/header BrokerProperties must be JSON/);
  });

  it("refuses a body that is too large", async () => {
    const answer = await bus.http({ method: "POST", path: "/orders/messages", body: Buffer.alloc(1024 * 1024 + 1) });
    expect(answer.status).toBe(413);
  });

  it.each([
    ["without a token", null, 401, /MissingToken/],
    ["with a key that may only listen", "worker", 401, /'Send' claim/],
  ] as const)("answers a send %s with 401", async (_, as, status, reason) => {
    const answer = await bus.http({ method: "POST", path: "/orders/messages", body: "x", as });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatch(reason);
    expect(await receiveAll()).toEqual([]);
  });

  it.each([
    ["expired", () => bus.token("/orders/messages", "api", { expiresInSeconds: -1 }), /ExpiredToken/],
    ["signed with another key", () => bus.token("/orders/messages", "api", { key: "x" }), /InvalidSignature/],
    ["for another queue", () => bus.token("/other/messages", "api"), /'Send' claim/],
    ["no signature", () => "Bearer eyJ", /MalformedToken/],
  ])("answers a send with a token that is %s with 401", async (_, token, reason) => {
    const headers = { authorization: token() };
    const answer = await bus.http({ method: "POST", path: "/orders/messages", headers, body: "x", as: null });
    expect(answer.status).toBe(401);
    expect(answer.body).toMatch(reason);
  });

  it("answers a queue that does not exist with 404", async () => {
    const answer = await bus.http({ method: "POST", path: "/nowhere/messages", body: "x" });
    expect(answer.status).toBe(404);
  });
});

describe("management", () => {
  beforeEach(async () => {
    bus = await startTestBus({ queues: ["orders", "b&c", "third"], lockDurationMs: 90_000 });
  });

  afterEach(async () => {
    await bus.close();
  });

  it("tells the JavaScript client how many messages there are, locked ones as active", async () => {
    const client = bus.client();
    await client.createSender("orders").sendMessages(["a", "b", "c"].map((body) => ({ body })));
    const receiver = client.createReceiver("orders");
    const [first, second] = await receiver.receiveMessages(2);
    if (first === undefined || second === undefined) throw new Error("no messages");
    await receiver.deadLetterMessage(first);
    const runtime = await bus.admin().getQueueRuntimeProperties("orders");
    expect(runtime).toMatchObject({
      name: "orders",
      activeMessageCount: 2,
      deadLetterMessageCount: 1,
      scheduledMessageCount: 0,
      transferMessageCount: 0,
      transferDeadLetterMessageCount: 0,
      totalMessageCount: 3,
    });
    expect(runtime.sizeInBytes).toBeGreaterThan(0);
    expect(Date.now() - runtime.createdAt.getTime()).toBeLessThan(60_000);
  });

  it("tells the JavaScript client how the queue is set", async () => {
    expect(await bus.admin().getQueue("orders")).toMatchObject({
      name: "orders",
      lockDuration: "PT1M30S",
      maxDeliveryCount: 10,
      requiresSession: false,
      status: "Active",
    });
  });

  it("writes what the Go client needs: id, title, dates, counts", async () => {
    const { status, type, body } = await bus.http({ path: "/orders?api-version=2021-05" });
    expect(status).toBe(200);
    expect(type).toMatch(/^application\/atom\+xml/);
    expect(body).toMatch(
      /^<entry xmlns="http:\/\/www.w3.org\/2005\/Atom"><id>https:\/\/localhost:\d+\/orders\?api-version=2021-05<\/id>/,
    );
    for (const name of [
      "title",
      "published",
      "updated",
      "CreatedAt",
      "UpdatedAt",
      "AccessedAt",
      "d2p1:ActiveMessageCount",
    ]) {
      expect(body).toMatch(new RegExp(`<${name}[^>]*>[^<]+</${name}>`));
    }
  });

  it("lists the queues, page by page", async () => {
    const names: string[] = [];
    for await (const page of bus.admin().listQueuesRuntimeProperties().byPage({ maxPageSize: 2 })) {
      names.push(...page.map(({ name }) => decodeURIComponent(name)));
    }
    expect(names).toEqual(["orders", "b&c", "third"]);
  });

  it("ends a paged list with an empty page, which is how the Go client sees the end", async () => {
    const { status, body } = await bus.http({ path: "/$Resources/Queues?api-version=2021-05&$skip=3" });
    expect(status).toBe(200);
    expect(body).toMatch(/<feed/);
    expect(body).not.toMatch(/<entry/);
    expect((await bus.http({ path: "/$Resources/Queues?$skip=x" })).status).toBe(400);
  });

  it("answers a queue that does not exist with 404", async () => {
    expect(await bus.admin().queueExists("nowhere")).toBe(false);
    expect((await bus.http({ path: "/nowhere" })).status).toBe(404);
  });

  it.each(["api", "worker", null] as const)("needs Manage: %s has it not", async (as) => {
    expect((await bus.http({ path: "/orders", as })).status).toBe(401);
    expect((await bus.http({ path: "/$Resources/Queues", as })).status).toBe(401);
  });

  it.each([
    ["PUT", "/orders"],
    ["DELETE", "/orders"],
    ["DELETE", "/orders/messages/head"],
    ["GET", "/$namespaceinfo"],
    ["GET", "/orders/subscriptions/s"],
  ])("answers %s %s by name with 501", async (method, path) => {
    const answer = await bus.http({ method, path });
    expect(answer.status).toBe(501);
    expect(answer.body).toMatch(/not implemented/);
  });

  it("answers a path that cannot be decoded with 400", async () => {
    expect((await bus.http({ path: "/%E0%A4%A" })).status).toBe(400);
  });
});
