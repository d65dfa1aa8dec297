import { list, NULL, section, symbol, text } from "../message/encoding.ts";
import type { AmqpError } from "./conditions.ts";
import { ItemReader } from "./itemReader.ts";
import { readDescriptor } from "./values.ts";

/** An outcome as it goes on the wire. */
export type EncodedOutcome = Buffer;

/** Without fields; neighbours with the same one of these go out as one frame. */
export const ACCEPTED: EncodedOutcome = Buffer.of(0x00, 0x53, 0x24, 0x45);
export const RELEASED: EncodedOutcome = Buffer.of(0x00, 0x53, 0x26, 0x45);
export const MODIFIED: EncodedOutcome = Buffer.of(0x00, 0x53, 0x27, 0x45);
/** Confirms a dead-lettering; with an error it would reject. */
export const REJECTED: EncodedOutcome = Buffer.of(0x00, 0x53, 0x25, 0x45);

export function rejected(error: AmqpError): EncodedOutcome {
  return section(0x25, list([encodedError(error)]));
}

/** An AMQP error, or null where there is none. With all its fields: the Python SDK reads them by their index. */
export function encodedError(error: AmqpError | undefined): Buffer {
  if (error === undefined) return NULL;
  return section(0x1d, list([symbol(error.condition), text(error.description), NULL]));
}

/** What a peer wants to become of a delivery. `properties` are encoded values; nulls are left out. */
export type RequestedOutcome =
  | { readonly kind: "accepted" | "released" | "transactional" | "none" }
  | {
      readonly kind: "modified";
      readonly undeliverableHere: boolean;
      readonly properties: Map<string, Buffer>;
    }
  | { readonly kind: "rejected"; readonly properties: Map<string, Buffer> };

const PLAIN_OUTCOMES = {
  accepted: { kind: "accepted" },
  released: { kind: "released" },
  transactional: { kind: "transactional" },
  none: { kind: "none" },
} as const satisfies Record<string, RequestedOutcome>;

/**
 * Reads a delivery state. Changed properties are in the annotations of `modified` and in the error's info of `rejected`.
 * @throws {DecodeError}
 */
export function readRequestedOutcome(state: Buffer | undefined): RequestedOutcome {
  if (state === undefined) return PLAIN_OUTCOMES.none;
  const { code, at } = readDescriptor(state, 0, state.length);
  switch (code) {
    case 0x24:
      return PLAIN_OUTCOMES.accepted;
    case 0x26:
      return PLAIN_OUTCOMES.released;
    case 0x34:
      return PLAIN_OUTCOMES.transactional;
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
      return PLAIN_OUTCOMES.none;
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
