import { setTimeout as delay } from "node:timers/promises";
import { ServiceBusClient } from "@azure/service-bus";
import rhea, { type Connection, type Sender } from "rhea";
import { BATCH_TYPE, connectionString, httpsClient, token } from "./support/clients.ts";
import { job, MESSAGE_BYTES, QUEUE, type Job, type JobResult } from "./jobs.ts";

/**
 * One timed job, as a process of its own that shares the server's core: `node bench/client.ts '<job as JSON>'`. Prints the result as
 * JSON. Each job warms up first, and starts the clock when it is warm.
 */
type JobOf<Kind extends Job["kind"]> = Extract<Job, { kind: Kind }>;

const BODY = "x".repeat(MESSAGE_BYTES);

async function rest({ httpsPort, authority, messages, warmUpMessages, messagesPerRequest, parallel }: JobOf<"rest">) {
  const client = httpsClient({ httpsPort }, { authority }, parallel);
  // Made beforehand: it is the server that is measured.
  const bodies = Array.from({ length: 20 }, (_, index) =>
    Buffer.from(
      JSON.stringify(
        Array.from({ length: messagesPerRequest }, (_, item) => ({
          Body: BODY,
          BrokerProperties: { MessageId: `${index}-${item}` },
        })),
      ),
    ),
  );
  let next = 0;
  async function send(): Promise<void> {
    const body = bodies[next++ % bodies.length] ?? "";
    const { status, body: text } = await client.send("POST", `/${QUEUE}/messages`, {
      headers: { "content-type": BATCH_TYPE },
      body,
    });
    if (status !== 201) throw new Error(`a send over REST was answered with ${status}: ${text}`);
  }
  try {
    await inParallel(parallel, Math.ceil(warmUpMessages / messagesPerRequest), send);
    const requests = Math.ceil(messages / messagesPerRequest);
    const seconds = await timed(() => inParallel(parallel, requests, send));
    return { perSecond: (requests * messagesPerRequest) / seconds };
  } finally {
    client.close();
  }
}

async function batches({ amqpPort, messages, warmUpMessages, messagesPerBatch, parallel }: JobOf<"batches">) {
  const client = new ServiceBusClient(connectionString(amqpPort));
  const sender = client.createSender(QUEUE);
  const batch = Array.from({ length: messagesPerBatch }, (_, index) => ({ body: BODY, messageId: `message-${index}` }));
  const send = (): Promise<void> => sender.sendMessages(batch);
  try {
    await inParallel(parallel, Math.ceil(warmUpMessages / messagesPerBatch), send);
    const count = Math.ceil(messages / messagesPerBatch);
    const seconds = await timed(() => inParallel(parallel, count, send));
    return { perSecond: (count * messagesPerBatch) / seconds };
  } finally {
    await client.close();
  }
}

async function receive({ amqpPort, messages, warmUpMessages, concurrentCalls }: JobOf<"receive">) {
  const client = new ServiceBusClient(connectionString(amqpPort));
  const receiver = client.createReceiver(QUEUE);
  let completed = 0;
  let warmMs = 0;
  try {
    const seconds = await new Promise<number>((resolve, reject) => {
      receiver.subscribe(
        {
          processMessage: async (message) => {
            await receiver.completeMessage(message);
            completed += 1;
            if (completed === warmUpMessages) warmMs = performance.now();
            if (completed === warmUpMessages + messages) resolve((performance.now() - warmMs) / 1_000);
          },
          processError: ({ error }) => {
            reject(error);
            return Promise.resolve();
          },
        },
        { maxConcurrentCalls: concurrentCalls, autoCompleteMessages: false },
      );
    });
    return { perSecond: messages / seconds };
  } finally {
    await client.close();
  }
}

