import rhea, { type Connection, type EventContext } from "rhea";
import { queueDefinition } from "../../src/servicebus-emulator/model/properties.ts";
import { connectRaw, next, type RawClient } from "./support/rawClient.ts";
import { eventually, startTestBus, type TestBus } from "./support/testBus.ts";

let bus: TestBus;

beforeEach(async () => {
  bus = await startTestBus({
    unsupported: new Map([["news", "topics"]]),
    queues: [queueDefinition("orders"), queueDefinition("other")],
  });
});

afterEach(async () => {
  await bus.close();
});

describe("links", () => {
  it("let a key with Send send, and nothing else", async () => {
    const client = bus.client("api");
    await client.createSender("orders").sendMessages({ body: "a" });
    await expect(client.createReceiver("orders").receiveMessages(1)).rejects.toMatchObject({
      code: "UnauthorizedAccess",
    });
    await expect(client.createReceiver("orders").peekMessages(1)).rejects.toMatchObject({ code: "UnauthorizedAccess" });
  });

  it("let a key with Listen receive, and nothing else", async () => {
    await bus.client("api").createSender("orders").sendMessages({ body: "a" });
    const client = bus.client("worker");
    await expect(client.createSender("orders").sendMessages({ body: "b" })).rejects.toMatchObject({
      code: "UnauthorizedAccess",
    });
    const receiver = client.createReceiver("orders");
    const [message] = await receiver.receiveMessages(1);
    expect(message?.body).toBe("a");
  });

  it("refuse a wrong key and a name that nobody has", async () => {
    await expect(
      bus.client("all", "not the key").createSender("orders").sendMessages({ body: "a" }),
    ).rejects.toMatchObject({ code: "UnauthorizedAccess", message: /invalid signature/ });
    await expect(
      bus
        .client("nobody" as never, "x")
        .createSender("orders")
        .sendMessages({ body: "a" }),
    ).rejects.toMatchObject({ code: "UnauthorizedAccess" });
  });

  it("are refused to an entity that does not exist", async () => {
    const client = bus.client();
    await expect(client.createSender("nowhere").sendMessages({ body: "a" })).rejects.toMatchObject({
      code: "MessagingEntityNotFound",
    });
    await expect(client.createReceiver("nowhere").receiveMessages(1)).rejects.toMatchObject({
      code: "MessagingEntityNotFound",
    });
  });

  it("are refused with sessions, by name", async () => {
    // The SDK puts a text of its own in the place of the reason; a raw client sees it, below.
    await expect(bus.client().acceptSession("orders", "s-1")).rejects.toThrow();
  });
});

