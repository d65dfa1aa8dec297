import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { onceOnlyClient } from "../../../bench/support/clients.ts";
import { VICTIM } from "./amqpCases.ts";

/**
 * What the SDK writes when it sends, receives, settles in every way and manages: recorded from real ones, so that it is never out of date.
 * @returns the bytes of each of its connections.
 */
export async function recordClient(amqpPort: number): Promise<Buffer[]> {
  const streams: Buffer[][] = [];
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(amqpPort, "127.0.0.1");
    const chunks: Buffer[] = [];
    streams.push(chunks);
    client.on("data", (chunk: Buffer) => chunks.push(chunk));
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on("error", () => other.destroy());
    }
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const port = (proxy.address() as AddressInfo).port;
  try {
    for (const session of [sendAndSettle, manage, deleteOnReceipt]) {
      const client = onceOnlyClient(port);
      try {
        await session(client);
      } finally {
        await client.close();
      }
    }
  } finally {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  }
  return streams.map((chunks) => Buffer.concat(chunks));
}

type Client = ReturnType<typeof onceOnlyClient>;

async function sendAndSettle(client: Client): Promise<void> {
  const sender = client.createSender(VICTIM);
  await sender.sendMessages({ body: { a: [1, "x", null] }, applicationProperties: { n: 1, s: "x", d: new Date() } });
  await sender.sendMessages(
    Array.from({ length: 8 }, (_, index) => ({ body: `message ${index}`, messageId: `m${index}` })),
  );
  const receiver = client.createReceiver(VICTIM);
  const messages = await receiver.receiveMessages(4, { maxWaitTimeInMs: 2_000 });
  const [first, second, third, fourth] = messages;
  if (first !== undefined) await receiver.completeMessage(first);
  if (second !== undefined) await receiver.abandonMessage(second, { a: 1 });
  if (third !== undefined)
    await receiver.deadLetterMessage(third, { deadLetterReason: "r", deadLetterErrorDescription: "d" });
  if (fourth !== undefined) await receiver.deferMessage(fourth);
  await receiver.close();
}

async function manage(client: Client): Promise<void> {
  const sender = client.createSender(VICTIM);
  const numbers = await sender.scheduleMessages([{ body: "x" }], new Date(Date.now() + 3_600_000));
  await sender.cancelScheduledMessages(numbers);
  const receiver = client.createReceiver(VICTIM);
  await receiver.peekMessages(5);
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 2_000 });
  if (message === undefined) return;
  await receiver.renewMessageLock(message);
  await receiver.completeMessage(message);
}

async function deleteOnReceipt(client: Client): Promise<void> {
  const receiver = client.createReceiver(VICTIM, { receiveMode: "receiveAndDelete" });
  await receiver.receiveMessages(2, { maxWaitTimeInMs: 1_000 });
  await receiver.close();
}
