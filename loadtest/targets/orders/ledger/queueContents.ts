import {
  ServiceBusClient,
  type ServiceBusClientOptions,
  type ServiceBusReceivedMessage,
  type ServiceBusReceiver,
} from "@azure/service-bus";
import type { BusAccess } from "../serviceBus/queue.ts";
import type { Address } from "../../../model/endpoint.ts";

/** The most messages of one peek. Service Bus may answer with fewer, and at most some 250 kB or 1 MB. */
const PAGE_LENGTH = 1_000;
/** The most messages of one queue that are read; what is beyond them stays unknown. */
const MOST_MESSAGES = 1_000_000;
const ANSWER_TIMEOUT_MS = 15_000;
/** Longer than a ledger is read. */
const TOKEN_USE_MS = 3_600_000;
const PROGRESS_EVERY_MS = 5_000;

/** Where AMQP is spoken: in plain on 5672 by the emulator, with TLS on 5671 by Azure. Reach the bus's Service at this port. */
export function amqpPort(access: BusAccess): 5671 | 5672 {
  return isEmulator(access) ? 5672 : 5671;
}

export interface DeadLetter {
  reason: string;
  /** Deliveries before the one that dead-lettered it, or that the last one of was too many. */
  failedDeliveries: number;
}

/** One look into a queue after another, by peeks: they lock nothing, take nothing and show locked messages too. */
export interface QueueContents {
  /** Those of the ids that are on the queue: waiting, locked, deferred or scheduled. */
  waiting(desired: ReadonlySet<string>, signal: AbortSignal): Promise<ReadonlySet<string>>;
  /** Those of the ids that are dead-lettered. */
  deadLettered(desired: ReadonlySet<string>, signal: AbortSignal): Promise<ReadonlyMap<string, DeadLetter>>;
  close(): Promise<void>;
}

/**
 * @param address where to dial; the host name sent is the bus's own all the same.
 * @throws for an address that the SDK cannot dial; on use, when the bus cannot be reached, rejects, or holds more messages than can be read.
 */
export function queueContents(options: {
  access: BusAccess;
  address: Address;
  queue: string;
  log?: ((line: string) => void) | undefined;
  mostMessages?: number;
}): QueueContents {
  const { access, address, queue } = options;
  const mostMessages = options.mostMessages ?? MOST_MESSAGES;
  // The SDK takes what is before the first colon for the host, in brackets or not.
  if (address.host.includes(":")) {
    throw new Error(`the bus cannot be dialled at ${address.host}: want a name or an IPv4 address`);
  }
  // Through the Service's address: outside the cluster its name does not resolve. Azure's own does, and this is then the same address.
  const client = clientOf(access, {
    customEndpointAddress: `sb://${address.host}:${address.port}`,
    retryOptions: { maxRetries: 1, retryDelayInMs: 500, timeoutInMs: ANSWER_TIMEOUT_MS },
  });

  async function look(
    subQueueType: "deadLetter" | undefined,
    signal: AbortSignal,
    see: (message: ServiceBusReceivedMessage) => void,
  ): Promise<void> {
    const what = subQueueType === undefined ? `queue ${queue}` : `dead-letter queue of ${queue}`;
    try {
      const receiver = client.createReceiver(queue, subQueueType === undefined ? {} : { subQueueType });
      try {
        await browse(receiver, { what, mostMessages, signal, log: options.log, see });
      } finally {
        await receiver.close();
      }
    } catch (error) {
      throw new Error(`the ${what} at ${address.host}:${address.port} cannot be looked into`, { cause: lastOf(error) });
    }
  }

  return {
    waiting: async (desired, signal) => {
      const found = new Set<string>();
      await look(undefined, signal, (message) => {
        const id = idOf(message);
        if (desired.has(id)) found.add(id);
      });
      return found;
    },
    deadLettered: async (desired, signal) => {
      const found = new Map<string, DeadLetter>();
      await look("deadLetter", signal, (message) => {
        const id = idOf(message);
        if (!desired.has(id)) return;
        const reason = message.deadLetterReason ?? "no reason given";
        found.set(id, { reason, failedDeliveries: message.deliveryCount ?? 0 });
      });
      return found;
    },
    close: () => client.close(),
  };
}

/** Those of the ids that are dead-lettered; none is looked for where there are no ids. @throws as the look does. */
export async function readDeadLetters(
  ids: readonly string[],
  { signal, ...of }: Parameters<typeof queueContents>[0] & { signal: AbortSignal },
): Promise<ReadonlyMap<string, DeadLetter>> {
  if (ids.length === 0) return new Map();
  const contents = queueContents(of);
  try {
    return await contents.deadLettered(new Set(ids), signal);
  } finally {
    await contents.close().catch(() => undefined);
  }
}

/**
 * Page by page from the lowest sequence number on, until a page is empty. A message keeps its number for as long as it is there.
 * @throws when there are more messages than `mostMessages`, or `signal` is aborted.
 */
export async function browse(
  receiver: Pick<ServiceBusReceiver, "peekMessages">,
  options: {
    what: string;
    mostMessages: number;
    signal: AbortSignal;
    log: ((line: string) => void) | undefined;
    see: (message: ServiceBusReceivedMessage) => void;
  },
): Promise<void> {
  let seen = 0;
  let saidMs = performance.now();
  let from: ServiceBusReceivedMessage["sequenceNumber"];
  for (;;) {
    options.signal.throwIfAborted();
    const page = await receiver.peekMessages(PAGE_LENGTH, {
      abortSignal: options.signal,
      ...(from === undefined ? {} : { fromSequenceNumber: from }),
    });
    for (const message of page) options.see(message);
    const last = page.at(-1)?.sequenceNumber;
    if (last === undefined) return;
    if (from?.greaterThan(last) === true) throw new Error(`a peek from ${from.toString()} on gave ${last.toString()}`);
    from = last.add(1);
    seen += page.length;
    if (seen > options.mostMessages) throw new Error(`it holds more than ${options.mostMessages} messages`);
    if (performance.now() - saidMs >= PROGRESS_EVERY_MS) {
      saidMs = performance.now();
      options.log?.(`  ledger: ${seen} messages of the ${options.what} seen so far`);
    }
  }
}

function idOf({ messageId }: ServiceBusReceivedMessage): string {
  return String(messageId).toLowerCase();
}

/** Of several tries the SDK gives all errors, and no message of its own. */
function lastOf(error: unknown): unknown {
  return error instanceof AggregateError ? error.errors.at(-1) : error;
}

function clientOf({ login }: BusAccess, options: ServiceBusClientOptions): ServiceBusClient {
  if (login.kind === "key") return new ServiceBusClient(login.connectionString, options);
  const { token } = login;
  // It says how long it is good for to the bus alone; the SDK renews before the time that it is told, and here there is nothing to renew with.
  const expiresOnTimestamp = Date.now() + TOKEN_USE_MS;
  return new ServiceBusClient(login.host, { getToken: () => Promise.resolve({ token, expiresOnTimestamp }) }, options);
}

function isEmulator({ login }: BusAccess): boolean {
  if (login.kind === "token") return false;
  // The SDK's own condition for plain AMQP, letter by letter.
  return login.connectionString.split(";").some((part) => part.trim() === "UseDevelopmentEmulator=true");
}
