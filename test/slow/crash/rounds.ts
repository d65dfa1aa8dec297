import { once } from "node:events";
import { watch as watchFile } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { ServiceBusAdministrationClient, ServiceBusClient, ServiceBusReceivedMessage } from "@azure/service-bus";
import { eventually } from "../../support/eventually.ts";
import { adminClient, onceOnlyClient } from "../../../bench/support/clients.ts";
import { startEmulatorProcess, type EmulatorProcess } from "../../../bench/support/emulatorProcess.ts";
import { say } from "../support/progress.ts";
import { createRandom, type Random } from "../support/random.ts";
import { createSite, type Site } from "../../../bench/support/site.ts";
import { createLedger, effects, ViolationError, type Ledger, type Sighting } from "./ledger.ts";
import { FLEETING, FLEETING_CREDIT, ORDERS, startLoad, type Load } from "./load.ts";
import { bodyOf, peekAll, sightingOf, type SequenceNumber } from "./sightings.ts";

const LOCK_DURATION_MS = 2_000;
const MAX_DELIVERY_COUNT = 6;

/** The kill comes after so many milliseconds, or with the answer to so many operations, or with a checkpoint. */
const KILL_AFTER_MS = [20, 1_200] as const;
const KILL_AFTER_OPERATIONS = [1, 500] as const;

const QUEUES = [ORDERS, FLEETING] as const;

export interface CrashSummary {
  readonly rounds: number;
  readonly messages: number;
  readonly acknowledged: number;
  /** Messages that were on their way to a receiver that deletes, when the emulator was killed. */
  readonly lostOnTheWay: number;
}

/**
 * Kills the emulator in the middle of a mixed load, starts it again on the same file, and accounts for every message; so many times. In the
 * end everything is taken out, and what was taken out stays away.
 * @throws {ViolationError} when the emulator holds what its answers exclude.
 */
export async function crashRounds(options: { rounds: number; seed: number; parent: string }): Promise<CrashSummary> {
  const { rounds, seed, parent } = options;
  const random = createRandom(seed);
  const ledger = createLedger(MAX_DELIVERY_COUNT);
  const site = await createSite({
    parent,
    queues: QUEUES,
    lockDurationMs: LOCK_DURATION_MS,
    maxDeliveryCount: MAX_DELIVERY_COUNT,
  });
  let emulator = await startEmulatorProcess(site);
  let acknowledged = 0;
  let lostOnTheWay = 0;
  let deferred: SequenceNumber[] = [];
  try {
    for (let round = 1; round <= rounds; round++) {
      const load = startLoad({ emulator, site, ledger, random, name: `round-${round}`, deferred });
      await momentToKill(random, load, site);
      const killed = emulator.kill();
      await load.end();
      await killed;
      if (load.surprises.length > 0) throw new ViolationError(load.surprises.slice(0, 3).join("\n"));
      acknowledged += load.acknowledgedCount;
      // What was on its way to the receiver that deletes may be gone, and there is no more of it than the receiver had asked for.
      const onTheWay = ledger.possibly(FLEETING, "active");
      ledger.begin("deleted on its way", onTheWay, effects.complete);
      const certain = onTheWay.filter((id) => ledger.isCertainlyStored(id));
      ledger.crash();

      emulator = await startEmulatorProcess(site);
      deferred = await takeStock(emulator, site, ledger);
      const lost = certain.filter((id) => ledger.isCertainly(id, "gone")).length;
      if (lost > FLEETING_CREDIT) {
        throw new ViolationError(
          `${lost} messages of ${FLEETING} are gone; only ${FLEETING_CREDIT} can have been on their way`,
        );
      }
      lostOnTheWay += lost;
      if (round % 10 === 0 || round === rounds) {
        say(
          `crash: round ${round} of ${rounds}, ${ledger.messageCount} messages sent, ${acknowledged} operations acknowledged`,
        );
      }
    }
    await takeOut(emulator, site, ledger);
    for (const queue of QUEUES) ledger.checkOrder(queue);
    await emulator.kill();
    emulator = await startEmulatorProcess(site);
    await takeStock(emulator, site, ledger);
    return { rounds, messages: ledger.messageCount, acknowledged, lostOnTheWay };
  } finally {
    if (emulator.running) await emulator.kill();
    await site.remove();
  }
}

/**
 * Any time; with the answer to an operation, when the next ones are being written; or while the data file itself is written, which is when
 * SQLite brings over what has gathered in its write-ahead log.
 */
async function momentToKill(random: Random, load: Load, site: Site): Promise<void> {
  const [, latestMs] = KILL_AFTER_MS;
  switch (random.below(3)) {
    case 0:
      return delay(random.between(...KILL_AFTER_MS));
    case 1:
      return Promise.race([load.acknowledged(random.between(...KILL_AFTER_OPERATIONS)), delay(latestMs)]);
    default: {
      const watch = new AbortController();
      try {
        await Promise.race([once(watchFile(site.dataFile, { signal: watch.signal }), "change"), delay(2 * latestMs)]);
      } finally {
        watch.abort();
      }
      return delay(random.between(0, 5));
    }
  }
}

/**
 * Looks at everything that is there, and at what the management API says is there.
 * @returns the numbers of the messages that are deferred.
 */
