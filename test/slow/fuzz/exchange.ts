import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** How long after the last byte came an answer is taken for whole. */
const QUIET_MS = 20;
/** How long the emulator may take to close a connection whose client has said that it sends no more. */
const CLOSE_LIMIT_MS = 15_000;

export interface Target {
  readonly port: number;
  /** PEM of what vouches for it; undefined: plain TCP. */
  readonly authority: string | undefined;
}

/** The emulator kept a connection that its client had ended. */
export class HangError extends Error {
  override readonly name = "HangError";
}

/**
 * Writes the bytes, listens until there is quiet, and ends its side. The emulator must close then: after an answer or without.
 * @returns what it answered.
 * @throws {HangError}
 */
export async function exchange(target: Target, bytes: Buffer): Promise<Buffer> {
  const socket = await open(target);
  return new Promise((resolve, reject) => {
    const answers: Buffer[] = [];
    const limit = setTimeout(() => {
      socket.destroy();
      reject(new HangError(`a connection that its client ended is still open after ${CLOSE_LIMIT_MS} ms`));
    }, CLOSE_LIMIT_MS);
    const finish = (): void => {
      socket.end();
    };
    let quiet = setTimeout(finish, QUIET_MS);
    socket.on("data", (chunk: Buffer) => {
      answers.push(chunk);
      clearTimeout(quiet);
      quiet = setTimeout(finish, QUIET_MS);
    });
    // A connection that is reset has been ended.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(limit);
      clearTimeout(quiet);
      resolve(Buffer.concat(answers));
    });
    socket.write(bytes);
  });
}

/** @throws when nobody listens any more. */
export function open({ port, authority }: Target): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket =
      authority === undefined
        ? connect(port, "127.0.0.1", () => {
            resolve(socket);
          })
        : connectTls({ port, host: "localhost", ca: authority }, () => {
            resolve(socket);
          });
    socket.once("error", reject);
  });
}
