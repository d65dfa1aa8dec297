import { connectSocket, outcome, type RawSocket } from "./support/rawSocket.ts";
import { startTestBus, type TestBus } from "./support/testBus.ts";

/*
 * What a sender wrote comes out byte for byte, in types that JavaScript does not have too. Only the header and the annotations are the broker's.
 */

let bus: TestBus;
let socket: RawSocket;

beforeAll(async () => {
  bus = await startTestBus({ orders: { maxDeliveryCount: 2 } });
  socket = await connectSocket(bus.amqpPort);
  await socket.begin();
  socket.attach("sends", "orders", 0);
  socket.attach("receives", "orders", 1, { rcv_settle_mode: 1 });
  await socket.next("attach", 1);
});

afterAll(async () => {
  socket.end();
  await bus.close();
});

const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(" ", ""), "hex");

/** A value of each primitive type and width, and described and nested ones. */
const VALUES = {
  null: "40",
  true: "41",
  "boolean, wide": "56 01",
  ubyte: "50 ff",
  ushort: "60 ffff",
  uint: "70 00000001",
  "uint, small": "52 ff",
  "uint 0": "43",
  ulong: "80 ffffffffffffffff",
  "ulong, small": "53 01",
  "ulong 0": "44",
  byte: "51 80",
  short: "61 8000",
  int: "71 80000000",
  "int, small": "54 80",
  long: "81 8000000000000000",
  "long, small": "55 80",
  float: "72 7fc00000",
  double: "82 3ff0000000000000",
  decimal32: "74 22500000",
  decimal64: "84 2230000000000000",
  decimal128: "94 22080000000000000000000000000000",
  char: "73 0001f600",
  timestamp: "83 ffffffffffffffff",
  uuid: "98 00112233445566778899aabbccddeeff",
  binary: "a0 03 00ff01",
  "binary, wide": "b0 00000001 07",
  string: "a1 02 c3a4",
  "string, wide": "b1 00000001 61",
  symbol: "a3 01 73",
  "list, empty": "45",
  list: "c0 04 02 5401 40",
  "list, wide": "d0 00000006 00000001 5401",
  map: "c1 06 02 a10161 5401",
  "map with keys of any type": "c1 05 02 5401 5402",
  array: "e0 04 02 54 0102",
  "array, wide": "f0 0000000d 00000002 71 00000001 00000002",
  "array of described": "e0 08 02 00 a30164 54 0102",
  described: "00 a30164 5401",
  "described by a number, nested": "00 80 0000468c00000004 c0 05 01 00 5305 40",
};

/** Sends a message, takes it with the next delivery, and gives what follows the broker's sections. */
async function through(bare: Buffer, before = Buffer.alloc(0)): Promise<Buffer> {
  const index = socket.all("transfer").length;
  socket.transfer(0, index, Buffer.concat([before, bare]));
  socket.flow(1, 1);
  await socket.next("transfer", index);
  const payload = socket.all("transfer")[index]?.payload ?? Buffer.alloc(0);
  const { delivery_id: id } = socket.all("transfer")[index]?.fields ?? {};
  socket.disposition(Number(id), Number(id), outcome("accepted"));
  return payload.subarray(payload.length - bare.length);
}

const PROPERTIES = hex("00 53 73 c0 06 01 a1 03 616263");

describe("a body", () => {
  it.each(Object.entries(VALUES))("of a value: %s", async (_, value) => {
    const bare = Buffer.concat([PROPERTIES, hex("00 53 77"), hex(value)]);
    expect((await through(bare)).toString("hex")).toBe(bare.toString("hex"));
  });

  it.each([
    ["one data section", "00 53 75 a0 02 0102"],
    ["several data sections", "00 53 75 a0 02 0102 00 53 75 b0 00000001 03"],
    ["no data", "00 53 75 a0 00"],
    ["one sequence", "00 53 76 c0 04 02 5401 40"],
    ["several sequences", "00 53 76 45 00 53 76 c0 03 01 5401"],
    ["a section named in full", "00 80 0000000000000075 a0 01 09"],
    ["a section named by its symbol", "00 a3 10 616d71703a646174613a62696e617279 a0 01 09"],
    ["a footer behind it", "00 53 75 a0 01 09 00 53 78 c1 07 02 a30166 a10176"],
  ])("of %s", async (_, sections) => {
    const bare = Buffer.concat([PROPERTIES, hex(sections)]);
    expect((await through(bare)).toString("hex")).toBe(bare.toString("hex"));
  });
});

it("application properties of every type", async () => {
  const values = Object.entries(VALUES);
  const items = Buffer.concat(
    values.map(([, value], index) =>
      Buffer.concat([hex("a1 02"), Buffer.from(`${index}`.padStart(2, "0")), hex(value)]),
    ),
  );
  const head = Buffer.alloc(12);
  hex("00 53 74 d1").copy(head);
  head.writeUInt32BE(items.length + 4, 4);
  head.writeUInt32BE(values.length * 2, 8);
  const bare = Buffer.concat([PROPERTIES, head, items, hex("00 53 77 40")]);
  expect((await through(bare)).toString("hex")).toBe(bare.toString("hex"));
});

it("properties of every kind, with message ids of every type", async () => {
  for (const id of ["a1 01 61", "80 0000000000000007", "98 00112233445566778899aabbccddeeff", "a0 03 00ff01"]) {
    const fields = hex(
      `${id} a0 02 0102 a1 01 74 a1 01 73 a1 01 72 98 00112233445566778899aabbccddeeff a3 01 63 a3 01 65`,
    );
    const rest = hex("83 000004000000000a 83 0000000000000001 a1 01 67 70 00000003 a1 01 68");
    const list = Buffer.concat([hex("00 53 73 c0"), Buffer.of(fields.length + rest.length + 1, 13), fields, rest]);
    const bare = Buffer.concat([list, hex("00 53 77 40")]);
    expect((await through(bare)).toString("hex")).toBe(bare.toString("hex"));
  }
});

it("a header's durable and priority and a sender's annotations, beside the broker's", async () => {
  const header = hex("00 53 70 c0 04 02 41 50 09");
  const annotation = hex("a3 04 6d696e65 81 0000000000000001");
  const annotations = Buffer.concat([hex("00 53 72 c1"), Buffer.of(annotation.length + 1, 2), annotation]);
  const bare = Buffer.concat([PROPERTIES, hex("00 53 77 40")]);
  await through(bare, Buffer.concat([header, annotations]));
  const payload = socket.all("transfer").at(-1)?.payload.toString("hex") ?? "";
  expect(payload).toMatch(/^005370(c0..|d0.{14})05415009/);
  expect(payload).toContain(annotation.toString("hex"));
  // A long, a timestamp and a timestamp: the Go client panics on other types.
  for (const [name, code] of [
    ["x-opt-sequence-number", "(81|55)"],
    ["x-opt-enqueued-time", "83"],
    ["x-opt-locked-until", "83"],
  ] as const) {
    expect(payload).toMatch(new RegExp(`${Buffer.from(name).toString("hex")}${code}`));
  }
});
