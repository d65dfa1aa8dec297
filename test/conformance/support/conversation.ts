import rhea from "rhea";
import frames from "rhea/lib/frames.js";
import * as z from "zod";

/**
 * What a client and the emulator said to each other over AMQP, as it was recorded: what the client sent as bytes, what the emulator answered as the
 * shape of each frame, since times, tokens and lock tokens are new in each run.
 */
export const conversation = z.object({
  client: z.string(),
  /** As in the table of docs/reference/emulator.md. */
  operation: z.string(),
  /** What the client talks to; has to be there before, and be empty. Null: it asks for one that is not there. */
  queue: z.string().nullable(),
  steps: z.array(
    z.union([
      z.object({ connection: z.int(), client: z.string().regex(/^[0-9a-f]+$/) }),
      z.object({ connection: z.int(), emulator: z.string(), deliveryTag: z.string().optional() }),
    ]),
  ),
});
export type Conversation = z.infer<typeof conversation>;
export type Step = Conversation["steps"][number];

const HEADER_BYTES = 8;
const TOKEN = "SharedAccessSignature";

/** A value as rhea reads it, with its type. */
interface Typed {
  readonly type: { readonly name: string };
  readonly value: unknown;
  readonly descriptor?: { readonly value: unknown };
}

/** Cuts the bytes of one direction into protocol headers and frames. */
export function frameCutter(onPart: (part: Buffer) => void): (chunk: Buffer) => void {
  let input = Buffer.alloc(0);
  return (chunk) => {
    input = Buffer.concat([input, chunk]);
    for (;;) {
      if (input.length < HEADER_BYTES) return;
      const size = input.toString("latin1", 0, 4) === "AMQP" ? HEADER_BYTES : input.readUInt32BE(0);
      if (input.length < size) return;
      onPart(input.subarray(0, size));
      input = input.subarray(size);
    }
  };
}

/** What a part of the emulator's says, without what is new in each run; undefined for an empty frame, which time alone decides on. */
export function shapeOf(part: Buffer): { readonly emulator: string; readonly deliveryTag?: string } | undefined {
  if (part.toString("latin1", 0, 4) === "AMQP") return { emulator: `header ${part[4] ?? "?"}` };
  const { performative, payload } = frames.read_frame(part);
  if (performative === undefined) return undefined;
  const { value, constructor } = performative as { value: readonly Typed[]; constructor: unknown };
  const kind = String(constructor).split("#", 1)[0] ?? "?";
  const emulator = [kind, ...value.map(valueShape), ...statusOf(payload)].join(" ");
  if (kind !== "transfer") return { emulator };
  const tag = value[2]?.value;
  return Buffer.isBuffer(tag) && tag.length === 16 ? { emulator, deliveryTag: tag.toString("hex") } : { emulator };
}

function valueShape({ type, value, descriptor }: Typed): string {
  const name = type.name
    .replace(/^Small/, "")
    .replace(/\d+$/, "")
    .toLowerCase();
  const described = descriptor === undefined ? "" : `@${String(descriptor.value)}:`;
  if (name === "null" || name === "true" || name === "false") return name;
  if (name === "sym") return `${described}${String(value)}`;
  if (name === "list") return `${described}[${(value as readonly Typed[]).map(valueShape).join(" ")}]`;
  return `${described}${name}`;
}

/** The status in the reply of a request. */
function statusOf(payload: Buffer | undefined): string[] {
  if (payload === undefined || payload.length === 0) return [];
  const properties = (rhea.message.decode(payload).application_properties ?? {}) as Record<string, unknown>;
  return ["status-code", "statusCode", "errorCondition"]
    .filter((name) => name in properties)
    .map((name) => `${name}=${String(properties[name])}`);
}

/** A client's frame with another shared access signature in place of its own. */
export function withToken(part: Buffer, token: string): Buffer {
  const start = part.indexOf(TOKEN);
  if (start < 0) return part;
  const isShort = part[start - 2] === 0xa1;
  const at = start - (isShort ? 2 : 5);
  const length = isShort ? part.readUInt8(start - 1) : part.readUInt32BE(start - 4);
  const text = Buffer.alloc(5 + token.length);
  text.writeUInt8(0xb1);
  text.writeUInt32BE(token.length, 1);
  text.write(token, 5);
  const changed = Buffer.concat([part.subarray(0, at), text, part.subarray(start + length)]);
  changed.writeUInt32BE(changed.length);
  return changed;
}

/** A client's frame as it is kept: without the token, which will have run out. */
export function withoutToken(part: Buffer): Buffer {
  return withToken(part, TOKEN);
}

/** The client's bytes with the lock tokens of this run, which it repeats in its requests, in place of the recorded ones. */
export function withLockTokens(part: Buffer, tags: ReadonlyMap<string, string>): Buffer {
  let text = part.toString("hex");
  for (const [recorded, now] of tags) text = text.replaceAll(uuidOrder(recorded), uuidOrder(now));
  return Buffer.from(text, "hex");
}

/** A delivery tag has the first three groups of the lock token's UUID reversed. */
function uuidOrder(tag: string): string {
  const bytes = Buffer.from(tag, "hex");
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes.toString("hex");
}
