import type { Entity, LockedMessage } from "./contract.ts";

/** Somebody who receives from an entity. */
export interface Consumer {
  /** Whether it takes a message now. */
  wants(): boolean;
  deliver(message: LockedMessage): void;
  /** The entity was deleted. */
  end(): void;
}

/** Hands an entity's messages to its consumers in turn. */
export interface Dispatcher {
  add(consumer: Consumer): void;
  /** For one that has gone: it gets nothing more. */
  remove(consumer: Consumer): void;
  /** Dispatches soon, once for all calls until then. */
  wake(): void;
  /** Dispatches what can be dispatched. */
  dispatch(): void;
  /** Tells the consumers that the entity was deleted. */
  end(): void;
}

export function createDispatcher(entity: Entity, now: () => number): Dispatcher {
  let consumers: Consumer[] = [];
  let turn = -1;
  let scheduled = false;

  function next(): Consumer | undefined {
    const after = consumers.findIndex((consumer, index) => index > turn && consumer.wants());
    turn = after >= 0 ? after : consumers.findIndex((consumer) => consumer.wants());
    return consumers[turn];
  }

  function dispatch(): void {
    for (;;) {
      const consumer = next();
      if (consumer === undefined) return;
      const message = entity.lock(now());
      if (message === undefined) return;
      consumer.deliver(message);
    }
  }

  return {
    add: (consumer) => {
      consumers.push(consumer);
    },
    remove: (consumer) => {
      consumers = consumers.filter((known) => known !== consumer);
    },
    wake: () => {
      if (scheduled || consumers.length === 0) return;
      scheduled = true;
      // After the answers that the same transaction brings about, and not a turn of the event loop later.
      queueMicrotask(() => {
        scheduled = false;
        dispatch();
      });
    },
    dispatch,
    end: () => {
      for (const consumer of consumers.splice(0)) consumer.end();
    },
  };
}
