import rhea from "rhea";
import { createQueue, type Entity, type LockedMessage, type Queue } from "../../../src/servicebus-emulator/queue.ts";
import { MalformedMessageError, text } from "../../../src/servicebus-emulator/rawMessage.ts";

const LOCK_MS = 1_000;

let queue: Queue;
let operations: Record<string, number>;
let lockLosses: number;
let activated: string[];

beforeEach(() => {
  operations = {};
  lockLosses = 0;
  activated = [];
  let ids = 0;
  queue = createQueue({
    name: "orders",
    lockDurationMs: LOCK_MS,
    maxDeliveryCount: 3,
    newId: () => `id-${++ids}`,
    events: {
      active: ({ path }) => activated.push(path),
      operation: (operation, count) => {
        operations[operation] = (operations[operation] ?? 0) + count;
      },
      lockLost: () => {
        lockLosses += 1;
      },
    },
  });
});

function send(...bodies: string[]): void {
  queue.enqueue(
    bodies.map((body) => rhea.message.encode({ message_id: body, body })),
    0,
  );
}

function lock(entity: Entity, nowMs: number): LockedMessage {
  const message = entity.lock(nowMs);
  if (message === undefined) throw new Error(`nothing to lock in ${entity.path}`);
  return message;
}

function properties({ stored }: { stored: Buffer }): Record<string, unknown> {
  return (rhea.message.decode(stored).application_properties ?? {}) as Record<string, unknown>;
}

function counts(): number[] {
  const { main, deadLetter } = queue;
  return [main.activeCount, main.lockedCount, deadLetter.activeCount, deadLetter.lockedCount];
}

describe("a queue", () => {
  it("hands messages out in order, each to one", () => {
    send("a", "b");
    expect([lock(queue.main, 0), lock(queue.main, 0)].map(({ sequenceNumber }) => sequenceNumber)).toEqual([1, 2]);
    expect(queue.main.lock(0)).toBeUndefined();
    expect(counts()).toEqual([0, 2, 0, 0]);
  });

  it("stores all or none", () => {
    expect(() => {
      queue.enqueue([rhea.message.encode({ body: "fine" }), Buffer.of(1, 2, 3)], 0);
    }).toThrow(MalformedMessageError);
    expect(counts()).toEqual([0, 0, 0, 0]);
    expect(queue.main.sizeBytes).toBe(0);
  });

  it("completes once", () => {
    send("a");
    const { lockToken } = lock(queue.main, 0);
    expect(queue.main.complete(lockToken, 1)).toBe(true);
    expect(queue.main.complete(lockToken, 1)).toBe(false);
    expect(counts()).toEqual([0, 0, 0, 0]);
    expect(queue.main.sizeBytes).toBe(0);
  });

  it("hands an abandoned message out again before later ones, counted", () => {
    send("a", "b");
    const first = lock(queue.main, 0);
    expect(first.deliveryCount).toBe(0);
    expect(queue.main.abandon(first.lockToken, 1)).toBe(true);
    const again = lock(queue.main, 2);
    expect(again).toMatchObject({ sequenceNumber: 1, deliveryCount: 1 });
    expect(again.lockToken).not.toBe(first.lockToken);
  });

  it("does not count a released delivery", () => {
    send("a");
    expect(queue.main.release(lock(queue.main, 0).lockToken, 1)).toBe(true);
    expect(lock(queue.main, 2).deliveryCount).toBe(0);
  });

  it("moves a message to the dead-letter queue with its reason, place and size", () => {
    send("a", "b");
    const { lockToken } = lock(queue.main, 0);
    expect(queue.main.deadLetter?.(lockToken, 1, new Map([["DeadLetterReason", text("poison")]]))).toBe(true);
    expect(counts()).toEqual([1, 0, 1, 0]);
    const dead = lock(queue.deadLetter, 2);
    expect(dead).toMatchObject({ sequenceNumber: 1, deadLetterSource: "orders" });
    expect(properties(dead)).toEqual({ DeadLetterReason: "poison" });
    expect(queue.deadLetter.sizeBytes).toBe(dead.stored.length);
    expect(queue.deadLetter.complete(dead.lockToken, 3)).toBe(true);
    expect(queue.deadLetter.sizeBytes).toBe(0);
  });

  it("dead-letters after the last delivery that is allowed", () => {
    send("a");
    for (const deliveryCount of [0, 1, 2]) {
      const message = lock(queue.main, 0);
      expect(message.deliveryCount).toBe(deliveryCount);
      queue.main.abandon(message.lockToken, 0);
    }
    expect(counts()).toEqual([0, 0, 1, 0]);
    expect(properties(lock(queue.deadLetter, 0))).toEqual({
      DeadLetterReason: "MaxDeliveryCountExceeded",
      DeadLetterErrorDescription: "Message could not be consumed after 3 delivery attempts.",
    });
  });

  it("keeps a message in the dead-letter queue however often it fails there", () => {
    send("a");
    queue.main.deadLetter?.(lock(queue.main, 0).lockToken, 0, new Map());
    for (let failure = 0; failure < 10; failure += 1) {
      queue.deadLetter.abandon(lock(queue.deadLetter, 0).lockToken, 0);
    }
    expect(counts()).toEqual([0, 0, 1, 0]);
    expect(queue.deadLetter.deadLetter).toBeUndefined();
  });

  it("sets the properties of an abandoned message", () => {
    send("a");
    queue.main.abandon(lock(queue.main, 0).lockToken, 0, new Map([["tried", text("yes")]]));
    expect(properties(lock(queue.main, 0))).toEqual({ tried: "yes" });
  });
});