describe("a raw AMQP client", () => {
  let client: RawClient;
  let connection: Connection;
  let putToken: RawClient["putToken"];

  beforeEach(() => {
    client = connectRaw(bus.amqpPort);
    ({ connection, putToken } = client);
  });

  afterEach(async () => {
    await client.close();
  });

  /** The condition with which the server closes a link. */
  function refusal(event: "sender_error" | "receiver_error"): Promise<{ condition?: string; description?: string }> {
    return new Promise((resolve) => {
      connection.once(event, ({ sender, receiver }: EventContext) => {
        const { error } = (sender ?? receiver) as { error?: { condition?: string; description?: string } };
        resolve(error ?? {});
      });
    });
  }

  it("gets no link without a token", async () => {
    const refused = refusal("sender_error");
    connection.open_sender("orders");
    expect(await refused).toMatchObject({
      condition: "amqp:unauthorized-access",
      description:
        "Unauthorized access. 'Send' claim(s) are required to perform this operation. Resource: 'sb://localhost/orders'.",
    });
  });

  it("gets with a token for one queue no link to another", async () => {
    const name = "sb://localhost/orders";
    expect(await putToken(name, bus.token("/orders"))).toMatchObject({ status: 202 });
    expect(await putToken("sb://localhost/other", bus.token("/orders"))).toMatchObject({
      status: 401,
      description: /InvalidAudience/,
    });
    const refused = refusal("sender_error");
    connection.open_sender("other");
    expect(await refused).toMatchObject({ condition: "amqp:unauthorized-access" });
    const opened = new Promise((resolve) => connection.once("sendable", resolve));
    connection.open_sender("orders");
    await opened;
  });

  it.each([
    [
      "an expired one",
      () => bus.token("/orders", "all", { expiresInSeconds: -10 }),
      /^ExpiredToken: The token is expired/,
    ],
    [
      "one of another key",
      () => bus.token("/orders", "all", { key: "another" }),
      /^InvalidSignature: The token has an invalid/,
    ],
    ["nonsense", () => "nonsense", /^MalformedToken/],
    ["one without a signature", () => "SharedAccessSignature sr=x&se=1&skn=all", /field sig is missing/],
  ])("hears what is wrong with its token: %s", async (_, token, description) => {
    expect(await putToken("sb://localhost/orders", token())).toEqual({
      status: 401,
      description: expect.stringMatching(description) as unknown,
      condition: "com.microsoft:auth-failed",
    });
  });

  it.each([
    ["another operation", { operation: "delete-token" }, "", 501, /put-token only/],
    ["no resource", { name: undefined }, "", 400, /which resource/],
    ["no type", { type: undefined }, "", 400, /type must be servicebus.windows.net:sastoken/],
    ["a body that is no string", {}, 7, 400, /must be the token, as a string/],
    ["an Entra token", { type: "jwt" }, "ey", 501, /does not implement Microsoft Entra tokens/],
  ])("hears what is wrong with its request: %s", async (_, also, token, status, description) => {
    expect(await putToken("sb://localhost/orders", token, also)).toMatchObject({
      status,
      description: expect.stringMatching(description) as unknown,
    });
  });

  it("hears with its token that an entity is not there, as the Go SDK expects it", async () => {
    expect(await putToken("sb://localhost/nowhere", bus.token("/"))).toEqual({
      status: 404,
      description: expect.stringMatching(/^The messaging entity '.*nowhere' could not be found/) as unknown,
      condition: "amqp:not-found",
    });
    for (const name of ["orders/$management", "orders/$DeadLetterQueue", "orders/$deadletterqueue/$management"]) {
      expect(await putToken(`sb://localhost/${name}`, bus.token("/"))).toMatchObject({ status: 202 });
    }
  });

  it("loses its links when its token ends and no other has come, as the service takes them", async () => {
    await putToken("sb://localhost/orders", bus.token("/orders", "worker", { expiresInSeconds: 2 }));
    await putToken("sb://localhost/other", bus.token("/other", "worker"));
    const detached = refusal("receiver_error");
    const kept = connection.open_receiver("other");
    await next(kept, "receiver_open");
    const lost = connection.open_receiver({ name: "lost", source: "orders" });
    await next(lost, "receiver_open");
    expect(await detached).toMatchObject({
      condition: "amqp:link:detach-forced",
      description: expect.stringMatching(
        /^The link 'lost' is force detached. Code: RenewToken. Details: Unauthorized access. 'Listen' claim/,
      ) as unknown,
    });
    expect(kept.is_open()).toBe(true);
    expect(connection.is_open()).toBe(true);
  });

  it("keeps its links when a new token has come in time", async () => {
    const endsAtMs = Date.now() + 2_000;
    await putToken("sb://localhost/orders", bus.token("/orders", "all", { expiresInSeconds: 2 }));
    const sender = connection.open_sender("orders");
    await next(sender, "sendable");
    await putToken("sb://localhost/orders", bus.token("/orders"));
    await eventually("the first token has ended", () => Date.now() > endsAtMs + 200);
    const accepted = next(sender, "accepted");
    sender.send({ body: "still here" });
    await accepted;
  });

  it("hears that sessions are not there", async () => {
    await putToken("sb://localhost/orders", bus.token("/orders"));
    const refused = refusal("receiver_error");
    connection.open_receiver({ source: { address: "orders", filter: { "com.microsoft:session-filter": "s-1" } } });
    expect(await refused).toMatchObject({
      condition: "amqp:not-implemented",
      description: "This emulator does not implement sessions.",
    });
  });

  it.each(["news", "news/Subscriptions/mine", "orders/Subscriptions/mine"])(
    "hears that topics are not there: %s",
    async (address) => {
      await putToken("sb://localhost/", bus.token("/"));
      const refusedToSend = refusal("sender_error");
      connection.open_sender(address);
      const expected = { condition: "amqp:not-implemented", description: "This emulator does not implement topics." };
      expect(await refusedToSend).toMatchObject(expected);
      const refusedToReceive = refusal("receiver_error");
      connection.open_receiver(address);
      expect(await refusedToReceive).toMatchObject(expected);
    },
  );

  it("hears that transactions are not there", async () => {
    const refused = refusal("sender_error");
    const coordinator = rhea.types.wrap_described([], 0x30);
    const sender = connection.create_session();
    sender.begin();
    const link = (
      sender as unknown as {
        create_sender(name: string): { local: { attach: Record<string, unknown> }; attach(): void };
      }
    ).create_sender("coordinator");
    link.local.attach.target = coordinator;
    link.attach();
    expect(await refused).toMatchObject({
      condition: "amqp:not-implemented",
      description: "This emulator does not implement transactions.",
    });
  });

  it("has a malformed message refused, and its link goes on", async () => {
    await putToken("sb://localhost/orders", bus.token("/orders"));
    const sender = connection.open_sender("orders");
    await new Promise((resolve) => sender.once("sendable", resolve));
    const rejected = new Promise<EventContext>((resolve) => sender.once("rejected", resolve));
    sender.send(Buffer.from([0x00, 0x53, 0x75, 0xa0, 0xff, 0x01]), undefined, 0);
    expect((await rejected).delivery?.remote_state).toMatchObject({ error: { condition: "amqp:decode-error" } });
    const acceptedOne = new Promise((resolve) => sender.once("accepted", resolve));
    sender.send({ body: "fine" });
    await acceptedOne;
  });
});
