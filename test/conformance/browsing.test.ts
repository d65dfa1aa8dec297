import rhea from "rhea";
import { connectSocket, outcome, terminus, type RawSocket } from "./support/rawSocket.ts";
import { eventually, startTestBus, type TestBus } from "./support/testBus.ts";

let bus: TestBus;
let socket: RawSocket;

beforeEach(async () => {
  bus = await startTestBus();
  socket = await connectSocket(bus.amqpPort);
  await socket.begin();
});

afterEach(async () => {
  socket.end();
  await bus.close();
});

/** A source or target by the index of its fields. */
function withFields(code: 0x28 | 0x29, fields: Readonly<Record<number, unknown>>): unknown {
  return terminus(
    code,
    Array.from({ length: 11 }, (_, index) => fields[index] ?? null),
  );
}

const browsed = (): RawSocket => {
  socket.attach("receives", "orders", 0, {
    source: withFields(0x28, { 0: "orders", 6: rhea.types.wrap_symbol("copy") }),
  });
  return socket;
};

async function activeCount(): Promise<number> {
  return (await bus.admin().getQueueRuntimeProperties("orders")).activeMessageCount;
}

it("a source with distribution mode copy shows messages, and what the client answers takes none", async () => {
  const sender = bus.client().createSender("orders");
  await sender.sendMessages([{ body: "a" }, { body: "b" }, { body: "c" }]);
  browsed().flow(0, 10, { drain: true });
  await eventually("the drain is answered", () => socket.all("flow").some(({ fields }) => fields.drain === true));
  expect(socket.all("transfer")).toHaveLength(3);
  socket.disposition(0, 2, outcome("accepted"));
  await socket.next("disposition");
  expect(await activeCount()).toBe(3);
  const receiver = bus.client().createReceiver("orders", { receiveMode: "receiveAndDelete" });
  expect(await receiver.receiveMessages(3)).toHaveLength(3);
});

it("a browser is shown what comes later, each message once", async () => {
  const sender = bus.client().createSender("orders");
  await sender.sendMessages({ body: "before" });
  browsed().flow(0, 10);
  await socket.next("transfer");
  await sender.sendMessages({ body: "after" });
  await socket.next("transfer", 1);
  socket.flow(0, 10, { drain: true });
  await eventually("the drain is answered", () => socket.all("flow").some(({ fields }) => fields.drain === true));
  expect(socket.all("transfer")).toHaveLength(2);
});

const described = (name: string): unknown => rhea.types.wrap_described("n = 1", name);

it.each([
  [
    "a filter",
    {
      0: "orders",
      7: rhea.types.wrap_symbolic_map({ "jms-selector": described("apache.org:selector-filter:string") }),
    },
    /the filter "jms-selector"/,
  ],
  ["a dynamic source", { 4: true }, /dynamic sources/],
  ["no source address", {}, /receivers without a source address/],
])("a receiver with %s is rejected by name", async (_what, source, description) => {
  socket.attach("receives", "orders", 0, { source: withFields(0x28, source) });
  await socket.next("attach");
  expect(errorOf(await socket.next("detach"))).toEqual([
    "amqp:not-implemented",
    expect.stringMatching(description),
    null,
  ]);
});

it.each([
  ["a dynamic target", { 4: true }, /dynamic targets/],
  ["no target address", {}, /senders without a target address/],
])("a sender with %s is rejected by name", async (_what, target, description) => {
  socket.attach("sends", "orders", 0, { target: withFields(0x29, target) });
  expect(errorOf(await socket.next("detach"))).toEqual([
    "amqp:not-implemented",
    expect.stringMatching(description),
    null,
  ]);
});

/** Condition, description and info, as many as there are. */
function errorOf({ error }: Record<string, unknown>): unknown[] {
  return (error as { value: { value: unknown }[] }).value.map(({ value }) => value);
}
