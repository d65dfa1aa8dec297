import rhea from "rhea";
import frames from "rhea/lib/frames.js";
import { createLogger } from "../../src/shared/logger.ts";
import { listenAmqp, type AmqpServer } from "../../src/servicebus-emulator/amqp/amqpServer.ts";
import type { Broker, Consumer, Entity, LockedMessage, Queue } from "../../src/servicebus-emulator/broker/contract.ts";
import { BrokerError, type BrokerErrorReason } from "../../src/servicebus-emulator/model/brokerError.ts";
import { connectSocket, outcome, type RawSocket } from "./support/rawSocket.ts";
import { createKeys } from "../../src/servicebus-emulator/access/keys.ts";
import { eventually, KEYS } from "./support/testBus.ts";

/*
 * What clients hear of a broker that cannot do what it is asked, or has not done it yet. The broker is a stand-in that does as the test says.
 */

let server: AmqpServer;
let socket: RawSocket;
let consumer: Consumer | undefined;
/** Ends what the broker has been asked for, in the order in which it was asked. */
let pending: { readonly resolve: (done: unknown) => void; readonly reject: (error: Error) => void }[];

function asked<Value>(): Promise<Value> {
  const { promise, resolve, reject } = Promise.withResolvers<Value>();
  pending.push({ resolve: resolve as (done: unknown) => void, reject });
  return promise;
}

const entity = {
  path: "orders",
  complete: () => asked<boolean>(),
  abandon: () => asked<boolean>(),
  defer: () => asked<boolean>(),
  deadLetter: () => asked<boolean>(),
} as unknown as Entity;

const queue = { name: "orders", main: entity, properties: { status: "Active" }, enqueue: () => asked<number[]>() };

const dispatcher = {
  add: (added: Consumer) => (consumer = added),
  remove: () => (consumer = undefined),
  wake: () => undefined,
  dispatch: () => undefined,
  end: () => undefined,
};

beforeEach(async () => {
  pending = [];
  consumer = undefined;
  const broker = {
    now: Date.now,
    find: () => ({ queue: queue as unknown as Queue, entity, dispatcher }),
    unsupportedAt: () => undefined,
  } as unknown as Broker;
  const log = createLogger("servicebus-emulator", "silent");
  server = await listenAmqp({ port: 0, host: "127.0.0.1", broker, keys: createKeys(KEYS), log });
  socket = await connectSocket(server.port);
  await socket.begin();
});

afterEach(async () => {
  socket.end();
  await server.close();
});

let lastNumber = 0;
function message(): LockedMessage {
  lastNumber += 1;
  return {
    sequenceNumber: lastNumber,
    enqueuedAtMs: 0,
    state: "active",
    deliveryCount: 0,
    stored: rhea.message.encode({ body: "x", message_id: "m" }),
    deadLetterSource: undefined,
    expiresAtMs: undefined,
    lockToken: `00000000-0000-0000-0000-${String(lastNumber).padStart(12, "0")}`,
    lockedUntilMs: 1,
  };
}

async function openReceiver(
  credit: number,
  fields: Record<string, unknown> = { rcv_settle_mode: 1 },
): Promise<Consumer> {
  socket.attach("receives", "orders", 0, fields);
  socket.flow(0, credit);
  const opened = await eventually("the receiver is open", () => consumer);
  await eventually("it has credit", () => opened.hasRoom());
  return opened;
}

/** Condition of the disposition that came after `after` others. */
async function answered(after = 0): Promise<unknown> {
  const { state } = await socket.next("disposition", after);
  const typed = state as { descriptor: { value: number }; value?: { value: { value: unknown }[] }[] };
  return typed.value?.[0]?.value[0]?.value ?? typed.descriptor.value;
}

/** Waits until everything that was sent before has been handled. */
async function handled(): Promise<void> {
  const before = socket.all("flow").length;
  const window = { next_incoming_id: 0, incoming_window: 1_000, next_outgoing_id: 0, outgoing_window: 1_000 };
  socket.send(socket.frame(frames.flow({ ...window, echo: true })));
  await socket.next("flow", before);
}

const REASONS: [BrokerErrorReason, string][] = [
  ["storage-full", "com.microsoft:server-busy"],
  ["storage-failed", "com.microsoft:server-busy"],
  ["quota-exceeded", "amqp:resource-limit-exceeded"],
  ["entity-gone", "amqp:not-found"],
  ["entity-disabled", "com.microsoft:entity-disabled"],
];

it.each(REASONS)("a send that the broker refuses for %s is answered with %s", async (reason, condition) => {
  socket.attach("sends", "orders", 0);
  socket.transfer(0, 0, rhea.message.encode({ body: "x" }));
  await eventually("it is asked", () => pending.length === 1);
  pending[0]?.reject(new BrokerError(reason, "why"));
  expect(await answered()).toBe(condition);
});

