import { createDispatcher, type Dispatcher } from "./dispatcher.ts";
import { createQueue, type Entity, type Operation, type Queue } from "./queue.ts";

/** How often locks are checked for their end; a message whose lock has ended can come again so much later, in milliseconds. */
const EXPIRY_INTERVAL_MS = 50;

/** An address that exists. */
export interface Located {
  readonly queue: Queue;
  readonly entity: Entity;
  readonly dispatcher: Dispatcher;
}

/** All queues, by address, with their clock. */
export interface Broker {
  readonly queues: readonly Queue[];
  readonly now: () => number;
  /** The entity at `orders` or `orders/$DeadLetterQueue`, in any case; undefined when there is none. */
  find(path: string): Located | undefined;
  close(): void;
}

export interface BrokerEvents {
  operation(queue: string, operation: Operation, count: number): void;
  lockLost(queue: string): void;
}

export function createBroker(options: {
  readonly queues: readonly string[];
  readonly lockDurationMs: number;
  readonly maxDeliveryCount: number;
  readonly events: BrokerEvents;
  readonly now?: () => number;
}): Broker {
  const { lockDurationMs, maxDeliveryCount, events, now = Date.now } = options;
  const dispatchers = new Map<Entity, Dispatcher>();
  const located = new Map<string, Located>();

  const queues = options.queues.map((name) => {
    const queue = createQueue({
      name,
      lockDurationMs,
      maxDeliveryCount,
      events: {
        active: (entity) => dispatchers.get(entity)?.wake(),
        operation: (operation, count) => {
          events.operation(name, operation, count);
        },
        lockLost: () => {
          events.lockLost(name);
        },
      },
    });
    for (const entity of [queue.main, queue.deadLetter]) {
      const dispatcher = createDispatcher(entity, now);
      dispatchers.set(entity, dispatcher);
      located.set(entity.path.toLowerCase(), { queue, entity, dispatcher });
    }
    return queue;
  });

  const expiry = setInterval(() => {
    for (const entity of dispatchers.keys()) entity.expireLocks(now());
  }, EXPIRY_INTERVAL_MS);

  return {
    queues,
    now,
    find: (path) => located.get(path.toLowerCase()),
    close: () => {
      clearInterval(expiry);
    },
  };
}
