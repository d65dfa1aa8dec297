import { ServiceBusError, type ServiceBusReceivedMessage } from "@azure/service-bus";
import { pino } from "pino";
import { Registry } from "prom-client";
import { createWorkerMetrics } from "../../../src/worker/metrics.ts";
import type { Delivery } from "../../../src/worker/processing.ts";
import { createPump, type Pump } from "../../../src/worker/pump.ts";
import type { LinkHandlers, QueueConnection, Settlement } from "../../../src/worker/queue.ts";
import { UnansweredError } from "../../../src/worker/within.ts";

const log = pino({ level: "silent" });
let pump: Pump;

afterEach(async () => {
  pump.forceDrain();
  await pump.drain();
});

/**
 * A queue whose messages the test delivers, and that notes how they were settled, as `<connection> <kind>`. Over connection `deaf` nothing is settled, over
 * connection `mute` all is; neither answers.
 */
function fakeQueue(options: { deaf?: number; mute?: number } = {}) {
  const settled: string[] = [];
  const isSettled = new Set<ServiceBusReceivedMessage>();
  const links: { handlers: LinkHandlers; credit: number; isStopped: boolean; isClosed: boolean }[] = [];
  let connections = 0;
  const connect = (): QueueConnection => {
    const number = ++connections;
    return {
      openLink: (credit, handlers) => {
        const link = { handlers, credit, isStopped: false, isClosed: false };
        links.push(link);
        handlers.onOpen();
        return {
          stop: () => {
            link.isStopped = true;
            return Promise.resolve();
          },
          close: () => {
            link.isClosed = true;
            return Promise.resolve();
          },
        };
      },
      settle: (message: ServiceBusReceivedMessage, settlement: Settlement) => {
        if (number === options.deaf) return Promise.reject(new UnansweredError("no answer"));
        if (isSettled.has(message)) return Promise.reject(new ServiceBusError("lock lost", "MessageLockLost"));
        isSettled.add(message);
        settled.push(`${number} ${settlement.kind}`);
        return number === options.mute ? Promise.reject(new UnansweredError("no answer")) : Promise.resolve();
      },
      renew: () => Promise.resolve(),
      peek: () => Promise.resolve([]),
      close: () => Promise.resolve(),
    };
  };
  return { connect, settled, links, connections: () => connections };
}

function start(queue: ReturnType<typeof fakeQueue>, handle: (delivery: Delivery) => Promise<void>): Registry {
  const registry = new Registry();
  pump = createPump({
    connect: queue.connect,
    concurrency: 4,
    silenceLimitMs: 60_000,
    drainLimitMs: 100,
    handle,
    metrics: createWorkerMetrics(registry),
    log,
  });
  pump.receive(true);
  return registry;
}

function message(messageId = "1"): ServiceBusReceivedMessage {
  // The part of a message that the pump reads.
  return { messageId, body: {}, lockedUntilUtc: new Date(Date.now() + 60_000) } as unknown as ServiceBusReceivedMessage;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => {
      resolve();
    });
  });
}

test("a drain sends the soft stop, then after its limit the hard stop, and ends with the last message", async () => {
  const queue = fakeQueue();
  const stops: string[] = [];
  start(queue, async (delivery) => {
    void aborted(delivery.softStop).then(() => stops.push("soft stop"));
    await aborted(delivery.hardStop);
    stops.push("hard stop");
    await delivery.abandon();
  });
  void queue.links[0]?.handlers.onMessage(message());
  await pump.drain();
  expect(stops).toEqual(["soft stop", "hard stop"]);
  expect(queue.settled).toEqual(["1 abandon"]);
  expect(pump.state()).toBe("draining");
});

test("a settlement without an answer is repeated over the next connection, which receives from then on", async () => {
  const queue = fakeQueue({ deaf: 1 });
  start(queue, (delivery) => delivery.complete());
  await queue.links[0]?.handlers.onMessage(message());
  expect(queue.settled).toEqual(["2 complete"]);
  expect(queue.links.map(({ isStopped }) => isStopped)).toEqual([true, false]);
  expect(queue.connections()).toBe(2);
});

test("a settlement whose answer was lost is no lost lock when the broker knows the message no more", async () => {
  const queue = fakeQueue({ mute: 1 });
  const registry = start(queue, (delivery) => delivery.complete().catch(() => undefined));
  const locksLost = async () => {
    const metrics = await registry.getMetricsAsJSON();
    return metrics.find(({ name }) => name === "message_locks_lost_total")?.values[0]?.value;
  };
  const held = message();
  await queue.links[0]?.handlers.onMessage(held);
  expect(queue.settled).toEqual(["1 complete"]);
  expect(await locksLost()).toBe(0);
  // Settled by somebody else meanwhile: the first try says so.
  await queue.links[0]?.handlers.onMessage(held);
  expect(await locksLost()).toBe(1);
});

test("receiving resumes over another link after a pause, and the first is closed when its last message is settled", async () => {
  const queue = fakeQueue();
  let finish: () => void = () => undefined;
  start(queue, async (delivery) => {
    await new Promise<void>((resolve) => (finish = resolve));
    await delivery.complete();
  });
  const handled = queue.links[0]?.handlers.onMessage(message());
  expect(pump.state()).toBe("receiving");
  pump.receive(false);
  expect(pump.state()).toBe("paused");
  pump.receive(true);
  expect(pump.state()).toBe("receiving");
  const states = (): boolean[][] => queue.links.map(({ isStopped, isClosed }) => [isStopped, isClosed]);
  await new Promise(setImmediate);
  expect(states()).toEqual([
    [true, false],
    [false, false],
  ]);
  finish();
  await handled;
  await new Promise(setImmediate);
  expect(states()).toEqual([
    [true, true],
    [false, false],
  ]);
});

test("a link that is far ahead of its oldest message is replaced before its window is full", async () => {
  const queue = fakeQueue();
  start(queue, async ({ messageId, hardStop }) => {
    if (messageId === "slow") await aborted(hardStop);
  });
  const onMessage = (id: string): unknown => queue.links[0]?.handlers.onMessage(message(id));
  void onMessage("slow");
  for (let count = 0; count < 1_500 - 1; count += 1) await onMessage("fast");
  expect(queue.links.length).toBe(1);
  await onMessage("fast");
  expect(queue.links.map(({ isStopped, isClosed }) => [isStopped, isClosed])).toEqual([
    [true, false],
    [false, false],
  ]);
});

test("a link that ended has its connection replaced once, after the reconnect interval", () => {
  const queue = fakeQueue();
  start(queue, () => Promise.resolve());
  queue.links[0]?.handlers.onLost();
  queue.links[0]?.handlers.onLost();
  expect({ connections: queue.connections(), state: pump.state() }).toEqual({ connections: 1, state: "connecting" });
});