it.each(REASONS)("a settlement that the broker refuses for %s is answered with %s", async (reason, condition) => {
  const opened = await openReceiver(4);
  for (let index = 0; index < 4; index += 1) opened.deliver(message());
  socket.disposition(0, 0, outcome("accepted"));
  socket.disposition(1, 1, outcome("modified", { undeliverable_here: true }));
  socket.disposition(2, 2, outcome("modified", {}));
  socket.disposition(3, 3, outcome("rejected", { error: { condition: "com.microsoft:dead-letter" } }));
  await eventually("all are asked", () => pending.length === 4);
  for (const { reject } of pending) reject(new BrokerError(reason, "why"));
  for (const after of [0, 1, 2, 3]) expect(await answered(after)).toBe(condition);
});

it("what fails for a reason that nobody foresaw is answered as the emulator's fault", async () => {
  socket.attach("sends", "orders", 0);
  socket.transfer(0, 0, rhea.message.encode({ body: "x" }));
  await eventually("it is asked", () => pending.length === 1);
  pending[0]?.reject(new Error("a bug"));
  expect(await answered()).toBe("amqp:internal-error");
});

it("a send is accepted only once it is stored", async () => {
  socket.attach("sends", "orders", 0);
  socket.transfer(0, 0, rhea.message.encode({ body: "x" }));
  await handled();
  expect(socket.all("disposition")).toEqual([]);
  pending[0]?.resolve([1]);
  expect(await answered()).toBe(0x24);
});

it("a settlement is answered only once it is stored, and each with its own outcome", async () => {
  const opened = await openReceiver(3);
  for (let index = 0; index < 3; index += 1) opened.deliver(message());
  socket.disposition(0, 2, outcome("accepted"));
  await eventually("all are asked", () => pending.length === 3);
  await handled();
  expect(socket.all("disposition")).toEqual([]);
  for (const [index, { resolve }] of pending.entries()) resolve(index !== 1);
  expect([await answered(0), await answered(1), await answered(2)]).toEqual([
    0x24,
    "com.microsoft:message-lock-lost",
    0x24,
  ]);
});

describe("receive-and-delete", () => {
  const settled = { snd_settle_mode: 1 };

  it("sends a message only once it is out of the queue, and keeps its place until then", async () => {
    const opened = await openReceiver(1, settled);
    opened.deliver(message());
    expect(opened.hasRoom()).toBe(false);
    await handled();
    expect(socket.all("transfer")).toEqual([]);
    pending[0]?.resolve(true);
    expect(await socket.next("transfer")).toMatchObject({ settled: true });
  });

  it("does not send what is not out of the queue, and gives its place back", async () => {
    const opened = await openReceiver(1, settled);
    opened.deliver(message());
    pending[0]?.reject(new BrokerError("storage-full", "why"));
    await eventually("the place is free", () => opened.hasRoom());
    opened.deliver(message());
    pending[1]?.resolve(false);
    await eventually("the place is free again", () => opened.hasRoom());
    expect(socket.all("transfer")).toEqual([]);
  });

  it("answers a drain after what was under way", async () => {
    const opened = await openReceiver(5, settled);
    opened.deliver(message());
    socket.flow(0, 5, { drain: true });
    await handled();
    expect(socket.all("flow").filter(({ fields }) => fields.drain === true && fields.link_credit === 0)).toEqual([]);
    pending[0]?.resolve(true);
    await eventually("the drain", () => socket.received.at(-1)?.fields.drain === true);
    expect(socket.received.slice(-2).map(({ kind }) => kind)).toEqual(["transfer", "flow"]);
    expect(socket.received.at(-1)?.fields).toMatchObject({ drain: true, link_credit: 0 });
  });
});

it.each([
  [
    "it is detached",
    () => {
      socket.send(socket.frame(frames.detach({ handle: 0, closed: true })));
    },
  ],
  [
    "its session ends",
    () => {
      socket.send(socket.frame(frames.end({})));
    },
  ],
  [
    "its connection is closed",
    () => {
      socket.send(socket.frame(frames.close({})));
    },
  ],
  [
    "its connection breaks",
    () => {
      socket.end();
    },
  ],
])("a receiver leaves nothing behind in the broker when %s", async (_, leave) => {
  await openReceiver(1);
  leave();
  await eventually("it is gone", () => consumer === undefined);
});

it("nothing is delivered to a client that does not read", async () => {
  const opened = await openReceiver(1_000);
  // As much as the system takes for a reader that is slow, and the emulator on top of it: then it ends.
  const large = { ...message(), stored: rhea.message.encode({ body: Buffer.alloc(500_000), message_id: "m" }) };
  socket.pause();
  let delivered = 0;
  await eventually("enough is enough", () => {
    if (opened.hasRoom()) {
      opened.deliver(large);
      delivered += 1;
    }
    return delivered > 900 || !opened.hasRoom();
  });
  expect(delivered).toBeLessThan(100);
  socket.resume();
  await eventually("it reads, and there is room", () => opened.hasRoom());
});
