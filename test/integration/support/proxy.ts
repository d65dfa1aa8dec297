import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** First bytes of a protocol header, which stands where else a frame does. */
const PROTOCOL = Buffer.from("AMQP");
const PROTOCOL_HEADER_BYTES = 8;

/** A way to a broker on loopback that can go wrong. */
export interface TestProxy {
  readonly port: number;
  /** Breaks every connection. */
  breakAll(): void;
  /** Whether new connections are broken too, from now on. */
  refuse(isRefused: boolean): void;
  /** From now on nothing passes any more over the connections that stand; new ones are not concerned. */
  silence(): void;
  /** From now on no frame that `isLost` picks reaches the clients, over the connections that stand; new ones are not concerned. */
  lose(isLost: (frame: Buffer) => boolean): void;
  close(): Promise<void>;
}

export async function startProxy(brokerPort: number): Promise<TestProxy> {
  interface Pair {
    readonly client: Socket;
    readonly broker: Socket;
    isSilent: boolean;
    isLost: (frame: Buffer) => boolean;
  }
  const pairs = new Set<Pair>();
  let refused = false;
  const server = createServer((client) => {
    if (refused) {
      client.destroy();
      return;
    }
    const pair: Pair = { client, broker: connect(brokerPort, "127.0.0.1"), isSilent: false, isLost: () => false };
    const { broker } = pair;
    pairs.add(pair);
    let rest: Buffer = Buffer.alloc(0);
    client.on("data", (chunk) => {
      if (!pair.isSilent) broker.write(chunk);
    });
    broker.on("data", (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (let frame = firstFrame(rest); frame !== undefined; frame = firstFrame(rest)) {
        rest = rest.subarray(frame.length);
        if (!pair.isSilent && !pair.isLost(frame)) client.write(frame);
      }
    });
    for (const [one, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      one.on("error", () => undefined);
      one.on("close", () => {
        pairs.delete(pair);
        other.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const breakAll = (): void => {
    for (const { client } of pairs) client.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    breakAll,
    refuse: (isRefused) => {
      refused = isRefused;
    },
    silence: () => {
      for (const pair of pairs) pair.isSilent = true;
    },
    lose: (isLost) => {
      for (const pair of pairs) pair.isLost = isLost;
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      breakAll();
      await closed;
    },
  };
}

/** A whole frame or protocol header; undefined while some of it is still to come. */
function firstFrame(bytes: Buffer): Buffer | undefined {
  if (bytes.length < PROTOCOL_HEADER_BYTES) return undefined;
  const length = bytes.subarray(0, PROTOCOL.length).equals(PROTOCOL) ? PROTOCOL_HEADER_BYTES : bytes.readUInt32BE(0);
  return bytes.length < length ? undefined : bytes.subarray(0, length);
}
