import { isIP } from "node:net";
import type { RedisOptions } from "ioredis";
import type { Address } from "../../../model/endpoint.ts";

/** How the ledger gets at Redis. */
export interface RedisAccess extends Address {
  username?: string;
  password?: string;
  /** Without it Redis is spoken to in plain. */
  tls?: {
    /** PEM of the CA, where it is none of Node's own (those of `NODE_EXTRA_CA_CERTS` are). */
    ca?: string;
  };
}

const DEFAULT_PORT = 6379;

/**
 * From an address as the services take it: `redis://host:port`, or `rediss://:key@host:port` for TLS.
 * @throws when it is none; the message never shows the address, which has the key in it.
 */
export function parseRedisUrl(text: string, from: string): RedisAccess {
  const wrong = new Error(`${from} is no address of Redis: want rediss://:<access key, URL-encoded>@<host>:<port>`);
  if (!URL.canParse(text)) throw wrong;
  const { protocol, hostname, port, username, password } = new URL(text);
  if ((protocol !== "redis:" && protocol !== "rediss:") || hostname === "") throw wrong;
  return {
    // An IPv6 address stands in brackets only in a URL.
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? DEFAULT_PORT : Number(port),
    ...(username === "" ? {} : { username: decoded(username, wrong) }),
    ...(password === "" ? {} : { password: decoded(password, wrong) }),
    ...(protocol === "rediss:" ? { tls: {} } : {}),
  };
}

/** What the client is given; a certificate that is not the host's, or of an unknown CA, ends the connection, whatever the environment says. */
export function redisOptions({
  tls,
  ...access
}: RedisAccess): Pick<RedisOptions, "host" | "port" | "username" | "password" | "tls"> {
  if (tls === undefined) return access;
  // An address has no name to be asked for by; its certificate is verified all the same.
  const servername = isIP(access.host) === 0 ? { servername: access.host } : {};
  return { ...access, tls: { ...tls, ...servername, rejectUnauthorized: true } };
}

function decoded(text: string, wrong: Error): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong;
  }
}
