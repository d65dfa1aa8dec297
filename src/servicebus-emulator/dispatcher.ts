import type { Entity, LockedMessage } from "./queue.ts";

/** Somebody who receives from an entity. */
export interface Consumer {
  /** False for ever once the receiver has gone. */
  isOpen(): boolean;
  /** Whether it takes a message now. */
  wants(): boolean;
  deliver(message: LockedMessage): void;
}

/** Hands an entity's messages to its consumers in turn. */
export interface Dispatcher {
  add(consumer: Consumer): void;
  /** Dispatches soon, once for all calls of this turn of the event loop. */
  wake(): void;
  /** Dispatches what can be dispatched. */
  dispatch(): void;
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
    while (entity.activeCount > 0) {
      const consumer = next();
      if (consumer === undefined) return;
      const message = entity.lock(now());
      if (message === undefined) return;
      consumer.deliver(message);
    }
  }

  return {
    add: (consumer) => {
      consumers = [...consumers.filter((known) => known.isOpen()), consumer];
    },
    wake: () => {
      if (scheduled || consumers.length === 0) return;
      scheduled = true;
      setImmediate(() => {
        scheduled = false;
        dispatch();
      });
    },
    dispatch,
  };
}
