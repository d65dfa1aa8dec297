import { createHmac, timingSafeEqual } from "node:crypto";
import * as z from "zod";

export const right = z.enum(["Send", "Listen", "Manage"]);
export type Right = z.infer<typeof right>;

/** A named key of the namespace. `key` is used as it is written, as UTF-8. */
export const sharedAccessKey = z.strictObject({
  name: z.string().min(1),
  key: z.string().min(1),
  /** Taken as well, as Azure does, so that the other one can be changed while clients go on. */
  secondaryKey: z.string().min(1).optional(),
  rights: z.array(right).min(1),
  /** How long a token is taken for at the most, whatever it says itself: to try what a client does when its token expires. */
  maxTokenSeconds: z.int().positive().optional(),
});
export type SharedAccessKey = z.infer<typeof sharedAccessKey>;

/** The token is not one that a key of ours has signed, or its time is over; `message` is for the client. */
export class InvalidTokenError extends Error {
  override readonly name = "InvalidTokenError";
}

/** What a token allows: its key's rights on everything at and under `path`, until it expires. */
export interface Grant {
  readonly path: string;
  readonly rights: readonly Right[];
  readonly expiresAtMs: number;
  readonly source: GrantSource;
}

/** Where a grant comes from, so that it ends with its key. */
interface GrantSource {
  readonly keyName: string;
  readonly key: string;
  readonly takenAtMs: number;
  /** By the token itself. */
  readonly expiresAtMs: number;
}

/** What the source grants by these keys; undefined where its key is not among them any more. */
export function grantOf(path: string, source: GrantSource, keys: readonly SharedAccessKey[]): Grant | undefined {
  const found = keys.find(({ name }) => name === source.keyName);
  if (found === undefined || !textsOf(found).includes(source.key)) return undefined;
  const { rights, maxTokenSeconds = Infinity } = found;
  // What is without end is no token but the key itself.
  const endsMs = source.expiresAtMs === Infinity ? Infinity : source.takenAtMs + maxTokenSeconds * 1_000;
  return { path, rights, expiresAtMs: Math.min(source.expiresAtMs, endsMs), source };
}

function textsOf({ key, secondaryKey }: SharedAccessKey): readonly string[] {
  return secondaryKey === undefined ? [key] : [key, secondaryKey];
}

const PREFIX = "SharedAccessSignature ";

/**
 * Verifies a shared access signature: `sr`, `sig`, `se` and `skn` in any order, `sig` an HMAC-SHA256 over `sr` as it was sent, a line
 * feed and `se`. See {@link https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-sas}.
 * @throws {InvalidTokenError}
 */
export function verifyToken(token: string, keys: readonly SharedAccessKey[], nowMs: number): Grant {
  if (!token.startsWith(PREFIX)) throw new InvalidTokenError(`MalformedToken: a token starts with "${PREFIX.trim()}".`);
  const fields = new Map<string, string>();
  for (const part of token.slice(PREFIX.length).split("&")) {
    const equals = part.indexOf("=");
    fields.set(part.slice(0, equals), part.slice(equals + 1));
  }
  const field = (name: string): string => {
    const value = fields.get(name);
    if (value === undefined || value === "")
      throw new InvalidTokenError(`MalformedToken: the field ${name} is missing.`);
    return value;
  };
  const [resource, signature, expiry, keyName] = [field("sr"), field("sig"), field("se"), decoded(field("skn"))];
  if (!/^\d{1,15}$/.test(expiry))
    throw new InvalidTokenError(`MalformedToken: se must be seconds since 1970, got ${expiry}.`);

  const named = keys.find(({ name }) => name === keyName);
  const given = Buffer.from(decoded(signature), "base64");
  const key = (named === undefined ? [] : textsOf(named)).find((text) => {
    const expected = createHmac("sha256", text).update(`${resource}\n${expiry}`).digest();
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (key === undefined) {
    throw new InvalidTokenError("InvalidSignature: The token has an invalid signature.");
  }
  const expiresAtMs = Number(expiry) * 1_000;
  if (expiresAtMs <= nowMs) {
    throw new InvalidTokenError(
      `ExpiredToken: The token is expired. Expiration time: '${new Date(expiresAtMs).toISOString()}'.`,
    );
  }
  const source = { keyName, key, takenAtMs: nowMs, expiresAtMs };
  const grant = grantOf(resourcePath(decoded(resource)), source, keys);
  if (grant === undefined) throw new Error(`the key ${keyName} has signed a token and is not there`);
  return grant;
}

/** What a key grants that is given by its name and itself; undefined when there is none like it. */
export function authenticateKey(
  name: string,
  given: string,
  keys: readonly SharedAccessKey[],
  nowMs: number,
): Grant | undefined {
  const known = keys.find((one) => one.name === name);
  const key = (known === undefined ? [] : textsOf(known)).find((text) => {
    const [expected, actual] = [Buffer.from(text), Buffer.from(given)];
    return expected.length === actual.length && timingSafeEqual(expected, actual);
  });
  if (key === undefined) return undefined;
  return grantOf("", { keyName: name, key, takenAtMs: nowMs, expiresAtMs: Infinity }, keys);
}

/** Whether a grant allows `right` on `path` now. Manage implies Send and Listen. */
export function allows(grant: Omit<Grant, "source">, right: Right, path: string, nowMs: number): boolean {
  const asked = path.toLowerCase();
  return (
    grant.expiresAtMs > nowMs &&
    (grant.path === "" || asked === grant.path || asked.startsWith(`${grant.path}/`)) &&
    (grant.rights.includes(right) || grant.rights.includes("Manage"))
  );
}

/**
 * The entity in a resource's URI, in lower case; empty for the whole namespace. The host is left out: an emulator goes by many names.
 */
export function resourcePath(uri: string): string {
  const scheme = uri.indexOf("://");
  const rest = (scheme < 0 ? uri : uri.slice(scheme + 3)).split("?", 1)[0] ?? "";
  const slash = rest.indexOf("/");
  if (slash < 0) return "";
  return rest
    .slice(slash)
    .replace(/^\/+|\/+$/g, "")
    .toLowerCase();
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new InvalidTokenError("MalformedToken: a field is not URL-encoded.");
  }
}