describe("a lock", () => {
  it("ends at its time, not before", () => {
    send("a");
    const { lockedUntilMs } = lock(queue.main, 100);
    expect(lockedUntilMs).toBe(100 + LOCK_MS);
    queue.main.expireLocks(lockedUntilMs - 1);
    expect(counts()).toEqual([0, 1, 0, 0]);
    queue.main.expireLocks(lockedUntilMs);
    expect(counts()).toEqual([1, 0, 0, 0]);
    expect(lockLosses).toBe(1);
    expect(lock(queue.main, lockedUntilMs).deliveryCount).toBe(1);
  });

  it.each(["complete", "abandon", "release"] as const)(
    "is needed to %s, even before anybody noticed its end",
    (operation) => {
      send("a");
      const { lockToken, lockedUntilMs } = lock(queue.main, 0);
      expect(queue.main[operation](lockToken, lockedUntilMs)).toBe(false);
      expect(counts()).toEqual([1, 0, 0, 0]);
    },
  );

  it("is needed to dead-letter and to renew", () => {
    send("a", "b");
    const [a, b] = [lock(queue.main, 0), lock(queue.main, 0)];
    expect(queue.main.deadLetter?.(a.lockToken, LOCK_MS, new Map())).toBe(false);
    expect(queue.main.renew(b.lockToken, LOCK_MS)).toBeUndefined();
    expect(counts()).toEqual([2, 0, 0, 0]);
  });

  it("does not serve for a message that somebody else has locked since", () => {
    send("a");
    const first = lock(queue.main, 0);
    const second = lock(queue.main, (queue.main.expireLocks(LOCK_MS), LOCK_MS));
    expect(second.sequenceNumber).toBe(first.sequenceNumber);
    expect(queue.main.complete(first.lockToken, LOCK_MS + 1)).toBe(false);
    expect(queue.main.complete(second.lockToken, LOCK_MS + 1)).toBe(true);
  });

  it("lasts anew from its renewal, past locks that are younger", () => {
    send("a", "b");
    const [a, b] = [lock(queue.main, 0), lock(queue.main, 10)];
    expect(queue.main.renew(a.lockToken, 500)).toBe(500 + LOCK_MS);
    queue.main.expireLocks(1_200);
    expect(queue.main.complete(b.lockToken, 1_200)).toBe(false);
    expect(queue.main.complete(a.lockToken, 1_200)).toBe(true);
  });

  it("that ends too often dead-letters the message", () => {
    send("a");
    for (let delivery = 1; delivery <= 3; delivery += 1) {
      lock(queue.main, delivery * LOCK_MS);
      queue.main.expireLocks((delivery + 1) * LOCK_MS);
    }
    expect(counts()).toEqual([0, 0, 1, 0]);
    expect(lockLosses).toBe(3);
  });
});

