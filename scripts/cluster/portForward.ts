import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { PortForward, type KubeConfig } from "@kubernetes/client-node";
import { messageOf } from "../../src/shared/messageOf.ts";
import { say } from "../process/progress.ts";
import type { Endpoint } from "../../loadtest/model/endpoint.ts";

/**
 * A listener on a free port of loopback. Each of its connections is forwarded to a port of a pod by a WebSocket of its own; the two end together, and
 * an error of one ends that one connection only.
 */
export async function forwardToPod(
  kubeConfig: KubeConfig,
  { namespace, pod, port }: { namespace: string; pod: string; port: number },
): Promise<Endpoint> {
  const forwarding = new PortForward(kubeConfig);
  const sockets = new Set<Socket>();
  let reported = false;
  const report = (error: unknown): void => {
    if (!reported) say(`    port-forward to ${namespace}/${pod}:${port} failed: ${messageOf(error)}`);
    reported = true;
  };

  // A client may close its sending side and still wait for the answer.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    // A reset by the client is no error of ours: "close" follows, and ends the other side.
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    void connectToPod(socket).catch((error: unknown) => {
      socket.destroy();
      report(error);
    });
  });

  async function connectToPod(socket: Socket): Promise<void> {
    const connected = await forwarding
      .portForward(namespace, pod, [port], socket, null, socket)
      .catch((error: unknown) => {
        // A WebSocket that cannot be opened rejects with an event, not with an error.
        throw error instanceof Error ? error : ((error as { error?: Error }).error ?? new Error("no WebSocket"));
      });
    // The other form is for a number of retries, of which there are none.
    if (typeof connected === "function") throw new Error("unexpected kind of port-forward");
    if (socket.destroyed) connected.close();
    socket.on("close", () => {
      connected.close();
    });
    connected.onclose = () => {
      socket.destroySoon();
    };
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    isForwarded: true,
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => {
        // Closed already, it says so to this callback too.
        server.close(() => {
          resolve();
        });
      });
    },
  };
}
