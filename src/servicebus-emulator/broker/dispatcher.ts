import type { Consumer, Dispatcher, Entity, Watcher } from "./contract.ts";

export function createDispatcher(entity: Entity, now: () => number): Dispatcher {
  const consumers: Consumer[] = [];
  const watchers = new Set<Watcher>();
  /** Whoever got the last message. */
  let last = -1;
  let scheduled = false;

  /** The next in turn that takes a message; -1 when none does. */
  function next(): number {
    const after = consumers.findIndex((consumer, index) => index > last && consumer.hasRoom());
    return after >= 0 ? after : consumers.findIndex((consumer) => consumer.hasRoom());
  }

  function dispatch(): void {
    for (;;) {
      const index = next();
      const message = index < 0 ? undefined : entity.lock(now());
      if (message === undefined) return;
      // Only who got something has had its turn: one that gets a message and loses its lock would else get it again and again.
      last = index;
      consumers[index]?.deliver(message);
    }
  }

  return {
    add: (consumer) => {
      consumers.push(consumer);
    },
    remove: (consumer) => {
      const index = consumers.indexOf(consumer);
      if (index < 0) return;
      consumers.splice(index, 1);
      if (index <= last) last -= 1;
    },
    watch: (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    wake: () => {
      if (scheduled || consumers.length + watchers.size === 0) return;
      scheduled = true;
      // After the answers that the same transaction brings about, and not a turn of the event loop later.
      queueMicrotask(() => {
        scheduled = false;
        for (const watcher of watchers) watcher.available();
        dispatch();
      });
    },
    dispatch,
    get isUsed() {
      return consumers.length + watchers.size > 0;
    },
    end: () => {
      for (const consumer of consumers.splice(0)) consumer.end();
      for (const watcher of [...watchers]) watcher.end();
    },
  };
}