describe("what others see", () => {
  it("tells when an entity has something to receive", () => {
    send("a");
    const message = lock(queue.main, 0);
    queue.main.abandon(message.lockToken, 0);
    queue.main.deadLetter?.(lock(queue.main, 0).lockToken, 0, new Map());
    expect(activated).toEqual(["orders", "orders", "orders/$DeadLetterQueue"]);
  });

  it("counts every operation", () => {
    send("a", "b", "c", "d");
    queue.main.complete(lock(queue.main, 0).lockToken, 0);
    queue.main.abandon(lock(queue.main, 0).lockToken, 0);
    queue.main.deadLetter?.(lock(queue.main, 0).lockToken, 0, new Map());
    queue.main.renew(lock(queue.main, 0).lockToken, 0);
    queue.main.peek(0, 10);
    expect(operations).toEqual({
      send: 4,
      receive: 4,
      complete: 1,
      abandon: 1,
      dead_letter: 1,
      renew_lock: 1,
      peek: 2,
    });
  });

  it("peeks in order, from a number on, without a lock, locked messages too", () => {
    send("a", "b", "c");
    lock(queue.main, 0);
    const numbers = (from: number, count: number): number[] =>
      queue.main.peek(from, count).map(({ sequenceNumber }) => sequenceNumber);
    expect(numbers(0, 2)).toEqual([1, 2]);
    expect(numbers(2, 5)).toEqual([2, 3]);
    expect(numbers(4, 5)).toEqual([]);
    expect(counts()).toEqual([2, 1, 0, 0]);
  });

  it("peeks into the dead-letter queue in order of sequence, not of arrival", () => {
    send("a", "b");
    const [a, b] = [lock(queue.main, 0), lock(queue.main, 0)];
    queue.main.deadLetter?.(b.lockToken, 0, new Map());
    queue.main.deadLetter?.(a.lockToken, 0, new Map());
    expect(queue.deadLetter.peek(0, 5).map(({ sequenceNumber }) => sequenceNumber)).toEqual([1, 2]);
  });
});

it("accounts for every message through a long random history", () => {
  // A Lehmer generator: the same history every time.
  let seed = 42;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return Math.floor((seed / 2_147_483_647) * below);
  };
  let nowMs = 0;
  let sent = 0;
  let completed = 0;
  const held: LockedMessage[] = [];
  for (let step = 0; step < 20_000; step += 1) {
    nowMs += random(400);
    const action = random(8);
    const message = held[random(Math.max(1, held.length))];
    const forget = (): void => {
      if (message !== undefined) held.splice(held.indexOf(message), 1);
    };
    if (action < 2) {
      send(`m-${step}`);
      sent += 1;
    } else if (action < 4) {
      const locked = queue.main.lock(nowMs);
      if (locked !== undefined) held.push(locked);
    } else if (message !== undefined) {
      if (action === 4 && queue.main.complete(message.lockToken, nowMs)) completed += 1;
      if (action === 5) queue.main.abandon(message.lockToken, nowMs);
      if (action === 6) queue.main.deadLetter?.(message.lockToken, nowMs, new Map());
      if (action === 7) queue.main.renew(message.lockToken, nowMs);
      if (action !== 7) forget();
    }
    expect(counts().reduce((sum, count) => sum + count)).toBe(sent - completed);
  }
  expect(completed).toBeGreaterThan(500);
  expect(lockLosses).toBeGreaterThan(100);
  expect(queue.deadLetter.activeCount).toBeGreaterThan(100);
});
