import { randomBytes } from "node:crypto";
import frames from "rhea/lib/frames.js";
import { createLogger } from "../../src/shared/logger.ts";
import { listenAmqp, type AmqpServer } from "../../src/servicebus-emulator/amqp/amqpServer.ts";
import { AMQP_HEADER, connectSocket, outcome, SASL_HEADER, type RawSocket } from "./support/rawSocket.ts";
import { createKeys } from "../../src/servicebus-emulator/access/keys.ts";
import { KEYS, startTestBus, type TestBus } from "./support/testBus.ts";

let bus: TestBus;
let socket: RawSocket;

beforeAll(async () => {
  bus = await startTestBus();
});

afterAll(async () => {
  // Whatever was done to it, it still serves.
  await bus.client().createSender("orders").sendMessages({ body: "still there" });
  await bus.close();
});

beforeEach(async () => {
  socket = await connectSocket(bus.amqpPort);
});

afterEach(() => {
  socket.end();
});

/** The condition with which the server closes the connection. */
async function closeCondition(): Promise<unknown> {
  const { error } = await socket.next("close");
  await socket.closed();
  return (error as { condition: unknown }).condition;
}

const saslFrame = (performative: unknown): Buffer => frames.write_frame(frames.sasl_frame(performative));

function sasl(mechanism: string, response?: string): Buffer {
  const initial_response = response === undefined ? undefined : Buffer.from(response);
  return saslFrame(frames.sasl_init({ mechanism, initial_response }));
}

