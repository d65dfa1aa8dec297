import rhea, { type Connection, type EventContext } from "rhea";
import { connectRaw, type RawClient } from "./support/rawClient.ts";
import { startTestBus, type TestBus } from "./support/testBus.ts";

let bus: TestBus;

beforeEach(async () => {
  bus = await startTestBus({ queues: ["orders", "other"] });
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
    expect(await refused).toMatchObject({ condition: "amqp:unauthorized-access" });
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
    ["an expired one", () => bus.token("/orders", "all", { expiresInSeconds: -10 }), /ExpiredToken/],
    ["nonsense", () => "nonsense", /MalformedToken/],
    ["one without a signature", () => "SharedAccessSignature sr=x&se=1&skn=all", /field sig is missing/],
  ])("hears what is wrong with its token: %s", async (_, token, description) => {
    expect(await putToken("sb://localhost/orders", token())).toEqual({
      status: 401,
      description: expect.stringMatching(description) as unknown,
    });
  });

  it("hears that sessions are not there", async () => {
    await putToken("sb://localhost/orders", bus.token("/orders"));
    const refused = refusal("receiver_error");
    connection.open_receiver({ source: { address: "orders", filter: { "com.microsoft:session-filter": "s-1" } } });
    expect(await refused).toMatchObject({
      condition: "amqp:not-implemented",
      description: "Message sessions are not implemented by this emulator.",
    });
  });

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
      description: expect.stringMatching(/Transactions/) as unknown,
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

  it("ends nobody's connection but its own with bytes that are no frame", async () => {
    const ended = new Promise((resolve) => connection.once("disconnected", resolve));
    await new Promise((resolve) => connection.once("connection_open", resolve));
    (connection as unknown as { socket: { write(bytes: Buffer): void } }).socket.write(
      Buffer.from("GET / HTTP/1.1\r\n\r\n"),
    );
    (connection as unknown as { socket: { write(bytes: Buffer): void } }).socket.write(Buffer.alloc(64, 0x01));
    (connection as unknown as { socket: { end(): void } }).socket.end();
    await ended;
    await bus.client().createSender("orders").sendMessages({ body: "still there" });
  });
});
