import { connect } from "node:net";
import type { Send } from "./kinds.ts";

/** Longer than any server of ours lets a client take. */
const ANSWER_TIMEOUT_MS = 30_000;

/** One abusive connection. */
export interface Attempt {
  /** The status of its answer; null where it ended without one, or got none in time. */
  answer: Promise<number | null>;
  closed: Promise<void>;
}

/** Opens a connection and sends over it. Once it is answered it is cut, unless it is `held`: then whoever is at the other end has to. */
export function attempt(at: { host: string; port: number }, send: Send, { held }: { held: boolean }): Attempt {
  const socket = connect(at);
  let end: (() => void) | undefined;
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => {
      end?.();
      resolve();
    });
  });
  const answer = new Promise<number | null>((resolve) => {
    const timer = setTimeout(() => socket.destroy(), ANSWER_TIMEOUT_MS);
    socket.once("connect", () => {
      end = send(socket);
    });
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      if (text.length < 16) text += chunk.toString("latin1");
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1];
      if (status === undefined) return;
      clearTimeout(timer);
      if (!held) socket.destroy();
      resolve(Number(status));
    });
    // Refused, reset, or a write after the server's end: a connection without an answer unless there was one.
    socket.on("error", () => undefined);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve(null);
    });
  });
  return { answer, closed };
}