describe("the beginning", () => {
  it("offers the service's mechanisms", async () => {
    socket.send(SASL_HEADER);
    expect(await socket.next("sasl_mechanisms")).toMatchObject({
      sasl_server_mechanisms: ["MSSBCBS", "PLAIN", "ANONYMOUS", "EXTERNAL"],
    });
  });

  it.each(["MSSBCBS", "ANONYMOUS", "EXTERNAL"])("takes %s, and what follows in the same write", async (mechanism) => {
    socket.send(SASL_HEADER, sasl(mechanism), AMQP_HEADER, socket.frame(frames.open({ container_id: "c" })));
    expect(await socket.next("sasl_outcome")).toMatchObject({ code: 0 });
    expect(await socket.next("open")).toMatchObject({ max_frame_size: 65_536, channel_max: 4_999 });
  });

  it("takes a client without SASL", async () => {
    socket.send(AMQP_HEADER, socket.frame(frames.open({ container_id: "c" })));
    await socket.next("open");
  });

  it("lets a client in by a key's name and key, at once with the key's rights", async () => {
    socket.send(SASL_HEADER, sasl("PLAIN", "\0worker\0key of worker"));
    expect(await socket.next("sasl_outcome")).toMatchObject({ code: 0 });
    await socket.begin({}, {}, null);
    socket.attach("receives", "orders", 0);
    expect((await socket.next("attach")).source).toBeTruthy();
    socket.attach("sends", "orders", 1);
    const { error } = await socket.next("detach");
    expect(error).toMatchObject({
      condition: "amqp:unauthorized-access",
      description: expect.stringMatching(/'Send' claim\(s\) are required.*Resource: 'sb:.*\/orders'/) as unknown,
    });
  });

  it.each([
    ["a wrong key", "PLAIN", "\0worker\0wrong"],
    ["a name that nobody has", "PLAIN", "\0nobody\0"],
    ["half of a response", "PLAIN", "worker"],
    ["no response", "PLAIN", undefined],
    ["an unknown mechanism", "XOAUTH2", "x"],
    ["a name of a method", "constructor", undefined],
  ])("refuses %s, and hangs up", async (_, mechanism, response) => {
    socket.send(SASL_HEADER, sasl(mechanism, response));
    expect(await socket.next("sasl_outcome")).toMatchObject({ code: 1 });
    await socket.closed();
  });

  it("answers another protocol with the header that would be right, and hangs up", async () => {
    socket.send(Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    await socket.next("header 3");
    await socket.closed();
  });

  it("ends a connection that does not open in time", async () => {
    const server = await ownServer({ handshakeTimeoutMs: 100 });
    try {
      const silent = await connectSocket(server.port);
      await silent.closed();
      const slow = await connectSocket(server.port);
      slow.send(AMQP_HEADER);
      await slow.closed();
      const open = await connectSocket(server.port);
      await open.begin({}, {}, null);
      await silent.closed();
      expect(open.isClosed).toBe(false);
      open.end();
    } finally {
      await server.close();
    }
  });
});

describe("silence", () => {
  it("is ended when it lasts for twice the time that was asked for", async () => {
    const server = await ownServer({ idleTimeoutMs: 100 });
    try {
      const silent = await connectSocket(server.port);
      await silent.begin({}, {}, null);
      expect(await silent.next("open")).toMatchObject({ idle_time_out: 100 });
      const { error } = await silent.next("close");
      expect(error).toMatchObject({ condition: "amqp:connection:forced" });
      await silent.closed();
    } finally {
      await server.close();
    }
  });

  it("is broken by heartbeats where the client wants them", async () => {
    await socket.begin({ idle_time_out: 1_000 });
    await socket.next("empty", 1);
  });
});

describe("what is not AMQP ends its connection, with a reason", () => {
  it.each<[string, Buffer, string]>([
    ["a frame that says it is larger than agreed", Buffer.of(0x7f, 0xff, 0xff, 0xff), "amqp:connection:framing-error"],
    ["a frame that says it is one byte larger", Buffer.of(0, 1, 0, 1), "amqp:connection:framing-error"],
    ["a frame that says it is smaller than its header", Buffer.of(0, 0, 0, 7), "amqp:connection:framing-error"],
    ["a frame with its body outside", Buffer.of(0, 0, 0, 8, 200, 0, 0, 0), "amqp:decode-error"],
    ["a frame of another type", Buffer.of(0, 0, 0, 8, 2, 9, 0, 0), "amqp:decode-error"],
    ["an unknown performative", body("00 53 7f 45"), "amqp:decode-error"],
    ["a body that is no performative", body("45"), "amqp:decode-error"],
    ["a performative without its fields", body("00 53 14 45"), "amqp:decode-error"],
    ["a list that says it is longer than its frame", body("00 53 14 c0 ff 05 43"), "amqp:decode-error"],
    ["a list with more items than bytes", body("00 53 12 d0 00 00 00 05 ff ff ff ff 40"), "amqp:decode-error"],
    [
      // rhea's decoder would make an object of each.
      "4,000,000,000 nulls in nine bytes",
      body("00 53 12 c0 0f 02 a1 01 6e f0 00 00 00 05 ff ff ff ff 40"),
      "amqp:decode-error",
    ],
    ["a field of another type", body("00 53 14 c0 03 01 a1 00"), "amqp:decode-error"],
    ["a second open", body("00 53 10 c0 04 01 a1 01 63"), "amqp:not-allowed"],
    ["a transfer on a handle without a link", body("00 53 14 c0 03 02 43 43"), "amqp:session:unattached-handle"],
    ["a detach of a handle without a link", body("00 53 16 c0 02 01 43"), "amqp:session:unattached-handle"],
    ["a frame on a channel without a session", body("00 53 17 45", 5), "amqp:not-allowed"],
    ["a second session on a channel", begin(0), "amqp:not-allowed"],
    ["a session on a channel above the last", begin(5_000), "amqp:connection:framing-error"],
    ["a session of the server's that it has not begun", begin(1, { remote_channel: 0 }), "amqp:not-allowed"],
  ])("%s", async (_, bytes, condition) => {
    await socket.begin();
    socket.send(bytes);
    expect(await closeCondition()).toBe(condition);
  });

  it.each([
    [{ max_frame_size: 511 }, /max-frame-size must be at least 512/],
    [{ max_frame_size: 0 }, /max-frame-size must be at least 512/],
    [{ idle_time_out: 10 }, /idle-time-out must be at least 1000 ms/],
  ])("an open with %j", async (fields, description) => {
    socket.send(AMQP_HEADER, socket.frame(frames.open({ container_id: "c", ...fields })));
    const { error } = await socket.next("close");
    expect(error).toMatchObject({
      condition: "amqp:invalid-field",
      description: expect.stringMatching(description) as unknown,
    });
    await socket.closed();
  });

  it("noise, whatever it is", async () => {
    for (let round = 0; round < 20; round += 1) {
      const noisy = await connectSocket(bus.amqpPort);
      await noisy.begin();
      noisy.send(Buffer.concat([Buffer.of(0, 0, 0, 40, 2, 0, 0, 0), randomBytes(32)]));
      await noisy.closed();
    }
  });

  it("more links than there may be, and a handle that is taken", async () => {
    await socket.begin();
    socket.attach("receives", "orders", 256);
    expect(await closeCondition()).toBe("amqp:connection:framing-error");
    socket = await connectSocket(bus.amqpPort);
    await socket.begin();
    socket.attach("receives", "orders", 3);
    socket.attach("receives", "orders", 3, { name: "another" });
    expect(await closeCondition()).toBe("amqp:session:handle-in-use");
  });

  it("credit beyond all numbers is the most there is", async () => {
    await socket.begin();
    socket.attach("receives", "orders", 0);
    await socket.next("attach");
    socket.flow(0, 0xffff_ffff, { delivery_count: 0x7fff_ffff, echo: true });
    expect(await socket.next("flow")).toMatchObject({ link_credit: 0xffff_ffff });
  });

  it("a disposition of 4,000,000,000 deliveries is carried out at once", async () => {
    await socket.begin();
    socket.disposition(0, 0xffff_ffff, outcome("accepted"), true);
    socket.send(socket.frame(frames.flow({ incoming_window: 1, next_outgoing_id: 0, outgoing_window: 1, echo: true })));
    await socket.next("flow");
  });
});

function body(hex: string, channel = 0): Buffer {
  const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
  return Buffer.concat([Buffer.of(0, 0, 0, 8 + bytes.length, 2, 0, channel >> 8, channel & 0xff), bytes]);
}

function begin(channel: number, fields: Record<string, unknown> = {}): Buffer {
  const performative = frames.begin({ next_outgoing_id: 0, incoming_window: 1, outgoing_window: 1, ...fields });
  return frames.write_frame(frames.amqp_frame(channel, performative));
}

/** A server with times of its own, and nothing in it. */
function ownServer(options: { idleTimeoutMs?: number; handshakeTimeoutMs?: number }): Promise<AmqpServer> {
  const broker = { now: Date.now, find: () => undefined, unsupportedAt: () => undefined } as never;
  const log = createLogger("servicebus-emulator", "silent");
  return listenAmqp({ port: 0, host: "127.0.0.1", broker, keys: createKeys(KEYS), log, ...options });
}
