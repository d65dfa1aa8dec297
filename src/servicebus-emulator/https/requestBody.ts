import type { IncomingMessage } from "node:http";
import type { HttpError } from "./answer.ts";

/** The client went away before its request was whole: there is nobody to answer. */
export class ClientGoneError extends Error {
  override readonly name = "ClientGoneError";
}

/**
 * @param tooLarge makes the refusal of a body of more than `maxBytes`; it must end the connection, since what remains of the body is not read.
 * @throws {HttpError} that one. @throws {ClientGoneError}
 */
export function readBody(request: IncomingMessage, maxBytes: number, tooLarge: () => HttpError): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers["content-length"] ?? 0) > maxBytes) {
      reject(tooLarge());
      return;
    }
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) {
        request.pause();
        reject(tooLarge());
      } else {
        chunks.push(chunk);
      }
    });
    request.on("end", () => {
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length));
    });
    const gone = (): void => {
      if (!request.complete) reject(new ClientGoneError());
    };
    request.on("error", gone);
    request.on("close", gone);
  });
}
