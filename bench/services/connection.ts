import { connect, type Socket } from "node:net";

/** One kept connection to an HTTP server, for one request at a time. Knows only what the benchmark's servers answer, and so costs little. */
export interface HttpConnection {
  /** Resolves with the answer's status when all of it is here. @throws when the connection ends. */
  send(request: Buffer): Promise<number>;
  close(): void;
}

/** @throws when nobody listens. */
export async function openConnection(port: number): Promise<HttpConnection> {
  const socket: Socket = connect({ port, host: "127.0.0.1", noDelay: true });
  let waiting: { resolve(status: number): void; reject(error: Error): void } | undefined;
  let received = "";
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  socket.setEncoding("latin1");
  socket.on("data", (text: string) => {
    received += text;
    const status = statusOf(received);
    if (status === undefined) return;
    received = "";
    const answered = waiting;
    waiting = undefined;
    answered?.resolve(status);
  });
  const fail = (error?: Error): void => {
    waiting?.reject(error ?? new Error("the server closed the connection"));
    waiting = undefined;
  };
  socket.on("error", fail);
  socket.on("close", () => {
    fail();
  });
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}

/** The status of an answer that is complete, by its content-length; undefined while some of it is missing. */
function statusOf(received: string): number | undefined {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd === -1) return undefined;
  const length = /\r\ncontent-length: (\d+)/i.exec(received)?.[1];
  if (length === undefined) throw new Error(`an answer without content-length: ${received}`);
  return received.length < headEnd + 4 + Number(length) ? undefined : Number(received.slice(9, 12));
}

/** A request in full, with a JSON body where there is one. */
export function httpRequest(method: string, path: string, body?: object): Buffer {
  const text = body === undefined ? "" : JSON.stringify(body);
  const head = [`${method} ${path} HTTP/1.1`, "host: 127.0.0.1"];
  if (text !== "") head.push("content-type: application/json", `content-length: ${Buffer.byteLength(text)}`);
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${text}`);
}
