import frames from "rhea/lib/frames.js";
import rhea from "rhea";
import { AMQP_HEADER, connectSocket, outcome, type RawSocket } from "./support/rawSocket.ts";
import { startTestBus, type TestBus } from "./support/testBus.ts";

/* What a client asks for before it closes is answered before the close, also when both come in one TCP segment. */

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

const CLOSES = [
  ["detach", frames.detach({ handle: 0, closed: true })],
  ["end", frames.end({})],
  ["close", frames.close({})],
] as const;

it.each(CLOSES)("a disposition that comes with a %s is answered before it", async (kind, performative) => {
  await bus.client().createSender("orders").sendMessages({ body: "a" });
  socket.attach("receives", "orders", 0);
  socket.flow(0, 1);
  await socket.next("transfer");
  const disposition = frames.disposition({ role: true, first: 0, last: 0, settled: false, state: outcome("accepted") });
  socket.send(socket.frame(disposition), socket.frame(performative));
  await socket.next(kind);
  expect(kindsAfter("transfer")).toEqual(["disposition", kind]);
  expect((await bus.admin().getQueueRuntimeProperties("orders")).totalMessageCount).toBe(0);
});

it.each(CLOSES)("a message that comes with a %s is answered before it", async (kind, performative) => {
  socket.attach("sends", "orders", 0);
  await socket.next("flow");
  const transfer = frames.transfer({ handle: 0, delivery_id: 0, delivery_tag: Buffer.of(0), message_format: 0 });
  const payload = rhea.message.encode({ body: "a" });
  socket.send(socket.frame(transfer, { payload }), socket.frame(performative));
  await socket.next(kind);
  expect(kindsAfter("flow")).toEqual(["disposition", kind]);
  expect((await bus.admin().getQueueRuntimeProperties("orders")).totalMessageCount).toBe(1);
});

it("a connection on which nothing is in flight is closed at once", async () => {
  const other = await connectSocket(bus.amqpPort);
  other.send(AMQP_HEADER, other.frame(frames.open({ container_id: "raw" })), other.frame(frames.close({})));
  await other.next("close");
  await other.closed();
});

function kindsAfter(kind: string): string[] {
  const kinds = socket.received.map((one) => one.kind);
  return kinds.slice(kinds.lastIndexOf(kind) + 1);
}
