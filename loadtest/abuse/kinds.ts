import type { Socket } from "node:net";
import type { AbuseKind } from "../model/abuse.ts";

/** Sends what it has to over a connection that is open. @returns what ends it, where it goes on. */
export type Send = (socket: Socket) => (() => void) | undefined;

const ORDERS = "POST /api/v1/orders HTTP/1.1\r\nhost: abuse\r\ncontent-type: application/json\r\n";
const DRIP_MS = 1_000;
const FLOOD_CHUNK = "x".repeat(16_384);
/** More than any server of ours takes, and little enough for every client to be done with soon. */
const FLOOD_CHUNKS = 64;

const once =
  (text: string): Send =>
  (socket) => {
    socket.write(text, "latin1");
    return undefined;
  };

/** A byte a second after a first piece. */
const drip =
  (first: string): Send =>
  (socket) => {
    if (first !== "") socket.write(first);
    const timer = setInterval(() => socket.write("x"), DRIP_MS);
    return () => {
      clearInterval(timer);
    };
  };

/** A body of 1 MiB, no faster than the server takes it. */
const flood =
  (first: string, chunk: string): Send =>
  (socket) => {
    let left = FLOOD_CHUNKS;
    const more = (): void => {
      while (left > 0) {
        left -= 1;
        if (!socket.write(chunk)) return;
      }
    };
    socket.write(first);
    socket.on("drain", more);
    more();
    return () => {
      left = 0;
    };
  };

/** What is sent, by kind; each in turn. */
export const SENDS: Readonly<Record<AbuseKind, readonly Send[]>> = {
  malformed: [
    once("hello\r\n\r\n"),
    once("GET / HTTP/1.1\r\nhost: abuse\r\nno colon\r\n\r\n"),
    once("GET / HTTP/1.1\r\nhost: abuse\r\nx: \0\r\n\r\n"),
    once("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    once(`${ORDERS}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`),
    once(`${ORDERS}transfer-encoding: chunked\r\n\r\nzz\r\n`),
    once(`${ORDERS}content-length: 1\r\n\r\n{`),
    once(`${ORDERS}content-length: 2\r\n\r\n[]`),
    once("POST /api/v1/orders HTTP/1.1\r\nhost: abuse\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\n{}"),
    once("DELETE /api/v1/orders HTTP/1.1\r\nhost: abuse\r\n\r\n"),
    once("GET /api/v1/orders/%zz HTTP/1.1\r\nhost: abuse\r\n\r\n"),
  ],
  huge: [
    once(`GET / HTTP/1.1\r\nhost: abuse\r\nx: ${"x".repeat(65_536)}\r\n\r\n`),
    once(`GET /${"x".repeat(65_536)} HTTP/1.1\r\nhost: abuse\r\n\r\n`),
    flood(`${ORDERS}content-length: 1073741824\r\n\r\n`, FLOOD_CHUNK),
    flood(`${ORDERS}transfer-encoding: chunked\r\n\r\n`, `4000\r\n${FLOOD_CHUNK}\r\n`),
  ],
  slow: [() => undefined, drip("GET / HTTP/1.1\r\nx: "), drip(`${ORDERS}content-length: 1000\r\n\r\n`)],
  held: [once("GET / HTTP/1.1\r\nhost: abuse\r\n\r\n")],
};
