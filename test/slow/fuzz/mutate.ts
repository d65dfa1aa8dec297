import type { Random } from "../../support/seed.ts";

const INTERESTING_BYTES = [0x00, 0x01, 0x40, 0x45, 0x53, 0x7f, 0x80, 0xc0, 0xd0, 0xf0, 0xff] as const;
const INTERESTING_WORDS = [0, 1, 7, 8, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff] as const;

/** The same bytes with a few things changed: flipped, replaced, taken out, doubled, put in, cut off. */
export function mutate(bytes: Buffer, random: Random): Buffer {
  let result = Buffer.from(bytes);
  const changes = random.between(1, 6);
  for (let change = 0; change < changes && result.length > 0; change++) {
    const at = random.below(result.length);
    const length = Math.min(random.between(1, 64), result.length - at);
    switch (random.below(7)) {
      case 0:
        result.writeUInt8(result.readUInt8(at) ^ (1 << random.below(8)), at);
        break;
      case 1:
        result.writeUInt8(random.chance(0.5) ? random.pick(INTERESTING_BYTES) : random.below(256), at);
        break;
      case 2:
        if (at + 4 <= result.length) result.writeUInt32BE(random.pick(INTERESTING_WORDS), at);
        break;
      case 3:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at + length)]);
        break;
      case 4:
        result = Buffer.concat([result.subarray(0, at + length), result.subarray(at)]);
        break;
      case 5:
        result = Buffer.concat([result.subarray(0, at), random.bytes(length), result.subarray(at)]);
        break;
      case 6:
        if (random.chance(0.3)) result = result.subarray(0, at);
        break;
    }
  }
  return result;
}
