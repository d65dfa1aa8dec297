import rhea from "rhea";
import { connectRaw, type RawClient } from "./support/rawClient.ts";
import { connectSocket } from "./support/rawSocket.ts";
import { metric, startTestBus, type TestBus } from "./support/testBus.ts";

const { types } = rhea;
const LONG = 0x81;
const UUID = 0x98;

let bus: TestBus;
let client: RawClient;

beforeEach(async () => {
  bus = await startTestBus();
  client = connectRaw(bus.amqpPort);
  await client.putToken("sb://localhost/", bus.token("/"));
});

afterEach(async () => {
  await client.close();
  await bus.close();
});

const longs = (...numbers: number[]): unknown => types.wrap_array(numbers, LONG, undefined);
const uuids = (...tokens: string[]): unknown =>
  types.wrap_array(
    tokens.map((token) => Buffer.from(token.replaceAll("-", ""), "hex")),
    UUID,
    undefined,
  );
const NOBODYS = "00000000-1111-2222-3333-444444444444";
const malformed = Buffer.from([0x00, 0x53, 0x75, 0xa0, 0xff]);

describe("$management answers", () => {
  it.each<[string, string, unknown, number, string | undefined, RegExp]>([
    [
      "an empty queue's peek",
      "peek-message",
      { "from-sequence-number": types.wrap_long(0), "message-count": types.wrap_int(5) },
      204,
      undefined,
      /No content/,
    ],
    [
      "a peek from a number that is cut off",
      "peek-message",
      { "from-sequence-number": types.wrap_binary(Buffer.of(1)), "message-count": types.wrap_int(5) },
      400,
      "com.microsoft:argument-error",
      /want a long/,
    ],
    [
      "a peek without a count",
      "peek-message",
      { "from-sequence-number": types.wrap_long(0) },
      400,
      "com.microsoft:argument-error",
      /message-count/,
    ],
    [
      "a peek of none",
      "peek-message",
      { "from-sequence-number": types.wrap_long(0), "message-count": types.wrap_int(0) },
      400,
      "com.microsoft:argument-error",
      /message-count/,
    ],
    ["a body that is no map", "renew-lock", "text", 400, "com.microsoft:argument-error", /renew-lock.*not usable/],
    ["no lock tokens", "renew-lock", { "lock-tokens": uuids() }, 400, "com.microsoft:argument-error", /lock-tokens/],
    [
      "a lock that is not there",
      "renew-lock",
      { "lock-tokens": uuids(NOBODYS) },
      410,
      "com.microsoft:message-lock-lost",
      /4444/,
    ],
    [
      "a completion without its lock",
      "update-disposition",
      { "lock-tokens": uuids(NOBODYS), "disposition-status": "completed" },
      410,
      "com.microsoft:message-lock-lost",
      /4444/,
    ],
    [
      "a deferral without its lock",
      "update-disposition",
      { "lock-tokens": uuids(NOBODYS), "disposition-status": "defered" },
      410,
      "com.microsoft:message-lock-lost",
      /4444/,
    ],
    [
      "an unknown disposition",
      "update-disposition",
      { "lock-tokens": uuids(NOBODYS), "disposition-status": "eaten" },
      400,
      "com.microsoft:argument-error",
      /disposition-status/,
    ],
    [
      "numbers that are not deferred",
      "receive-by-sequence-number",
      { "sequence-numbers": longs(7), "receiver-settle-mode": types.wrap_uint(1) },
      404,
      "com.microsoft:message-not-found",
      /7/,
    ],
    [
      "numbers that are not deferred, to delete",
      "receive-by-sequence-number",
      { "sequence-numbers": longs(7), "receiver-settle-mode": types.wrap_uint(0) },
      404,
      "com.microsoft:message-not-found",
      /7/,
    ],
    [
      "a number above all",
      "receive-by-sequence-number",
      { "sequence-numbers": types.wrap_list([types.wrap_long(Buffer.alloc(8, 0x7f))]) },
      404,
      "com.microsoft:message-not-found",
      /not.*there/i,
    ],
    [
      "numbers that are not scheduled",
      "cancel-scheduled-message",
      { "sequence-numbers": longs(7, 8) },
      404,
      "com.microsoft:message-not-found",
      /7, 8/,
    ],
    [
      "a message to be scheduled that is none",
      "schedule-message",
      { messages: [{ message: malformed, "message-id": "m" }] },
      400,
      "amqp:decode-error",
      /Not an AMQP message/,
    ],
    [
      "nothing to be scheduled",
      "schedule-message",
      { messages: types.wrap_list([]) },
      400,
      "com.microsoft:argument-error",
      /messages/,
    ],
    [
      "a session's lock",
      "renew-session-lock",
      { "session-id": "s" },
      501,
      "amqp:not-implemented",
      /does not implement sessions/,
    ],
    [
      "a session's state",
      "get-session-state",
      { "session-id": "s" },
      501,
      "amqp:not-implemented",
      /does not implement sessions/,
    ],
    [
      "a peek into a session",
      "peek-message",
      { "session-id": "s", "from-sequence-number": types.wrap_long(0), "message-count": types.wrap_int(5) },
      501,
      "amqp:not-implemented",
      /does not implement sessions/,
    ],
    ["a rule", "add-rule", { "rule-name": "r" }, 501, "amqp:not-implemented", /does not implement topics/],
    ["what nobody knows", "juggle", {}, 501, "amqp:not-implemented", /operation "com.microsoft:juggle"/],
  ])("%s", async (_, operation, body, status, condition, description) => {
    expect(await client.manage("orders", operation, body)).toMatchObject({
      status,
      description: expect.stringMatching(description) as unknown,
      ...(condition === undefined ? {} : { condition }),
    });
  });

  it("to a dead-letter queue that nobody can schedule to", async () => {
    const body = { messages: [{ message: rhea.message.encode({ body: "x" }), "message-id": "m" }] };
    const dead = "orders/$DeadLetterQueue";
    expect(await client.manage(dead, "schedule-message", body)).toMatchObject({
      status: 400,
      condition: "amqp:not-allowed",
    });
    expect(await client.manage(dead, "cancel-scheduled-message", { "sequence-numbers": longs(1) })).toMatchObject({
      status: 400,
      condition: "amqp:not-allowed",
    });
  });

  it("with the request's message id as it came", async () => {
    for (const id of ["text", 7, Buffer.from("00112233445566778899aabbccddeeff", "hex")]) {
      expect((await client.manage("orders", "juggle", {}, id)).correlationId).toEqual(id);
    }
  });

  it("by the rights of the connection", async () => {
    const peek = { "from-sequence-number": types.wrap_long(0), "message-count": types.wrap_int(5) };
    const schedule = { messages: [{ message: rhea.message.encode({ body: "x" }), "message-id": "m" }] };
    for (const [key, allowed, refused] of [
      ["worker", ["peek-message", peek], ["schedule-message", schedule]],
      ["api", ["schedule-message", schedule], ["peek-message", peek]],
    ] as const) {
      const other = connectRaw(bus.amqpPort);
      await other.putToken("sb://localhost/orders", bus.token("/orders", key));
      expect((await other.manage("orders", allowed[0], allowed[1])).status).toBeLessThan(300);
      expect(await other.manage("orders", refused[0], refused[1])).toMatchObject({
        status: 401,
        condition: "amqp:unauthorized-access",
        description: expect.stringMatching(/claim\(s\) are required/) as unknown,
      });
      await other.close();
    }
  });
});

