import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { section, text } from "../../src/servicebus-emulator/message/encoding.ts";
import { conversation } from "./support/conversation.ts";
import { replay } from "./support/replay.ts";
import { AMQP_HEADER, connectSocket, SASL_HEADER, type RawSocket } from "./support/rawSocket.ts";
import { startTestBus, type TestBus } from "./support/testBus.ts";

/* The frames of clients as they were recorded, so that a regression shows without the client; by `npm run test:sdks:record`, Python's by hand. */

const python = z
  .record(z.string(), z.string())
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/python.json"), "utf8")));

const frame = (name: string): Buffer => Buffer.from(python[name] ?? "", "hex");

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

/** The recorded request with a token of now: those that were recorded have run out. */
function putToken(token: string): Buffer {
  const rest = Buffer.concat([frame("putTokenWithoutBody"), section(0x77, text(token))]);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(4 + rest.length);
  return Buffer.concat([size, rest]);
}

async function signIn(token: string): Promise<void> {
  socket.send(SASL_HEADER, frame("saslInit"));
  await socket.next("sasl_outcome");
  socket.send(AMQP_HEADER, frame("open"), frame("begin"), frame("attachCbsSender"), frame("attachCbsReceiver"));
  await socket.next("attach", 1);
  socket.send(frame("flow"), putToken(token));
  await socket.next("transfer");
}

it("Python signs in with a token that it calls a JWT, and sends a message with delivery annotations last", async () => {
  await signIn(bus.token("/orders"));
  socket.send(frame("attachSender"));
  await socket.next("attach", 2);
  socket.send(frame("transfer"));
  await socket.next("disposition", 1);
  const receiver = bus.client().createReceiver("orders");
  const [message] = await receiver.peekMessages(1);
  expect(String(message?.body)).toBe("hi");
});

it("Python hears by the attach that its token is not valid", async () => {
  await signIn(bus.token("/orders", "all", { key: "wrong" }));
  socket.send(frame("attachSender"));
  const { error } = await socket.next("detach");
  const fields = (error as { value: { value: unknown }[] }).value.map(({ value }) => value);
  expect(fields).toEqual(["amqp:unauthorized-access", expect.stringMatching(/^InvalidSignature/), null]);
});

const recorded = ["go", "javascript-pinned", "jms"].flatMap((name) =>
  z.array(conversation).parse(JSON.parse(readFileSync(join(import.meta.dirname, `fixtures/${name}.json`), "utf8"))),
);

it.each(recorded.map((one) => [`${one.client}: ${one.operation}`, one] as const))(
  "%s: the emulator answers as it did when this was recorded",
  async (_, { queue, steps }) => {
    const admin = bus.admin();
    if (queue !== null && queue !== "orders") await admin.createQueue(queue);
    const answers = await replay(bus, steps);
    const expected = steps.flatMap((step) => ("emulator" in step ? [`${step.connection} ${step.emulator}`] : []));
    expect(answers.toSorted()).toEqual(expected.toSorted());
  },
);
