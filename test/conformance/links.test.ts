import rhea from "rhea";
import frames from "rhea/lib/frames.js";
import { connectSocket, outcome, type RawSocket } from "./support/rawSocket.ts";
import { eventually, metric, startTestBus, type TestBus } from "./support/testBus.ts";

let bus: TestBus;
let socket: RawSocket;

beforeEach(async () => {
  bus = await startTestBus();
  socket = await connectSocket(bus.amqpPort);
});

afterEach(async () => {
  socket.end();
  await bus.close();
});

async function send(...ids: string[]): Promise<void> {
  await bus
    .client()
    .createSender("orders")
    .sendMessages(ids.map((messageId) => ({ messageId, body: messageId })));
}

async function count(state: string): Promise<number> {
  return (await metric(bus.registry, "servicebus_emulator_messages", { queue: "orders", state })) ?? NaN;
}

/** Message ids of the transfers that came. */
function ids(from: RawSocket = socket): unknown[] {
  return from.all("transfer").map(({ payload }) => rhea.message.decode(payload).message_id as unknown);
}

const message = (body: string): Buffer => rhea.message.encode({ body, message_id: body });

describe("links", () => {
  it("are detached without being closed, and attached again by their name", async () => {
    await send("a", "b");
    await socket.begin();
    for (const handle of [0, 1]) {
      socket.attach("receives", "orders", handle, { name: "same" });
      socket.flow(handle, 1);
      await socket.next("transfer", handle);
      socket.send(socket.frame(frames.detach({ handle, closed: false })));
      const { handle: detached, closed, error } = await socket.next("detach", handle);
      expect([detached, closed ?? false, error ?? undefined]).toEqual([handle, false, undefined]);
    }
    expect(ids()).toEqual(["a", "b"]);
    // The locks stay, as they would if the links had gone.
    expect(await count("locked")).toBe(2);
  });

  it("are attached again on another connection, while the first one's end is still on its way", async () => {
    await send("a", "b");
    await socket.begin();
    socket.attach("receives", "orders", 0, { name: "same" });
    socket.flow(0, 1);
    await socket.next("transfer");
    const other = await connectSocket(bus.amqpPort);
    await other.begin();
    other.attach("receives", "orders", 0, { name: "same" });
    other.flow(0, 1);
    await other.next("transfer");
    other.end();
    expect([...ids(), ...ids(other)]).toEqual(["a", "b"]);
  });

  it("are closed and opened again by the same name and handle in one write, and nothing comes twice", async () => {
    await send("a", "b", "c");
    await socket.begin();
    socket.attach("receives", "orders", 0, { name: "same" });
    socket.flow(0, 1);
    await socket.next("transfer");
    socket.send(socket.frame(frames.detach({ handle: 0, closed: true })));
    socket.attach("receives", "orders", 0, { name: "same" });
    socket.flow(0, 1, { delivery_count: 0 });
    await socket.next("transfer", 1);
    // The first is a delivery of the link that was closed, and so nobody's.
    socket.disposition(0, 1, outcome("accepted"));
    expect(await socket.next("disposition")).toMatchObject({ first: 1, last: 1 });
    expect(ids()).toEqual(["a", "b"]);
    expect(await metric(bus.registry, "servicebus_emulator_operations_total", { operation: "complete" })).toBe(1);
    expect(socket.all("disposition")).toHaveLength(1);
  });

  it("of one name in both roles are two", async () => {
    await socket.begin();
    socket.attach("sends", "orders", 0, { name: "same" });
    socket.attach("receives", "orders", 1, { name: "same" });
    socket.flow(1, 1);
    await socket.next("attach", 1);
    socket.transfer(0, 0, message("round"));
    await socket.next("transfer");
    expect(ids()).toEqual(["round"]);
  });

  it("of a session that ended want nothing any more", async () => {
    await socket.begin();
    socket.attach("receives", "orders", 0);
    socket.flow(0, 100);
    await socket.next("attach");
    socket.send(socket.frame(frames.end({})));
    await socket.next("end");
    await send("a", "b");
    const receiver = bus.client().createReceiver("orders");
    expect(await receiver.receiveMessages(2, { maxWaitTimeInMs: 5_000 })).toHaveLength(2);
    // The channel is free again.
    socket.send(socket.frame(frames.begin({ next_outgoing_id: 0, incoming_window: 9, outgoing_window: 9 })));
    await socket.next("begin", 1);
  });

  it("of a connection that broke want nothing any more", async () => {
    await socket.begin();
    socket.attach("receives", "orders", 0);
    socket.flow(0, 100);
    await socket.next("attach");
    const connections = (): Promise<number | undefined> => metric(bus.registry, "servicebus_emulator_connections");
    await eventually("it is connected", async () => (await connections()) === 1);
    socket.end();
    await eventually("it is gone", async () => (await connections()) === 0);
    await send("a", "b");
    expect(await count("active")).toBe(2);
  });

  it("are closed when their queue is deleted, and nothing else is", async () => {
    await bus.admin().createQueue("other");
    await socket.begin();
    socket.attach("receives", "orders", 0);
    socket.flow(0, 10);
    socket.attach("sends", "orders", 1);
    socket.attach("receives", "other", 2);
    await socket.next("attach", 2);
    await bus.admin().deleteQueue("orders");
    expect(await socket.next("detach")).toMatchObject({ handle: 0, error: { condition: "amqp:not-found" } });
    socket.transfer(1, 0, message("late"));
    expect(await socket.next("disposition")).toMatchObject({ settled: true });
    expect(await socket.next("detach", 1)).toMatchObject({ handle: 1, error: { condition: "amqp:not-found" } });
    socket.flow(2, 1, { echo: true });
    await eventually("the third link answers", () => socket.all("flow").some(({ fields }) => fields.handle === 2));
  });

  it("to a queue that is deleted and made again lead to the new one", async () => {
    const sender = bus.client().createSender("orders");
    await sender.sendMessages({ body: "old" });
    await bus.admin().deleteQueue("orders");
    await bus.admin().createQueue("orders");
    await expect(sender.sendMessages({ body: "lost" })).rejects.toMatchObject({ code: "MessagingEntityNotFound" });
    await eventually("the client attaches anew", () =>
      sender.sendMessages({ body: "new" }).then(
        () => true,
        () => false,
      ),
    );
    const messages = await bus.client().createReceiver("orders").receiveMessages(5, { maxWaitTimeInMs: 500 });
    expect(messages.map(({ body }) => body as unknown)).toEqual(["new"]);
  });
});

