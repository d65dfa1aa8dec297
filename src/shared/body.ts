import type { IncomingMessage } from "node:http";

/** A body over the limit. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
}

/**
 * The whole body as text. A body over the limit is rejected as soon as that is known, unread: what still comes is thrown away.
 * @throws {BodyTooLargeError} over `limitBytes`.
 * @throws when the connection breaks off.
 */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (): void => {
      request.removeAllListeners("data").resume();
      reject(new BodyTooLargeError(`the body is too large, want at most ${limitBytes} bytes`));
    };
    if (Number(request.headers["content-length"] ?? 0) > limitBytes) {
      fail();
      return;
    }
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    request.on("data", (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > limitBytes) fail();
      else chunks.push(chunk);
    });
    request.once("end", () => {
      // Nearly every body comes in one piece.
      const [only] = chunks;
      resolve((chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)).toString("utf8"));
    });
    request.once("error", reject);
    request.once("close", () => {
      if (!request.complete) reject(new Error("the connection broke off before the body's end"));
    });
  });
}
