import { setTimeout as delay } from "node:timers/promises";
import { isServiceBusError, type ServiceBusReceivedMessage, type ServiceBusReceiver } from "@azure/service-bus";
import { BATCH_TYPE, httpsClient, onceOnlyClient } from "../../../bench/support/clients.ts";
import type { EmulatorProcess } from "../../../bench/support/emulatorProcess.ts";
import type { Random } from "../../support/seed.ts";
import type { Site } from "../../../bench/support/site.ts";
import { effects, type Effect } from "./effects.ts";
import type { ExpectedState } from "./expectedState.ts";
import { bodyOf, sightingOf, type SequenceNumber } from "./sightings.ts";

/** Where everything but receive-and-delete happens. */
export const ORDERS = "orders";
/** Where messages are received and deleted: of these, a crash may lose the ones that were on their way to the receiver. */
export const FLEETING = "fleeting";

/** Above this many messages the senders wait: the checks look at each message after each crash. */
const OPEN_LIMIT = 600;

const RECEIVE_WAIT_MS = 300;
/** Messages asked for at once in receive-and-delete: as many can be lost in a crash. */
export const FLEETING_CREDIT = 10;

/** What takes longer counts as unanswered. */
const ANSWER_LIMIT_MS = 5_000;

/** Every operation that a client can ask for, from several sides at once, until the emulator is killed. */
export interface Load {
  /** Operations that were acknowledged so far. */
  readonly acknowledgedCount: number;
  /** Answers that nobody expects of an emulator that lives. */
  readonly surprises: readonly string[];
  /** Resolves when the count is reached, in the same turn of the event loop as the answer. */
  acknowledged(count: number): Promise<void>;
  /** To be called when the emulator is dead: takes what answers have come, and leaves the rest in doubt. */
  end(): Promise<void>;
}

/** How long answers that came before the kill may take through the client's event loop, in milliseconds. */
const LAST_ANSWERS_MS = 150;

