import type { DatabaseSync } from "node:sqlite";
import { createCatalogue, type QueueRecord } from "../store/catalogue.ts";
import type { Reserve } from "../store/reserve.ts";
import { createTransactions } from "../store/transactions.ts";
import type { Broker, BrokerEvents, Entity, ResolvedAddress } from "./contract.ts";
import { createDispatcher } from "./dispatcher.ts";
import { createQueue, type OwnedQueue } from "./queue.ts";
import { BrokerError, ignoreBrokerError } from "../model/brokerError.ts";

/** How often locks and due messages are looked at; a lock can last so much longer, in milliseconds. */
const TICK_MS = 50;

/** How often it is looked which queues are idle, in milliseconds. */
const IDLE_CHECK_MS = 1_000;

/**
 * A broker over a data file, with the queues that are in it.
 * @param options.unsupported what is at an address that this emulator does not do; addresses in lower case.
 * @param options.onFailure hears of every transaction that failed.
 * @throws when the file cannot be read.
 */
export function createBroker(options: {
  readonly db: DatabaseSync;
  /** Space beside the file; released when the broker is closed. */
  readonly reserve: Reserve;
  readonly unsupported: ReadonlyMap<string, string>;
  readonly events: BrokerEvents;
  readonly onFailure: (error: unknown) => void;
  readonly now?: () => number;
}): Broker {
  const { db, reserve, unsupported, events, onFailure, now = Date.now } = options;
  const catalogue = createCatalogue(db);
  const transactions = createTransactions(db, reserve, onFailure);
  const owned = new Map<string, OwnedQueue>();
  const resolved = new Map<string, ResolvedAddress>();
  let sorted: readonly OwnedQueue[] | undefined;

  function open(record: QueueRecord): OwnedQueue {
    const { name } = record;
    const queue = createQueue({
      db,
      record,
      catalogue,
      transactions,
      now,
      events: {
        active: (entity) => resolved.get(addressOf(entity))?.dispatcher.wake(),
        operation: (operation, count) => {
          events.operation(name, operation, count);
        },
        lockLost: () => {
          events.lockLost(name);
        },
      },
    });
    for (const entity of [queue.main, queue.deadLetter]) {
      resolved.set(addressOf(entity), { queue, entity, dispatcher: createDispatcher(entity, now) });
    }
    owned.set(name.toLowerCase(), queue);
    sorted = undefined;
    events.opened(name);
    return queue;
  }

  function close(queue: OwnedQueue): void {
    owned.delete(queue.name.toLowerCase());
    sorted = undefined;
    for (const entity of [queue.main, queue.deadLetter]) {
      resolved.get(addressOf(entity))?.dispatcher.end();
      resolved.delete(addressOf(entity));
    }
    events.deleted(queue.name);
  }

  function ownedOf({ name }: { readonly name: string }): OwnedQueue {
    const queue = owned.get(name.toLowerCase());
    if (queue === undefined) throw new BrokerError("entity-gone", `The messaging entity "${name}" was deleted.`);
    return queue;
  }

  for (const record of catalogue.load()) open(record);

  const startedAtMs = now();
  const ticks = setInterval(() => {
    const nowMs = now();
    for (const queue of owned.values()) queue.tick(nowMs);
  }, TICK_MS);
  const idleChecks = setInterval(() => {
    for (const queue of owned.values()) {
      if (isIdle(queue, now())) remove(queue).catch(ignoreBrokerError);
    }
  }, IDLE_CHECK_MS);

  /** Whether a queue was not used for as long as it may be. */
  function isIdle(queue: OwnedQueue, nowMs: number): boolean {
    const usedAtMs = Math.max(startedAtMs, queue.updatedAtMs, queue.accessedAtMs ?? 0);
    if (nowMs - usedAtMs < queue.properties.autoDeleteOnIdleMs) return false;
    return [queue.main, queue.deadLetter].every((entity) => !resolved.get(addressOf(entity))?.dispatcher.isUsed);
  }

  async function remove(queue: OwnedQueue): Promise<void> {
    await queue.remove();
    close(queue);
  }

  return {
    get queues() {
      sorted ??= [...owned.values()].sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
      return sorted;
    },
    now,
    find: (path) => {
      const address = path.toLowerCase();
      // A queue of the data file's that has since been configured to be something else.
      return configuredAt(address, unsupported) === undefined ? resolved.get(address) : undefined;
    },
    unsupportedAt: (path) => {
      const address = path.toLowerCase();
      return configuredAt(address, unsupported) ?? neverSupportedAt(address);
    },
    createQueue: (definition) =>
      transactions
        .run({
          adds: true,
          write: () => {
            if (catalogue.has(definition.name)) {
              throw new BrokerError("already-exists", `The messaging entity "${definition.name}" already exists.`);
            }
            return catalogue.create(definition, now());
          },
        })
        .then(open),
    updateQueue: async (queue, properties) => ownedOf(queue).setProperties(properties, now()),
    deleteQueue: async (queue) => remove(ownedOf(queue)),
    close: () => {
      clearInterval(ticks);
      clearInterval(idleChecks);
      transactions.flush();
      db.close();
      reserve.release();
      return Promise.resolve();
    },
  };
}

function addressOf({ path }: Entity): string {
  return path.toLowerCase();
}

/** What is configured at the path or above it, as a topic is above its subscriptions. */
function configuredAt(path: string, configured: ReadonlyMap<string, string>): string | undefined {
  if (configured.size === 0) return undefined;
  const segments = path.split("/");
  for (let length = segments.length; length > 0; length -= 1) {
    const feature = configured.get(segments.slice(0, length).join("/"));
    if (feature !== undefined) return feature;
  }
  return undefined;
}

/** What no configuration has to say. */
function neverSupportedAt(path: string): string | undefined {
  const segments = path.split("/");
  if (segments.includes("subscriptions")) return "topics";
  if (segments.includes("$transfer")) return "transfer dead-letter queues";
  return undefined;
}