it("receive-by-sequence-number gives the lock token in the message too, where the Go SDK looks for it", async () => {
  await bus.client().createSender("orders").sendMessages({ body: "a" });
  const receiver = bus.client().createReceiver("orders");
  const [message] = await receiver.receiveMessages(1);
  if (message?.sequenceNumber === undefined) throw new Error("no message");
  await receiver.deferMessage(message);
  const { body } = await client.manage("orders", "receive-by-sequence-number", {
    "sequence-numbers": longs(message.sequenceNumber.toNumber()),
    "receiver-settle-mode": types.wrap_uint(1),
  });
  const [received] = (body as { messages: { message: Buffer; "lock-token": Buffer }[] }).messages;
  const decoded = rhea.message.decode(received?.message ?? Buffer.alloc(0));
  expect(decoded.delivery_annotations).toEqual({ "x-opt-lock-token": received?.["lock-token"] });
});

describe("update-disposition", () => {
  /** Locks the only message, over a link that is gone afterwards: as the SDK settles when its link has closed. */
  async function locked(): Promise<string> {
    await bus.client().createSender("orders").sendMessages({ body: "a", messageId: "a" });
    const receiver = bus.client().createReceiver("orders");
    const [message] = await receiver.receiveMessages(1);
    await receiver.close();
    return message?.lockToken ?? "";
  }

  it.each([
    ["completed", {}, { active: 0, dead_letter: 0, deferred: 0 }],
    ["abandoned", {}, { active: 1, dead_letter: 0, deferred: 0 }],
    ["defered", {}, { active: 0, dead_letter: 0, deferred: 1 }],
    [
      "suspended",
      { "deadletter-reason": "r", "deadletter-description": "d" },
      { active: 0, dead_letter: 1, deferred: 0 },
    ],
  ])("settles as %s", async (status, also, expected) => {
    const token = await locked();
    const body = { "lock-tokens": uuids(token), "disposition-status": status, ...also };
    expect(await client.manage("orders", "update-disposition", body)).toMatchObject({ status: 200 });
    const counts = Object.keys(expected).map(async (state) => [
      state,
      await metric(bus.registry, "servicebus_emulator_messages", { queue: "orders", state }),
    ]);
    expect(Object.fromEntries(await Promise.all(counts))).toEqual(expected);
    expect(await client.manage("orders", "update-disposition", body)).toMatchObject({ status: 410 });
  });

  it("keeps the types of changed properties", async () => {
    const body = {
      "lock-tokens": uuids(await locked()),
      "disposition-status": "abandoned",
      "properties-to-modify": { long: types.wrap_long(5), symbol: types.wrap_symbol("s"), none: null },
    };
    expect(await client.manage("orders", "update-disposition", body)).toMatchObject({ status: 200 });
    const socket = await connectSocket(bus.amqpPort);
    await socket.begin();
    socket.attach("receives", "orders", 0);
    socket.flow(0, 1);
    await socket.next("transfer");
    const hex = socket.all("transfer")[0]?.payload.toString("hex");
    socket.end();
    expect(hex).toContain(`a104${Buffer.from("long").toString("hex")}5505`);
    expect(hex).toContain(`a106${Buffer.from("symbol").toString("hex")}a30173`);
    expect(hex).not.toContain(Buffer.from("none").toString("hex"));
  });
});
