import type { Server } from "node:https";
import type { Socket } from "node:net";

/** First byte of a TLS connection: a handshake record. */
const TLS_HANDSHAKE = 0x16;

const TEXT = "This port speaks HTTPS: use https://, or the port for plain HTTP if the emulator has one (5300).\n";
const ANSWER = `HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(TEXT)}\r\nconnection: close\r\n\r\n${TEXT}`;

/** How long a client may read the answer before its connection is cut, in milliseconds. */
const LINGER_MS = 1_000;

/**
 * Lets a server for HTTPS tell those that speak plain HTTP to it what is wrong. By itself it only hangs up.
 * @param firstByteMs how long a client may take until it says something.
 */
export function explainTls(server: Server, firstByteMs: number): void {
  const secure = server.listeners("connection") as ((socket: Socket) => void)[];
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    const silence = setTimeout(() => socket.destroy(), firstByteMs);
    socket.on("error", () => {
      socket.destroy();
    });
    socket.once("close", () => {
      clearTimeout(silence);
    });
    socket.once("data", (first: Buffer) => {
      clearTimeout(silence);
      socket.pause();
      if (first[0] === TLS_HANDSHAKE) {
        socket.unshift(first);
        for (const listener of secure) listener.call(server, socket);
        return;
      }
      socket.end(/^[A-Z]+ /.test(first.toString("latin1", 0, 8)) ? ANSWER : "");
      socket.resume();
      const linger = setTimeout(() => socket.destroy(), LINGER_MS);
      socket.once("close", () => {
        clearTimeout(linger);
      });
    });
  });
}
