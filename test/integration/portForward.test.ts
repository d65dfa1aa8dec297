import { once } from "node:events";
import { createServer } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { type WebSocket, WebSocketServer } from "ws";
import { eventually } from "../support/eventually.ts";
import { startProcess, type TestProcess } from "../support/process.ts";

/** Stream of a forwarded port's data in Kubernetes' channel protocol; the first message of a stream holds the port's number. */
const DATA_STREAM = 0;
const CHUNK = Buffer.concat([Buffer.from([DATA_STREAM]), Buffer.alloc(64 * 1024, "x")]);

/** What an API server does for `pods/portforward`; `serve` is the pod. */
async function startApiServer(serve: (tunnel: WebSocket) => void): Promise<{
  address: string;
  tunnels: Set<WebSocket>;
  stop(): Promise<void>;
}> {
  const http = createServer();
  const tunnels = new Set<WebSocket>();
  new WebSocketServer({ server: http }).on("connection", (tunnel) => {
    tunnels.add(tunnel);
    tunnel.on("close", () => tunnels.delete(tunnel));
    tunnel.send(Buffer.from([DATA_STREAM, 0, 0]));
    serve(tunnel);
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  return {
    address: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    tunnels,
    stop: () => {
      for (const tunnel of tunnels) tunnel.terminate();
      return new Promise((resolve) => {
        http.close(() => {
          resolve();
        });
      });
    },
  };
}

/** Sends for as long as it can, as the answer to a large request. */
function floods(tunnel: WebSocket): void {
  const more = (): void => {
    if (tunnel.readyState === tunnel.OPEN) tunnel.send(CHUNK, more);
  };
  more();
}

function echoes(tunnel: WebSocket): void {
  tunnel.on("message", (data: Buffer) => {
    if (data[0] === DATA_STREAM) tunnel.send(data);
  });
}

describe("a process that forwards a port to a pod", () => {
  let apiServer: Awaited<ReturnType<typeof startApiServer>>;
  let forwarding: TestProcess;
  let port: number;

  async function start(serve: (tunnel: WebSocket) => void): Promise<void> {
    apiServer = await startApiServer(serve);
    const program = join(import.meta.dirname, "support/portForward.ts");
    const args = ["--disable-warning=ExperimentalWarning", program, apiServer.address];
    forwarding = startProcess(process.execPath, args);
    port = await eventually(
      "the port is printed",
      () => Number(/^(\d+)\n/.exec(forwarding.output())?.[1]) || undefined,
    );
  }

  async function dial(): Promise<Socket> {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    await once(socket, "connect");
    return socket;
  }

  async function answerTo(request: string): Promise<string> {
    const socket = await dial();
    socket.write(request);
    const [answer] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    return answer.toString();
  }

  afterEach(async () => {
    await forwarding.end("SIGKILL");
    await apiServer.stop();
  });

  it("goes on serving and closes the WebSocket when a client resets its connection under a running answer", async () => {
    let isFirst = true;
    await start((tunnel) => {
      (isFirst ? floods : echoes)(tunnel);
      isFirst = false;
    });
    const socket = await dial();
    await once(socket, "data");
    socket.resetAndDestroy();

    await eventually("the WebSocket is closed", () => apiServer.tunnels.size === 0);
    expect(await answerTo("still here")).toBe("still here");
  });

  it("ends the client's connection after the last data when the pod's side closes", async () => {
    await start((tunnel) => {
      tunnel.on("message", () => {
        tunnel.send(CHUNK);
        tunnel.close();
      });
    });
    const socket = await dial();
    let received = 0;
    socket.on("data", (data: Buffer) => (received += data.length));
    const closed = once(socket, "close");
    socket.write("request");

    await closed;
    expect(received).toBe(CHUNK.length - 1);
  });

  it("says why it could not forward, and ends the client's connection", async () => {
    await start(echoes);
    await apiServer.stop();
    const socket = await dial();

    await once(socket.resume(), "close");
    await eventually("the reason is printed", () =>
      /port-forward to orders-dev\/api-1:8080 failed: .*ECONNREFUSED/.test(forwarding.output()),
    );
  });

  it("closes open connections on both sides and ends when it is stopped", async () => {
    await start(echoes);
    const socket = await dial();
    socket.write("x");
    await once(socket, "data");
    const closed = once(socket, "close");

    expect(await forwarding.end()).toBe(0);
    await closed;
    await eventually("the WebSocket is closed", () => apiServer.tunnels.size === 0);
  });
});