/** The request of KEDA's scaler, one after the other on one kept connection. */
async function queueLength({ httpsPort, authority, requests, warmUpRequests }: JobOf<"queueLength">) {
  const client = httpsClient({ httpsPort }, { authority }, 1);
  async function ask(): Promise<number> {
    const beginMs = performance.now();
    const { status, body } = await client.send("GET", `/${QUEUE}?api-version=2021-05`);
    const tookMs = performance.now() - beginMs;
    if (status !== 200) throw new Error(`the queue's length was answered with ${status}: ${body}`);
    return tookMs;
  }
  try {
    for (let index = 0; index < warmUpRequests; index++) await ask();
    const tookMs: number[] = [];
    const beginMs = performance.now();
    for (let index = 0; index < requests; index++) tookMs.push(await ask());
    const perSecond = requests / ((performance.now() - beginMs) / 1_000);
    tookMs.sort((a, b) => a - b);
    const percentile = (part: number): number => tookMs[Math.ceil(tookMs.length * part) - 1] ?? 0;
    return { perSecond, p50Ms: percentile(0.5), p99Ms: percentile(0.99) };
  } finally {
    client.close();
  }
}

/** Opens connections as the SDK does, each with a token put and a link attached, and sends over every one while all are open. */
async function connections({ amqpPort, count }: JobOf<"connections">) {
  const open: { connection: Connection; sender: Sender }[] = [];
  try {
    await inParallel(50, count, async () => {
      open.push(await openConnection(amqpPort));
    });
    await delay(1_000);
    let usable = 0;
    await Promise.all(
      open.map(async ({ connection, sender }) => {
        if (!connection.is_open()) return;
        const accepted = nextEvent(sender, "accepted");
        sender.send({ body: rhea.message.data_section(Buffer.from(BODY)) as unknown });
        await accepted;
        usable += 1;
      }),
    );
    return { usable };
  } finally {
    for (const { connection } of open) connection.close();
  }
}

async function openConnection(amqpPort: number): Promise<{ connection: Connection; sender: Sender }> {
  const container = rhea.create_container();
  const connection = container.connect({
    host: "127.0.0.1",
    port: amqpPort,
    username: "anonymous",
    reconnect: false,
    idle_time_out: 60_000,
  });
  await nextEvent(connection, "connection_open");
  const cbs = connection.create_session();
  cbs.begin();
  const requests = cbs.attach_sender({ target: "$cbs" });
  const replies = cbs.attach_receiver({ name: "replies", source: "$cbs" });
  await nextEvent(requests, "sendable");
  const reply = nextEvent(replies, "message");
  requests.send({
    body: token({ httpsPort: 0 }, QUEUE),
    message_id: "1",
    reply_to: "replies",
    application_properties: {
      operation: "put-token",
      name: `sb://localhost/${QUEUE}`,
      type: "servicebus.windows.net:sastoken",
    },
  });
  await reply;
  const session = connection.create_session();
  session.begin();
  const sender = session.attach_sender({ target: QUEUE });
  await nextEvent(sender, "sendable");
  return { connection, sender };
}

/** The next event of this name. @throws when none comes within 60 s. */
function nextEvent(emitter: { once(event: string, listener: () => void): unknown }, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      reject(new Error(`no ${event} within 60 s`));
    }, 60_000);
    emitter.once(event, () => {
      clearTimeout(limit);
      resolve();
    });
  });
}

async function inParallel(parallel: number, times: number, work: () => Promise<void>): Promise<void> {
  let left = times;
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      while (left > 0) {
        left -= 1;
        await work();
      }
    }),
  );
}

async function timed(work: () => Promise<void>): Promise<number> {
  const beginMs = performance.now();
  await work();
  return (performance.now() - beginMs) / 1_000;
}

function run(asked: Job): Promise<JobResult> {
  switch (asked.kind) {
    case "rest":
      return rest(asked);
    case "batches":
      return batches(asked);
    case "receive":
      return receive(asked);
    case "queueLength":
      return queueLength(asked);
    case "connections":
      return connections(asked);
  }
}

const result = await run(job.parse(JSON.parse(process.argv[2] ?? "")));
process.stdout.write(`${JSON.stringify(result)}\n`, () => {
  // The SDK leaves timers behind that have nothing to do with the result.
  process.exit(0);
});
