import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { isServiceBusError, type ServiceBusClient } from "@azure/service-bus";
import { eventually } from "../../support/eventually.ts";
import { peekAll } from "../crash/sightings.ts";
import { httpsClient, onceOnlyClient, type HttpsClient } from "../../../bench/support/clients.ts";
import {
  startEmulatorProcess,
  StartFailedError,
  type EmulatorProcess,
} from "../../../bench/support/emulatorProcess.ts";
import { say } from "../../support/progress.ts";
import { createSite, type Site } from "../../../bench/support/site.ts";
import { mountSmallDisk } from "./smallDisk.ts";

const QUEUE = "orders";
/** What src/servicebus-emulator/store/reserve.ts holds beside the data file. */
const RESERVE_BYTES = 4 * 2 ** 20;
const DISK_MEGABYTES = 32;
const BALLAST_BYTES = 20 * 2 ** 20;
/** With less to give back, there would not be space again for SQLite's log and for the emulator's reserve: 4 MiB each. */
const LEAST_BALLAST_BYTES = 12 * 2 ** 20;
const BODY = "x".repeat(8_000);
const BATCH_SIZE = 20;
/** Far more than fits: who has sent so many has a disk that does not fill. */
const SENDS_LIMIT = 5_000;

export interface FullDiskSummary {
  readonly cycles: number;
  readonly stored: number;
  readonly settledWhileFull: number;
  readonly refusedWhileFull: number;
  /** Whether it started while the disk was full, or said why not. */
  readonly startsOnFullDisk: boolean;
}

/**
 * Fills the disk under the emulator, again and again: sends are refused in a way that clients try again after, nothing that was acknowledged is
 * lost, and with room sends go on. The emulator is killed once while the disk is full.
 */
export async function fullDisk(options: { cycles: number; parent: string }): Promise<FullDiskSummary> {
  const site = await createSite({ parent: options.parent, queues: [QUEUE] });
  const directory = join(site.directory, "disk");
  await mkdir(directory);
  const disk = await mountSmallDisk(directory, DISK_MEGABYTES);
  const onDisk = { EMULATOR_DATA_FILE: join(directory, "servicebus.db") };
  const start = (): Promise<EmulatorProcess> =>
    startEmulatorProcess(site, { wrapper: disk.wrapper, environment: onDisk });
  let emulator = await start();
  let sides = connect(emulator, site);
  const stored = new Set<string>();
  let settledWhileFull = 0;
  let refusedWhileFull = 0;
  let count = 0;

  async function check(when: string): Promise<void> {
    const there = (await peekAll(emulator.amqpPort, QUEUE)).map(({ messageId }) => String(messageId)).sort();
    const expected = [...stored].sort();
    if (there.join() === expected.join()) return;
    const lost = expected.filter((id) => !there.includes(id));
    const extra = there.filter((id, index) => !stored.has(id) || there[index - 1] === id);
    throw new Error(
      `${when}: lost ${lost.join(", ") || "nothing"}; not acknowledged or twice ${extra.join(", ") || "nothing"}`,
    );
  }

  try {
    // It is taken a moment after the start, and a disk that is full before has none.
    const reserve = `${onDisk.EMULATOR_DATA_FILE}.reserve`;
    await eventually("the reserve is held", async () => (await disk.sizeOf(reserve)) >= RESERVE_BYTES);
    for (let cycle = 1; cycle <= options.cycles; cycle++) {
      const ballastBytes = await disk.putBallast(BALLAST_BYTES);
      if (ballastBytes < LEAST_BALLAST_BYTES)
        throw new Error(`there was room for ${ballastBytes} bytes of ballast only`);
      const fillUp = await sendUntilRefused(sides.client, () => `message-${count++}`, stored);
      if (!isServiceBusError(fillUp) || fillUp.code !== "ServiceBusy" || !fillUp.retryable) {
        throw new Error(`a send on the full disk was refused in a way that is not for trying again: ${String(fillUp)}`);
      }
      const { status, body } = await sides.https.send("POST", `/${QUEUE}/messages`, { body: "x".repeat(500_000) });
      if (status !== 503) throw new Error(`a send over REST on the full disk got ${status}: ${body}`);
      await check(`cycle ${cycle}, full`);

      const receiver = sides.client.createReceiver(QUEUE);
      for (const message of await receiver.receiveMessages(30, { maxWaitTimeInMs: 2_000 })) {
        try {
          await receiver.completeMessage(message);
          stored.delete(String(message.messageId));
          settledWhileFull += 1;
        } catch (error) {
          if (!isServiceBusError(error) || !error.retryable) throw error;
          refusedWhileFull += 1;
        }
      }
      await receiver.close();
      // There is a reserve for these.
      if (settledWhileFull === 0) throw new Error("nothing could be settled on the full disk");
      await check(`cycle ${cycle}, after settlements`);

      await disk.removeBallast();
      await eventually("sends go on when there is room", async () => {
        const id = `message-${count++}`;
        await sides.client.createSender(QUEUE).sendMessages({ messageId: id, body: BODY });
        stored.add(id);
        return true;
      });
      const again = await sides.https.send("POST", `/${QUEUE}/messages`, {
        headers: { brokerproperties: JSON.stringify({ MessageId: `message-${count}` }) },
        body: "x",
      });
      if (again.status !== 201) throw new Error(`with room again a send over REST got ${again.status}: ${again.body}`);
      stored.add(`message-${count++}`);
      await check(`cycle ${cycle}, with room`);
      if (!emulator.running) throw new Error(`the emulator has ended:\n${emulator.output()}`);
      say(`full disk: cycle ${cycle} of ${options.cycles}, ${stored.size} messages stored`);
      await takeHalf(sides.client, stored);
    }

    await disk.putBallast();
    await sendUntilRefused(sides.client, () => `message-${count++}`, stored);
    await emulator.kill();
    sides.close();
    let startsOnFullDisk = true;
    try {
      emulator = await start();
      sides = connect(emulator, site);
      await check("started on a full disk");
      await emulator.kill();
      sides.close();
    } catch (error) {
      if (!(error instanceof StartFailedError)) throw error;
      startsOnFullDisk = false;
      if (!error.output.includes(onDisk.EMULATOR_DATA_FILE)) throw error;
    }
    await disk.removeBallast();
    emulator = await start();
    sides = connect(emulator, site);
    await check("killed on a full disk and started with room");
    return { cycles: options.cycles, stored: stored.size, settledWhileFull, refusedWhileFull, startsOnFullDisk };
  } finally {
    sides.close();
    if (emulator.running) await emulator.kill();
    await disk.remove();
    await site.remove();
  }
}