async function takeStock(emulator: EmulatorProcess, site: Site, ledger: Ledger): Promise<SequenceNumber[]> {
  const admin = adminClient(emulator.httpsPort, site);
  const deferred: SequenceNumber[] = [];
  for (const queue of QUEUES) {
    // A scheduled message may come due between two looks.
    const what = `the counts of ${queue} are what is there`;
    const { main, dead } = await eventually(what, () => counted(emulator, admin, queue), 5_000);
    const seen = (place: "active" | "dead", messages: readonly ServiceBusReceivedMessage[]): Sighting[] =>
      messages.map((message) => sightingOf(`${queue}/${place}`, place, message, false));
    ledger.seeAll(queue, [...seen("active", main), ...seen("dead", dead)]);
    deferred.push(...numbersOf(main.filter(({ state }) => state === "deferred")));
  }
  return deferred;
}

function numbersOf(messages: readonly ServiceBusReceivedMessage[]): SequenceNumber[] {
  return messages.flatMap(({ sequenceNumber }) => (sequenceNumber === undefined ? [] : [sequenceNumber]));
}

async function counted({ amqpPort }: EmulatorProcess, admin: ServiceBusAdministrationClient, queue: string) {
  const main = await peekAll(amqpPort, queue);
  const dead = await peekAll(amqpPort, queue, "deadLetter");
  const told = await admin.getQueueRuntimeProperties(queue);
  const inState = (state: string): number => main.filter((message) => message.state === state).length;
  // Service Bus counts deferred messages as active.
  const expected = {
    active: inState("active") + inState("deferred"),
    scheduled: inState("scheduled"),
    dead: dead.length,
    all: main.length + dead.length,
  };
  const got = {
    active: told.activeMessageCount,
    scheduled: told.scheduledMessageCount,
    dead: told.deadLetterMessageCount,
    all: told.totalMessageCount,
  };
  if (JSON.stringify(got) !== JSON.stringify(expected)) {
    throw new Error(`the management API counts ${JSON.stringify(got)}, there are ${JSON.stringify(expected)}`);
  }
  return { main, dead };
}

/** Takes everything out by the way that is meant for it, until nothing is left. */
async function takeOut(emulator: EmulatorProcess, site: Site, ledger: Ledger): Promise<void> {
  const admin = adminClient(emulator.httpsPort, site);
  const client = onceOnlyClient(emulator.amqpPort);
  try {
    // A number that was given away before the crashes must not be given to this one.
    const last = { id: "the last one", queue: ORDERS, body: bodyOf("the last one", 0) };
    ledger.add(last);
    const sent = ledger.begin("send", [last.id], effects.send);
    await client.createSender(ORDERS).sendMessages({ messageId: last.id, body: last.body });
    sent.acknowledged();

    const far = (await peekAll(emulator.amqpPort, ORDERS)).filter(
      ({ state, scheduledEnqueueTimeUtc }) =>
        state === "scheduled" && (scheduledEnqueueTimeUtc?.getTime() ?? 0) > Date.now() + 60_000,
    );
    if (far.length > 0) {
      const cancelled = ledger.begin(
        "cancel",
        far.map(({ messageId }) => String(messageId)),
        effects.cancel,
      );
      await client.createSender(ORDERS).cancelScheduledMessages(numbersOf(far));
      cancelled.acknowledged();
    }
    const receiver = client.createReceiver(ORDERS);
    const deferred = (await peekAll(emulator.amqpPort, ORDERS)).filter(({ state }) => state === "deferred");
    for (const number of numbersOf(deferred)) {
      const [message] = await receiver.receiveDeferredMessages(number);
      if (message === undefined)
        throw new ViolationError(`the deferred message ${number.toString()} cannot be received`);
      const sighting = sightingOf(`${ORDERS}/active`, "deferred", message, true);
      await completed(ledger, sighting, () => receiver.completeMessage(message));
    }
    // Near scheduled ones come due, and locks that were left end, while this goes on.
    await eventually(
      "everything is taken out",
      async () => {
        for (const [queue, place] of [
          [ORDERS, "active"],
          [FLEETING, "active"],
          [ORDERS, "dead"],
        ] as const) {
          await takeActive(client, ledger, queue, place);
        }
        const { main, dead } = await counted(emulator, admin, ORDERS);
        return main.length + dead.length === 0;
      },
      60_000,
    );
  } finally {
    await client.close();
  }
  for (const queue of QUEUES) ledger.seeAll(queue, []);
}

async function takeActive(
  client: ServiceBusClient,
  ledger: Ledger,
  queue: string,
  place: "active" | "dead",
): Promise<void> {
  const receiver = client.createReceiver(queue, place === "dead" ? { subQueueType: "deadLetter" } : {});
  for (;;) {
    const messages = await receiver.receiveMessages(100, { maxWaitTimeInMs: 200 });
    if (messages.length === 0) break;
    await Promise.all(
      messages.map((message) =>
        completed(ledger, sightingOf(`${queue}/${place}`, place, message, true), () =>
          receiver.completeMessage(message),
        ),
      ),
    );
  }
  await receiver.close();
}

async function completed(ledger: Ledger, sighting: Sighting, complete: () => Promise<void>): Promise<void> {
  ledger.see(sighting);
  const pending = ledger.begin("complete", [sighting.id], effects.complete);
  await complete();
  pending.acknowledged();
}