describe("a session's window", () => {
  it("holds back what there is credit for", async () => {
    await send("a", "b", "c");
    await socket.begin({}, { incoming_window: 0 });
    socket.attach("receives", "orders", 0);
    socket.flow(0, 10, { incoming_window: 0, echo: true });
    await socket.next("flow");
    expect(ids()).toEqual([]);
    expect(await count("locked")).toBe(0);
    socket.flow(0, 10, { incoming_window: 2 });
    await socket.next("transfer", 1);
    socket.flow(0, 8, { incoming_window: 0, echo: true });
    await socket.next("flow", 1);
    expect(ids()).toEqual(["a", "b"]);
    expect(await count("locked")).toBe(2);
  });

  it("lets a message through in parts, and a drain waits for its end", async () => {
    const body = "x".repeat(3_000);
    await bus.client().createSender("orders").sendMessages({ body });
    await socket.begin({ max_frame_size: 512 }, { incoming_window: 3 });
    socket.attach("receives", "orders", 0);
    socket.flow(0, 1, { incoming_window: 3, drain: true });
    await socket.next("transfer", 2);
    const window = { incoming_window: 0, next_outgoing_id: 0, outgoing_window: 9 };
    socket.send(socket.frame(frames.flow({ next_incoming_id: 3, ...window, echo: true })));
    // Of the session, and not of the link: the drain is not answered.
    expect((await socket.next("flow")).handle ?? undefined).toBeUndefined();
    expect(socket.all("transfer")).toHaveLength(3);
    socket.send(socket.frame(frames.flow({ next_incoming_id: 3, ...window, incoming_window: 100 })));
    expect(await socket.next("flow", 1)).toMatchObject({ handle: 0, drain: true, link_credit: 0, delivery_count: 1 });
    expect(socket.all("transfer").at(-1)?.fields.more).toBe(false);
    const parts = socket.all("transfer").map(({ payload }) => payload);
    const decoded = rhea.message.decode(Buffer.concat(parts)) as unknown as { body: { content: Buffer } };
    expect(decoded.body.content.toString()).toBe(JSON.stringify(body));
  });
});