interface Sides {
  readonly client: ServiceBusClient;
  readonly https: HttpsClient;
  close(): void;
}

function connect(emulator: EmulatorProcess, site: Site): Sides {
  const client = onceOnlyClient(emulator.amqpPort);
  const https = httpsClient(emulator, site);
  return {
    client,
    https,
    close: () => {
      https.close();
      // A killed emulator does not answer the goodbye.
      void client.close().catch(() => undefined);
    },
  };
}

/** Sends batches, then ever smaller ones, until a single message is refused. @returns what it was refused with. */
async function sendUntilRefused(client: ServiceBusClient, newId: () => string, stored: Set<string>): Promise<unknown> {
  const sender = client.createSender(QUEUE);
  let batchSize = BATCH_SIZE;
  for (let sends = 0; sends < SENDS_LIMIT; sends++) {
    const ids = Array.from({ length: batchSize }, newId);
    try {
      await sender.sendMessages(ids.map((messageId) => ({ messageId, body: BODY })));
      for (const id of ids) stored.add(id);
    } catch (error) {
      if (batchSize === 1) return error;
      batchSize = Math.ceil(batchSize / 4);
    }
  }
  throw new Error(`the disk is not full after ${SENDS_LIMIT} sends`);
}

/** Makes room inside the file. */
async function takeHalf(client: ServiceBusClient, stored: Set<string>): Promise<void> {
  const receiver = client.createReceiver(QUEUE);
  const goal = stored.size / 2;
  while (stored.size > goal) {
    const messages = await receiver.receiveMessages(100, { maxWaitTimeInMs: 2_000 });
    // Those whose settlement was refused stay locked.
    if (messages.length === 0) break;
    await Promise.all(messages.map((message) => receiver.completeMessage(message)));
    for (const { messageId } of messages) stored.delete(String(messageId));
  }
  await receiver.close();
}
