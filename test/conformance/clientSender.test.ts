import rhea from "rhea";
import { connectSocket, type RawSocket } from "./support/rawSocket.ts";
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

async function count(state: string): Promise<number> {
  return (await metric(bus.registry, "servicebus_emulator_messages", { queue: "orders", state })) ?? NaN;
}

const message = (body: string): Buffer => rhea.message.encode({ body, message_id: body });

describe("a client's sender", () => {
  beforeEach(async () => {
    await socket.begin();
    socket.attach("sends", "orders", 0);
    expect(await socket.next("flow")).toMatchObject({ handle: 0, link_credit: 1_000 });
  });

  it("may send settled, and hears nothing", async () => {
    socket.transfer(0, 0, message("quiet"), { settled: true });
    socket.transfer(0, 1, message("loud"));
    expect(await socket.next("disposition")).toMatchObject({ first: 1, last: 1 });
    expect(socket.all("disposition")).toHaveLength(1);
    expect(await count("active")).toBe(2);
  });

  it("may abort a message in the middle", async () => {
    const bytes = message("aborted");
    socket.transfer(0, 0, bytes.subarray(0, 5), { more: true });
    socket.transfer(0, 0, Buffer.alloc(0), { aborted: true });
    socket.transfer(0, 1, message("whole"));
    expect(await socket.next("disposition")).toMatchObject({ first: 1 });
    expect(await count("active")).toBe(1);
  });

  it("hears that a message is too large, however many frames it has, and goes on", async () => {
    const part = Buffer.alloc(60_000);
    for (let index = 0; index < 30; index += 1) socket.transfer(0, 0, part, { more: index < 29 });
    const { state } = await socket.next("disposition");
    const [error] = (state as { value: { value: { value: unknown }[] }[] }).value;
    expect(error?.value.map(({ value }) => value)).toEqual([
      "amqp:link:message-size-exceeded",
      expect.stringMatching(/size:1800000 bytes\) exceeds the limit \(1048576 bytes\)/),
      null,
    ]);
    socket.transfer(0, 1, message("fits"));
    await socket.next("disposition", 1);
    expect(await count("active")).toBe(1);
  });

  it("is granted more before it has used up what it has", async () => {
    for (let id = 0; id < 600; id += 1) socket.transfer(0, id, message(String(id)), { settled: true });
    await eventually("more credit", () => socket.all("flow").some(({ fields }) => Number(fields.delivery_count) > 500));
  });

  it("hears that transactions are not there", async () => {
    const state = rhea.types.wrap_described([rhea.types.wrap_binary(Buffer.of(1))], 0x34);
    socket.transfer(0, 0, message("in a transaction"), { state });
    expect(JSON.stringify((await socket.next("disposition")).state)).toMatch(/not implement transactions/);
    expect(await count("active")).toBe(0);
  });

  it("has a body refused that no client could decode", async () => {
    // A list that says it holds 200 items in one byte.
    const bytes = Buffer.from([0x00, 0x53, 0x77, 0xc0, 0x02, 200, 0x40]);
    socket.transfer(0, 0, bytes);
    expect(JSON.stringify((await socket.next("disposition")).state)).toMatch(/amqp:decode-error/);
    expect(await count("active")).toBe(0);
  });
});