describe("frames", () => {
  it("are never larger than the client takes", async () => {
    await bus
      .client()
      .createSender("orders")
      .sendMessages({ body: "x".repeat(20_000) });
    await socket.begin({ max_frame_size: 512 });
    socket.attach("receives", "orders", 0);
    socket.flow(0, 1);
    await eventually("the last part", () => socket.all("transfer").at(-1)?.fields.more === false);
    // The frame's own head is 8 bytes, and its list at least 20.
    expect(Math.max(...socket.all("transfer").map(({ payload }) => payload.length))).toBeLessThanOrEqual(512 - 28);
    expect(socket.all("transfer").length).toBeGreaterThan(40);
  });

  it("with dispositions of neighbours with the same outcome are one, of others each their own", async () => {
    await send("a", "b", "c", "d", "e");
    await socket.begin();
    socket.attach("receives", "orders", 0, { rcv_settle_mode: 1 });
    socket.flow(0, 5);
    await socket.next("transfer", 4);
    socket.disposition(0, 1, outcome("accepted"));
    socket.disposition(2, 2, outcome("rejected", { error: { condition: "com.microsoft:dead-letter" } }));
    socket.disposition(3, 0xffff_fff0, outcome("accepted"));
    await eventually("all are settled", async () => (await count("locked")) === 0);
    await eventually("all are answered", () => socket.all("disposition").at(-1)?.fields.last === 4);
    const answers = socket.all("disposition").map(({ fields: { first, last, settled, state } }) => ({
      first,
      last,
      settled,
      code: (state as { descriptor: { value: number } }).descriptor.value,
    }));
    expect(answers).toEqual([
      { first: 0, last: 1, settled: true, code: 0x24 },
      { first: 2, last: 2, settled: true, code: 0x25 },
      { first: 3, last: 4, settled: true, code: 0x24 },
    ]);
    expect(await count("dead_letter")).toBe(1);
  });

  it("with settled dispositions want no answer", async () => {
    await send("a", "b");
    await socket.begin();
    socket.attach("receives", "orders", 0);
    socket.flow(0, 2);
    await socket.next("transfer", 1);
    socket.disposition(0, 0, outcome("accepted"), true);
    socket.disposition(1, 1, outcome("accepted"), false);
    expect(await socket.next("disposition")).toMatchObject({ first: 1, last: 1 });
    expect(socket.all("disposition")).toHaveLength(1);
    expect(await count("locked")).toBe(0);
  });
});

it("settling in a transaction is refused by name, and the lock stands", async () => {
  await send("a");
  await socket.begin();
  socket.attach("receives", "orders", 0, { rcv_settle_mode: 1 });
  socket.flow(0, 1);
  await socket.next("transfer");
  socket.disposition(
    0,
    0,
    rhea.types.wrap_described([rhea.types.wrap_binary(Buffer.of(1)), outcome("accepted")], 0x34),
  );
  expect(JSON.stringify((await socket.next("disposition")).state)).toMatch(/not implement transactions/);
  expect(await count("locked")).toBe(1);
});
