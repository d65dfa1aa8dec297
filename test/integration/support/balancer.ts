import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** Spreads connections over targets, as a Service does: one that is taken out gets no new ones and keeps those that it has. */
export interface Balancer {
  readonly url: string;
  add(targetUrl: string): void;
  remove(targetUrl: string): void;
  close(): Promise<void>;
}

export async function startBalancer(): Promise<Balancer> {
  let targets: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const target = targets.shift();
    if (target === undefined) {
      client.destroy();
      return;
    }
    targets.push(target);
    const upstream = connect(Number(new URL(target).port), "127.0.0.1");
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.setNoDelay(true).pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (target) => targets.push(target),
    remove: (target) => {
      targets = targets.filter((other) => other !== target);
    },
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
