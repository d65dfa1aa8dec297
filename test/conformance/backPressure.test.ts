import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { ServiceBusClient, type ServiceBusReceiver } from "@azure/service-bus";
import { localhostCertificate } from "../support/certificate.ts";
import { connectSocket } from "./support/rawSocket.ts";
import { eventually, metric, startTestBus, type TestBus } from "./support/testBus.ts";

/** The emulator stops delivering with 1 MiB unsent: totals below it, around it and far above it. */
const LOADS = [
  { count: 20, bytes: 100_000 },
  { count: 12, bytes: 87_300 },
  { count: 12, bytes: 87_400 },
  { count: 3, bytes: 1_000_000 },
  { count: 400, bytes: 5_000 },
  { count: 1_000, bytes: 1_200 },
  { count: 1_000, bytes: 100 },
] as const;

let bus: TestBus;
/** A queue of the test's own. */
let queue: string;
let queueCount = 0;
let trusted: string[];
let tls: ServiceBusClient;
let plain: ServiceBusClient;

beforeAll(async () => {
  bus = await startTestBus({ amqpsPort: 0 });
  const { authority } = await localhostCertificate();
  trusted = getCACertificates();
  // The SDK has no option for it.
  setDefaultCACertificates([...trusted, authority]);
  tls = new ServiceBusClient(
    `Endpoint=sb://localhost:${bus.amqpsPort ?? 0};SharedAccessKeyName=all;SharedAccessKey=key of all`,
    { retryOptions: { maxRetries: 0, timeoutInMs: 30_000 } },
  );
  plain = new ServiceBusClient(bus.connectionString(), { retryOptions: { maxRetries: 0, timeoutInMs: 30_000 } });
});

beforeEach(async () => {
  queueCount += 1;
  queue = `queue-${queueCount}`;
  await bus.admin().createQueue(queue);
});

afterAll(async () => {
  setDefaultCACertificates(trusted);
  await Promise.all([tls.close(), plain.close()]);
  await bus.close();
});

async function send({ count, bytes }: { readonly count: number; readonly bytes: number }): Promise<void> {
  const sender = plain.createSender(queue);
  let batch = await sender.createMessageBatch();
  const body = Buffer.alloc(bytes);
  for (let index = 0; index < count; index += 1) {
    if (batch.tryAddMessage({ body })) continue;
    await sender.sendMessages(batch);
    batch = await sender.createMessageBatch();
    batch.tryAddMessage({ body });
  }
  await sender.sendMessages(batch);
  await sender.close();
}

const connections = [
  ["plain", () => plain],
  ["TLS", () => tls],
] as const;

describe.each(connections)("over %s", (_name, client) => {
  describe.each(["peekLock", "receiveAndDelete"] as const)("in mode %s", (receiveMode) => {
    it.each(LOADS)("the SDK gets $count messages of $bytes bytes for one grant of credit", async (load) => {
      await send(load);
      const receiver = client().createReceiver(queue, { receiveMode });
      try {
        await receiveAll(receiver, load.count);
      } finally {
        await receiver.close();
      }
    });
  });

  it("peeks are answered beside more than 1 MiB of deliveries, and hold none of them up", async () => {
    const load = { count: 30, bytes: 100_000 };
    await send(load);
    const receiver = client().createReceiver(queue);
    try {
      const [, ...peeked] = await Promise.all([
        receiveAll(receiver, load.count),
        receiver.peekMessages(10),
        receiver.peekMessages(10),
      ]);
      expect(peeked.map(({ length }) => length)).toEqual([10, 10]);
    } finally {
      await receiver.close();
    }
  });
});

/**
 * Takes `count` messages with as much credit, and settles them when all have come. Not by `receiveMessages`: it drains a second after the first
 * message, and a drain makes the emulator deliver again.
 */
async function receiveAll(receiver: ServiceBusReceiver, count: number): Promise<void> {
  let came = 0;
  let release: (all: boolean) => void = () => undefined;
  const all = new Promise<boolean>((resolve) => (release = resolve));
  const settled: Promise<void>[] = [];
  const errors: Error[] = [];
  const subscription = receiver.subscribe(
    {
      processMessage: async (message) => {
        came += 1;
        if (came === count) release(true);
        if (!(await all) || receiver.receiveMode === "receiveAndDelete") return;
        settled.push(receiver.completeMessage(message));
      },
      processError: ({ error }) => {
        errors.push(error);
        return Promise.resolve();
      },
    },
    { maxConcurrentCalls: count, autoCompleteMessages: false },
  );
  try {
    await eventually(`${count} messages come`, () => came === count || errors.length > 0, 30_000);
    if (receiver.receiveMode === "peekLock") await eventually("all are settled", () => settled.length === count);
    await Promise.all(settled);
    expect(errors).toEqual([]);
  } catch (error) {
    throw new Error(`${came} of ${count} messages came.`, { cause: error });
  } finally {
    release(false);
    await subscription.close();
  }
}

it("a reader that pauses gets everything, and a drain is answered only after it", async () => {
  const count = 200;
  await send({ count, bytes: 100_000 });
  const socket = await connectSocket(bus.amqpPort);
  try {
    await socket.begin();
    socket.attach("receives", queue, 0);
    await socket.next("attach");
    socket.pause();
    socket.flow(0, count, { drain: true, incoming_window: 10_000 });
    const locked = (): Promise<number | undefined> =>
      metric(bus.registry, "servicebus_emulator_messages", { queue, state: "locked" });
    await eventually("the emulator delivers", async () => ((await locked()) ?? 0) > 0);
    expect(await locked()).toBeLessThan(count);
    socket.resume();
    const whole = (): number => socket.all("transfer").filter(({ fields }) => fields.more !== true).length;
    await eventually("every message comes", () => whole() === count, 30_000);
    await eventually("the drain is answered", () => socket.all("flow").some(({ fields }) => fields.drain === true));
    const last = socket.received.findLastIndex(({ kind }) => kind === "transfer");
    const drained = socket.received.findIndex(({ kind, fields }) => kind === "flow" && fields.drain === true);
    expect(drained).toBeGreaterThan(last);
  } finally {
    socket.end();
  }
});