export function startLoad(options: {
  readonly emulator: EmulatorProcess;
  readonly site: Site;
  readonly expected: ExpectedState;
  readonly random: Random;
  /** Makes this load's message ids its own. */
  readonly name: string;
  /** Messages that were deferred before. */
  readonly deferred: readonly SequenceNumber[];
}): Load {
  const { emulator, site, expected, random, name } = options;
  const deferred = [...options.deferred];
  const client = onceOnlyClient(emulator.amqpPort, ANSWER_LIMIT_MS);
  const https = httpsClient(emulator, site);
  const surprises: string[] = [];
  let stopped = false;
  /** Asked anew each time: it changes while something is awaited. */
  const ended = (): boolean => stopped;
  let acknowledgedCount = 0;
  let awaited: { count: number; reached: () => void } | undefined;
  let sentCount = 0;

  /** Asks for one operation and notes what became of it; an operation without an answer is left in doubt. */
  async function attempt<Result>(
    what: string,
    ids: readonly string[],
    effect: Effect,
    ask: () => Promise<Result>,
    fails = false,
  ): Promise<Result | undefined> {
    const pending = expected.begin(what, ids, effect, fails);
    try {
      const result = await ask();
      if (ended()) return undefined;
      pending.acknowledged();
      acknowledgedCount += 1;
      if (awaited !== undefined && acknowledgedCount >= awaited.count) awaited.reached();
      return result;
    } catch (error) {
      if (ended() || !emulator.running) return undefined;
      if (isServiceBusError(error) && error.code === "MessageLockLost") pending.refused();
      else surprises.push(`${what}: ${String(error)}`);
      return undefined;
    }
  }

  function newMessage(queue: string, dueAtMs?: number): { id: string; body: string } {
    const id = `${name}-${sentCount++}`;
    // Long ones fill the write-ahead log, so that there are checkpoints to be killed in.
    const body = bodyOf(id, random.chance(0.1) ? 20_000 : random.between(0, 400));
    expected.add({ id, queue, body, ...(dueAtMs === undefined ? {} : { dueAtMs }) });
    return { id, body };
  }

  async function roomToSend(): Promise<void> {
    while (!ended() && expected.openCount > OPEN_LIMIT) await delay(10);
  }

  const senders = { [ORDERS]: client.createSender(ORDERS), [FLEETING]: client.createSender(FLEETING) };

  async function sendOne(queue: typeof ORDERS | typeof FLEETING): Promise<void> {
    await roomToSend();
    const { id, body } = newMessage(queue);
    await attempt("send", [id], effects.send, () => senders[queue].sendMessages({ messageId: id, body }));
  }

  async function sendBatch(): Promise<void> {
    await roomToSend();
    const batch = Array.from({ length: random.between(2, 40) }, () => newMessage(ORDERS));
    const ids = batch.map(({ id }) => id);
    await attempt("send a batch", ids, effects.send, () =>
      senders[ORDERS].sendMessages(batch.map(({ id, body }) => ({ messageId: id, body }))),
    );
  }

  async function sendOverRest(): Promise<void> {
    await roomToSend();
    const batch = Array.from({ length: random.between(1, 20) }, () => newMessage(ORDERS));
    const ids = batch.map(({ id }) => id);
    const body = JSON.stringify(
      batch.map(({ id, body: text }) => ({ Body: text, BrokerProperties: { MessageId: id } })),
    );
    await attempt("send over REST", ids, effects.send, async () => {
      const answer = await https.send("POST", `/${ORDERS}/messages`, { headers: { "content-type": BATCH_TYPE }, body });
      if (answer.status !== 201) throw new Error(`${answer.status} ${answer.body}`);
    });
  }

  /** Schedules for soon or for long after the test, and takes some of the latter back. */
  async function schedule(): Promise<void> {
    await roomToSend();
    const dueAtMs = Date.now() + (random.chance(0.5) ? random.between(300, 1_500) : 24 * 60 * 60_000);
    const batch = Array.from({ length: random.between(1, 3) }, () => newMessage(ORDERS, dueAtMs));
    const ids = batch.map(({ id }) => id);
    const numbers = await attempt("schedule", ids, effects.schedule, () =>
      senders[ORDERS].scheduleMessages(
        batch.map(({ id, body }) => ({ messageId: id, body })),
        new Date(dueAtMs),
      ),
    );
    const far = dueAtMs > Date.now() + 60_000;
    if (numbers === undefined || ended() || !far || random.chance(0.5)) return;
    await attempt("cancel", ids, effects.cancel, () => senders[ORDERS].cancelScheduledMessages(numbers));
  }

  async function settle(receiver: ServiceBusReceiver, message: ServiceBusReceivedMessage, id: string): Promise<void> {
    const draw = random.below(100);
    const mark = random.below(1_000_000);
    const dead = message.deadLetterReason !== undefined;
    if (draw < (dead ? 60 : 45)) {
      await attempt("complete", [id], effects.complete, () => receiver.completeMessage(message));
    } else if (draw < 70) {
      // In a dead-letter queue no delivery is counted.
      await attempt("abandon", [id], effects.abandon(mark), () => receiver.abandonMessage(message, { mark }), !dead);
    } else if (draw < 80 && !dead) {
      const reason = `reason ${mark}`;
      await attempt("dead-letter", [id], effects.deadLetter(reason), () =>
        receiver.deadLetterMessage(message, { deadLetterReason: reason, deadLetterErrorDescription: "on purpose" }),
      );
    } else if (draw < 92 && !dead) {
      const defer = async (): Promise<void> => {
        await receiver.deferMessage(message, { mark });
        if (message.sequenceNumber !== undefined) deferred.push(message.sequenceNumber);
      };
      await attempt("defer", [id], effects.defer(mark), defer, true);
    }
    // The rest is left to its lock's end.
  }

  function seeDelivered(
    entity: string,
    place: "active" | "deferred" | "dead",
    message: ServiceBusReceivedMessage,
  ): string {
    const sighting = sightingOf(entity, place, message, true);
    expected.see(sighting);
    return sighting.id;
  }

  async function receive(subQueueType?: "deadLetter"): Promise<void> {
    const receiver = client.createReceiver(ORDERS, subQueueType === undefined ? {} : { subQueueType });
    const place = subQueueType === undefined ? "active" : "dead";
    while (!ended()) {
      const messages = await receiver.receiveMessages(random.between(1, 20), { maxWaitTimeInMs: RECEIVE_WAIT_MS });
      if (ended()) return;
      const ids = messages.map((message) => seeDelivered(`${ORDERS}/${place}`, place, message));
      await Promise.all(messages.map((message, index) => settle(receiver, message, ids[index] ?? "")));
      if (messages.length === 0) await delay(20);
    }
  }

  async function receiveDeferred(): Promise<void> {
    const receiver = client.createReceiver(ORDERS);
    while (!ended()) {
      await delay(20);
      const number = deferred.shift();
      if (number === undefined) continue;
      // It may still be locked, or have been settled.
      const [message] = await receiver.receiveDeferredMessages(number).catch(() => []);
      if (message === undefined || ended()) continue;
      await settle(receiver, message, seeDelivered(`${ORDERS}/active`, "deferred", message));
    }
  }

  async function receiveAndDelete(): Promise<void> {
    const receiver = client.createReceiver(FLEETING, { receiveMode: "receiveAndDelete" });
    while (!ended()) {
      const messages = await receiver.receiveMessages(FLEETING_CREDIT, { maxWaitTimeInMs: RECEIVE_WAIT_MS });
      if (ended()) return;
      for (const message of messages) {
        const id = seeDelivered(`${FLEETING}/active`, "active", message);
        expected.begin("receive and delete", [id], effects.complete).acknowledged();
      }
    }
  }

  /** Repeats until the end; what a dead emulator makes of it is of no interest. */
  function keepOn(what: string, work: () => Promise<void>): void {
    void (async () => {
      while (!ended()) await work();
    })().catch((error: unknown) => {
      if (error instanceof Error && error.name === "ViolationError") surprises.push(error.message);
      else if (!ended() && emulator.running) surprises.push(`${what}: ${String(error)}`);
    });
  }

  keepOn("send", () => sendOne(ORDERS));
  keepOn("send", () => sendOne(ORDERS));
  keepOn("send", () => sendOne(FLEETING));
  keepOn("send a batch", sendBatch);
  keepOn("send over REST", sendOverRest);
  keepOn("schedule", schedule);
  keepOn("receive", () => receive());
  keepOn("receive", () => receive());
  keepOn("receive dead letters", () => receive("deadLetter"));
  keepOn("receive deferred messages", receiveDeferred);
  keepOn("receive and delete", receiveAndDelete);

  return {
    get acknowledgedCount() {
      return acknowledgedCount;
    },
    surprises,
    acknowledged: (count) =>
      new Promise((resolve) => {
        awaited = { count, reached: resolve };
      }),
    end: async () => {
      await delay(LAST_ANSWERS_MS);
      stopped = true;
      https.close();
      // The client is left as it is: with its server gone, every part of a goodbye would wait a minute for its answer.
    },
  };
}
