import rhea, { type Typed } from "rhea";
import type { Refusal } from "./conditions.ts";
import { ItemReader, readDescriptor } from "./values.ts";

/** An outcome as it goes on the wire. */
export type EncodedOutcome = Buffer;

const { Writer } = rhea.types as unknown as {
  Writer: new () => { write(value: Typed): void; toBuffer(): Buffer };
};

/** Without fields; neighbours with the same one of these go out as one frame. */
export const ACCEPTED: EncodedOutcome = Buffer.of(0x00, 0x53, 0x24, 0x45);
export const RELEASED: EncodedOutcome = Buffer.of(0x00, 0x53, 0x26, 0x45);
export const MODIFIED: EncodedOutcome = Buffer.of(0x00, 0x53, 0x27, 0x45);
/** Confirms a dead-lettering; with an error it would refuse. */
export const REJECTED: EncodedOutcome = Buffer.of(0x00, 0x53, 0x25, 0x45);

export function rejected(error: Refusal): EncodedOutcome {
  const constructors = rhea.message as unknown as { rejected(fields: object): { described(): Typed } };
  return encoded(constructors.rejected({ error }).described());
}

/** A value of JavaScript's, or one that rhea wrapped, as AMQP bytes. */
export function encoded(value: unknown): Buffer {
  const writer = new Writer();
  writer.write(rhea.types.wrap(value));
  return writer.toBuffer();
}

/** What a peer wants to become of a delivery. `properties` are encoded values; nulls are left out. */
export type Wish =
  | { readonly kind: "accepted" | "released" | "transactional" | "none" }
  | {
      readonly kind: "modified";
      readonly undeliverableHere: boolean;
      readonly properties: Map<string, Buffer>;
    }
  | { readonly kind: "rejected"; readonly properties: Map<string, Buffer> };

const PLAIN_WISHES = {
  accepted: { kind: "accepted" },
  released: { kind: "released" },
  transactional: { kind: "transactional" },
  none: { kind: "none" },
} as const satisfies Record<string, Wish>;

/**
 * Reads a delivery state. Changed properties are in the annotations of `modified` and in the error's info of `rejected`.
 * @throws {DecodeError}
 */
export function readWish(state: Buffer | undefined): Wish {
  if (state === undefined) return PLAIN_WISHES.none;
  const { code, at } = readDescriptor(state, 0, state.length);
  switch (code) {
    case 0x24:
      return PLAIN_WISHES.accepted;
    case 0x26:
      return PLAIN_WISHES.released;
    case 0x34:
      return PLAIN_WISHES.transactional;
    case 0x25: {
      const error = new ItemReader(state, at, state.length).raw();
      if (error === undefined) return { kind: "rejected", properties: new Map() };
      const fields = new ItemReader(error, readDescriptor(error, 0, error.length).at, error.length);
      fields.raw();
      fields.raw();
      return { kind: "rejected", properties: entriesOf(fields.raw()) };
    }
    case 0x27: {
      const fields = new ItemReader(state, at, state.length);
      fields.boolean();
      const undeliverableHere = fields.boolean() ?? false;
      return { kind: "modified", undeliverableHere, properties: entriesOf(fields.raw()) };
    }
    default:
      return PLAIN_WISHES.none;
  }
}

/** The entries of an encoded map, with values as they are encoded; nulls are left out. @throws {DecodeError} */
export function entriesOf(map: Buffer | undefined): Map<string, Buffer> {
  const entries = new Map<string, Buffer>();
  if (map === undefined) return entries;
  const items = new ItemReader(map, 0, map.length);
  while (items.left > 0) {
    const key = items.text();
    const value = items.raw();
    // The bytes are a part of a network buffer, and are kept.
    if (key !== undefined && value !== undefined) entries.set(key, Buffer.from(value));
  }
  return entries;
}
