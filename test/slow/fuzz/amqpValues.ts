import type { Random } from "../../support/seed.ts";
import {
  array,
  binary,
  boolean,
  compound,
  described,
  EMPTY_LIST,
  int,
  list,
  long,
  map,
  NULL,
  symbol,
  text,
  ubyte,
  uint,
  ulong,
} from "./amqpBytes.ts";

/** A queue that may be filled and emptied by what is made up here. */
export const VICTIM = "victim";

export const ABSURD_NUMBERS = [
  0, 1, 2, 255, 2_047, 2_048, 65_535, 65_536, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff,
] as const;

/** Any value, well made or nearly so. */
export function value(random: Random, depth: number): Buffer {
  const items = (): Buffer[] => Array.from({ length: random.below(5) }, () => value(random, depth - 1));
  const leaves = [
    () => NULL,
    () => EMPTY_LIST,
    () => boolean(random.chance(0.5)),
    () => ubyte(random.below(256)),
    () => uint(random.pick(ABSURD_NUMBERS)),
    () => int(random.pick(ABSURD_NUMBERS)),
    () => ulong(random.pick([0n, 1n, 2n ** 53n, 2n ** 64n - 1n])),
    () => long(random.pick([0n, -1n, 2n ** 53n, -(2n ** 63n), 2n ** 63n - 1n])),
    () => text(random.pick(["", "x", "ä".repeat(50), "\u0000", VICTIM, "$cbs"])),
    // Not UTF-8.
    () => Buffer.concat([Buffer.from([0xa1, 4]), random.bytes(4)]),
    () => symbol("com.microsoft:dead-letter"),
    () => binary(random.bytes(random.below(40))),
    () => random.bytes(random.between(1, 12)),
  ];
  if (depth <= 0 || random.chance(0.5)) return random.pick(leaves)();
  const nested = [
    () => list(items()),
    () => map(items()),
    () => array(Buffer.from([0x98]), 2, random.bytes(random.pick([32, 31, 0]))),
    () => array(Buffer.from([0x81]), 1, random.bytes(8)),
    () => described(random.below(256), value(random, depth - 1)),
    () =>
      compound(
        random.pick([0xc0, 0xd0, 0xd1, 0xf0]),
        random.pick(ABSURD_NUMBERS),
        Buffer.concat(items()),
        random.pick(ABSURD_NUMBERS),
      ),
  ];
  return random.pick(nested)();
}

/** Small to send, and large for who believes it. */
export function bomb(random: Random): Buffer {
  const bombs = [
    // Four thousand million elements of no size.
    () => array(Buffer.from([0x40]), 0xffff_ffff, Buffer.alloc(0)),
    () => array(Buffer.from([0x45]), 0x7fff_ffff, Buffer.alloc(0)),
    () => compound(0xd0, 0xffff_ffff, Buffer.alloc(0)),
    () => compound(0xd0, 10, Buffer.alloc(0), 0x7fff_ffff),
    // Deeper than a stack.
    () => Buffer.concat([...Array.from({ length: 12_000 }, () => Buffer.from([0x00, 0x53, 0x10])), NULL]),
    () => Buffer.alloc(30_000, 0x00),
    () => nestedLists(random.pick([1_000, 3_000])),
    () => Buffer.from([0xb0, 0xff, 0xff, 0xff, 0xff]),
    () => Buffer.from([0xb1, 0x7f, 0xff, 0xff, 0xff, 0x41]),
  ];
  return random.pick(bombs)();
}

function nestedLists(depth: number): Buffer {
  const heads: Buffer[] = [];
  for (let level = 0; level < depth; level++) {
    heads.push(compound(0xd0, 1, Buffer.alloc(0), (depth - level - 1) * 9 + 5));
  }
  return Buffer.concat([...heads, NULL]);
}
