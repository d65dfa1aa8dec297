import { ItemReader } from "../../../src/servicebus-emulator/amqp/itemReader.ts";
import { checkValues, DecodeError, readDescriptor } from "../../../src/servicebus-emulator/amqp/values.ts";

const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(" ", ""), "hex");

describe("checkValues", () => {
  it.each([
    ["no value", ""],
    ["several values", "40 41 a1 01 61"],
    ["a list in a map in a list", "c0 08 01 c1 05 02 a1 01 6b 45"],
    ["an array of described values", "e0 08 02 00 a3 01 64 54 01 02"],
    ["an array of nothing", "e0 02 00 40"],
  ])("takes %s", (_, digits) => {
    expect(() => {
      checkValues(hex(digits));
    }).not.toThrow();
  });

  it.each([
    ["a type that is none", "99", /no AMQP type has the code 0x99/],
    ["a kind that is none", "f5 00", /no AMQP type/],
    ["a descriptor alone", "00 53 10", /a value is missing/],
    ["half a number", "70 00", /reaches beyond/],
    ["half a size", "b0 00 00", /size is missing/],
    ["a string that is longer than all", "a1 05 61", /reaches beyond/],
    ["a list without a count", "c0 00", /without a count/],
    ["a list of more than it has", "c0 02 02 40", /a value is missing/],
    ["a list of less than it has", "c0 03 01 40 40", /not as long as it says/],
    ["an item that is longer than its list", "c0 04 01 a1 05 61 62 63 64 65", /reaches beyond/],
    ["a map with a key alone", "c1 02 01 40", /key without a value/],
    ["an array without its type", "e0 01 01", /a value is missing/],
    ["4,294,967,295 nulls", "f0 00 00 00 05 ff ff ff ff 40", /too many values/],
    ["descriptors without end", "00".repeat(200), /nested deeper/],
    ["lists without end", nested(60), /nested deeper/],
  ])("refuses %s", (_, digits, reason) => {
    expect(() => {
      checkValues(hex(digits));
    }).toThrow(DecodeError);
    expect(() => {
      checkValues(hex(digits));
    }).toThrow(reason);
  });

  it("refuses more values than were allowed", () => {
    expect(() => {
      checkValues(hex("40 40 40"), 0, 2);
    }).toThrow(/too many values/);
  });
});

function nested(depth: number): string {
  let digits = "45";
  for (let level = 0; level < depth; level += 1) {
    const size = (digits.length / 2 + 1).toString(16).padStart(2, "0");
    digits = `c0${size}01${digits}`;
  }
  return digits;
}

describe("readDescriptor", () => {
  it.each([
    ["a small number", "00 53 24 45", 0x24, 3],
    ["a number", "00 80 00 00 00 00 00 00 00 24 45", 0x24, 10],
    ["a number beyond all codes", "00 80 00 00 00 01 00 00 00 24 45", -1, 10],
    ["a symbol", `00 a3 12 ${Buffer.from("amqp:accepted:list").toString("hex")} 45`, 0x24, 21],
    ["a symbol that is not known", "00 a3 01 61 45", -1, 4],
    ["another type", "00 a1 01 61 45", -1, 4],
  ])("reads %s", (_, digits, code, at) => {
    const bytes = hex(digits);
    expect(readDescriptor(bytes, 0, bytes.length)).toEqual({ code, at });
  });

  it.each(["53 24 45", "00", "00 80 00"])("refuses %s", (digits) => {
    const bytes = hex(digits);
    expect(() => readDescriptor(bytes, 0, bytes.length)).toThrow(DecodeError);
  });
});

describe("ItemReader", () => {
  const reader = (digits: string): ItemReader => new ItemReader(hex(digits), 0, hex(digits).length);

  it("reads each kind, and what is missing as null", () => {
    const items = reader("c0 15 08 40 43 52 ff 70 00 01 00 00 60 00 02 56 01 a0 01 07 a1 01 61");
    expect([items.uint(), items.uint(), items.uint(), items.uint(), items.uint()]).toEqual([
      undefined,
      0,
      255,
      65_536,
      2,
    ]);
    expect(items.boolean()).toBe(true);
    expect(items.variable()).toEqual(Buffer.of(7));
    expect(items.text()).toBe("a");
    expect([items.left, items.uint(), items.boolean(), items.variable(), items.raw()]).toEqual([
      0,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("gives an item as it is encoded", () => {
    const items = reader("c0 07 02 c0 03 01 54 05 40");
    expect(items.raw()).toEqual(hex("c0 03 01 54 05"));
    expect(items.raw()).toBeUndefined();
  });

  it.each([
    ["a uint", "c0 03 01 a1 00", (items: ItemReader) => items.uint()],
    ["a boolean", "c0 02 01 43", (items: ItemReader) => items.boolean()],
    ["text", "c0 02 01 43", (items: ItemReader) => items.text()],
    ["a uint that is cut off", "c0 03 01 70 00", (items: ItemReader) => items.uint()],
    ["text that is cut off", "c0 04 01 a1 09 61", (items: ItemReader) => items.text()],
    ["a list", "43", (items: ItemReader) => items.uint()],
  ])("refuses what is not %s", (_, digits, read) => {
    expect(() => read(reader(digits))).toThrow(DecodeError);
  });
});
