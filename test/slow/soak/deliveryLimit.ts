import type { ServiceBusReceivedMessage } from "@azure/service-bus";
import { eventually } from "../../support/eventually.ts";
import { onceOnlyClient } from "../../../bench/support/clients.ts";
import { startEmulatorProcess } from "../../../bench/support/emulatorProcess.ts";
import { say } from "../support/progress.ts";
import { createSite } from "../../../bench/support/site.ts";

const QUEUE = "orders";
const BATCH_SIZE = 500;
/** As many messages may wait on the queue: more would measure the queue's length and not the receiver. */
const WAITING_LIMIT = 2_000;
const CONCURRENT_CALLS = 100;
const LOCK_DURATION_MS = 15_000;
const RENEWAL_MS = 4_000;

export interface SoakSummary {
  readonly messages: number;
  readonly tookMs: number;
  readonly heldMs: number;
  readonly renewals: number;
  /** Resident memory after each third, in bytes. */
  readonly residentBytes: readonly number[];
}

/**
 * Sends many messages through one receiver, far beyond the 2,048 deliveries that a session of rhea's knows at once, while another receiver
 * holds one message the whole time and renews its lock.
 * @param options.messages at least so many.
 * @param options.heldMs and for at least so long.
 * @throws when a message is lost, comes twice, or the held one is not the holder's any more.
 */
export async function soakDeliveryLimit(options: {
  readonly messages: number;
  readonly heldMs: number;
  readonly parent: string;
}): Promise<SoakSummary> {
  const site = await createSite({ parent: options.parent, queues: [QUEUE], lockDurationMs: LOCK_DURATION_MS });
  const emulator = await startEmulatorProcess(site);
  const client = onceOnlyClient(emulator.amqpPort);
  const holdingClient = onceOnlyClient(emulator.amqpPort);
  const beginMs = performance.now();
  let failure: Error | undefined;
  const fail = (what: string, cause?: unknown): void => {
    failure ??= new Error(what, { cause });
  };
  let renewal: NodeJS.Timeout | undefined;
  try {
    const sender = client.createSender(QUEUE);
    const holder = holdingClient.createReceiver(QUEUE);
    await sender.sendMessages({ messageId: "held", body: "held" });
    const [held] = await holder.receiveMessages(1);
    if (held?.messageId !== "held") throw new Error("the message to be held did not come");
    let renewals = 0;
    renewal = setInterval(() => {
      holder.renewMessageLock(held).then(
        () => (renewals += 1),
        (error: unknown) => {
          fail(`the held message's lock was not renewed after ${renewals} renewals`, error);
        },
      );
    }, RENEWAL_MS);

    let sent = 0;
    let completed = 0;
    /** What has come, by the number in the message's id. */
    const came = new Set<number>();
    const receiver = client.createReceiver(QUEUE);
    async function process(message: ServiceBusReceivedMessage): Promise<void> {
      const number = Number(message.messageId);
      if (message.deliveryCount !== 0 || came.has(number)) {
        fail(`message ${String(message.messageId)} came again, with delivery count ${message.deliveryCount ?? "none"}`);
      }
      came.add(number);
      await receiver.completeMessage(message);
      completed += 1;
    }
    receiver.subscribe(
      {
        processMessage: process,
        processError: ({ error }) => {
          fail("the receiver failed", error);
          return Promise.resolve();
        },
      },
      { maxConcurrentCalls: CONCURRENT_CALLS, autoCompleteMessages: false },
    );

    async function passThrough(messages: number): Promise<void> {
      const goal = sent + messages;
      while (sent < goal) {
        const count = Math.min(BATCH_SIZE, goal - sent);
        const batch = Array.from({ length: count }, (_, index) => ({ messageId: String(sent + index), body: "x" }));
        await sender.sendMessages(batch);
        sent += count;
        await eventually(
          "the receiver keeps up",
          () => failure !== undefined || sent - completed < WAITING_LIMIT,
          60_000,
        );
        if (failure !== undefined) throw failure;
      }
      await eventually("all messages are completed", () => failure !== undefined || completed === sent, 60_000);
      if (failure !== undefined) throw failure;
    }

    const third = Math.ceil(options.messages / 3);
    const residentBytes: number[] = [];
    for (let part = 1; part <= 3; part++) {
      do await passThrough(third);
      while (performance.now() - beginMs < (options.heldMs * part) / 3);
      residentBytes.push(emulator.residentBytes());
      say(
        `soak: ${sent} messages, the held one for ${Math.round((performance.now() - beginMs) / 1_000)} s, resident ${Math.round(emulator.residentBytes() / 2 ** 20)} MiB`,
      );
    }
    clearInterval(renewal);
    const heldMs = performance.now() - beginMs;
    await holder.completeMessage(held);
    await receiver.close();
    const left = await holder.peekMessages(10);
    if (left.length > 0) throw new Error(`there is still ${left.map(({ messageId }) => String(messageId)).join(", ")}`);
    if (came.size !== sent) throw new Error(`${sent} messages were sent, ${came.size} came`);
    return { messages: sent, tookMs: performance.now() - beginMs, heldMs, renewals, residentBytes };
  } finally {
    clearInterval(renewal);
    await client.close();
    await holdingClient.close();
    await emulator.kill();
    await site.remove();
  }
}
