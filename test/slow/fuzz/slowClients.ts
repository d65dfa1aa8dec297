import { once } from "node:events";
import type { Socket } from "node:net";
import { AMQP_HEADER, SASL_HEADER } from "./amqpBytes.ts";
import { open, type Target } from "./exchange.ts";

/** One byte so often: more than any limit on silence notices. */
const DRIP_MS = 250;

/** How a client takes its time. */
const WAYS: readonly { readonly name: string; readonly drip: Buffer }[] = [
  { name: "says nothing", drip: Buffer.alloc(0) },
  { name: "never ends its SASL header", drip: SASL_HEADER.subarray(0, 7) },
  { name: "never opens", drip: AMQP_HEADER },
  {
    name: "never ends its frame",
    drip: Buffer.concat([SASL_HEADER, Buffer.from([0, 0, 2, 0, 2, 1, 0, 0]), Buffer.alloc(400)]),
  },
];

const HTTP_WAYS: typeof WAYS = [
  { name: "says nothing", drip: Buffer.alloc(0) },
  {
    name: "never ends its headers",
    drip: Buffer.from(`GET / HTTP/1.1\r\nhost: localhost\r\n${"x: y\r\n".repeat(200)}`),
  },
];

/**
 * Clients that hold a connection open without ever doing anything with it.
 * @returns the names of those that the emulator had not closed within the time.
 */
export async function slowClients(targets: { amqp: Target; https: Target }, limitMs: number): Promise<string[]> {
  const run = (protocol: "amqp" | "https", ways: typeof WAYS): Promise<string | undefined>[] =>
    ways.map(async ({ name, drip }) => {
      const socket = await open(targets[protocol]);
      return (await closedWithin(socket, drip, limitMs)) ? undefined : `${protocol}: a client that ${name}`;
    });
  const results = await Promise.all([...run("amqp", WAYS), ...run("https", HTTP_WAYS)]);
  return results.filter((result) => result !== undefined);
}

async function closedWithin(socket: Socket, drip: Buffer, limitMs: number): Promise<boolean> {
  // Answers must be read, or the end is not seen.
  socket.resume().on("error", () => undefined);
  let at = 0;
  const drips = setInterval(() => {
    if (at < drip.length && socket.writable) socket.write(drip.subarray(at, ++at));
  }, DRIP_MS);
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort();
  }, limitMs);
  try {
    if (!socket.closed) await once(socket, "close", { signal: limit.signal });
    return true;
  } catch {
    socket.destroy();
    return false;
  } finally {
    clearInterval(drips);
    clearTimeout(timer);
  }
}
