import { createSocket } from "node:dgram";
import { connect } from "node:net";

/** Run in the network namespace of a pod: says which addresses answer from there. Takes attempts as JSON, and prints the numbers of those that got through. */

const TIMEOUT_MS = 2_000;
/** A query for the A record of kubernetes.default.svc.cluster.local: header, name, type and class. */
const NAME = ["kubernetes", "default", "svc", "cluster", "local"];
const DNS_QUERY = Buffer.concat([
  Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
  ...NAME.map((label) => Buffer.from(String.fromCharCode(label.length) + label, "latin1")),
  Buffer.from([0, 0, 1, 0, 1]),
]);

function overTcp(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (through: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(through);
    };
    const timer = setTimeout(() => {
      end(false);
    }, TIMEOUT_MS);
    socket.once("connect", () => {
      end(true);
    });
    socket.once("error", () => {
      end(false);
    });
  });
}

/** An answer to a name's query: UDP alone says nothing about arrival. */
function overUdp(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const end = (through: boolean): void => {
      clearTimeout(timer);
      socket.close();
      resolve(through);
    };
    const timer = setTimeout(() => {
      end(false);
    }, TIMEOUT_MS);
    socket.once("message", () => {
      end(true);
    });
    socket.once("error", () => {
      end(false);
    });
    socket.connect(port, host, () => {
      socket.send(DNS_QUERY);
    });
  });
}

const attempts = JSON.parse(process.argv[2] ?? "[]") as { address: string; port: number; protocol: "TCP" | "UDP" }[];
const through = await Promise.all(
  attempts.map(({ address, port, protocol }) => (protocol === "TCP" ? overTcp : overUdp)(address, port)),
);
process.stdout.write(JSON.stringify(through.flatMap((got, index) => (got ? [index] : []))));
