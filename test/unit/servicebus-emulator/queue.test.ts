import type { DatabaseSync } from "node:sqlite";
import rhea from "rhea";
import type { Entity, LockedMessage } from "../../../src/servicebus-emulator/broker/contract.ts";
import { queueDefinition, type QueueProperties } from "../../../src/servicebus-emulator/model/properties.ts";
import { createQueue, type OwnedQueue } from "../../../src/servicebus-emulator/broker/queue.ts";
import { text } from "../../../src/servicebus-emulator/message/encoding.ts";
import { incoming } from "../../../src/servicebus-emulator/message/incoming.ts";
import { createCatalogue } from "../../../src/servicebus-emulator/store/catalogue.ts";
import { openDataFile } from "../../../src/servicebus-emulator/store/dataFile.ts";
import { NO_RESERVE } from "../../../src/servicebus-emulator/store/reserve.ts";
import { createTransactions } from "../../../src/servicebus-emulator/store/transactions.ts";

const LOCK_MS = 1_000;

let db: DatabaseSync;
let queue: OwnedQueue;
let operations: Record<string, number>;
let lockLosses: number;
let activated: string[];
let failures: unknown[];

beforeEach(() => {
  db = openDataFile(undefined);
  queue = makeQueue();
});

afterEach(async () => {
  await written();
  expect(countedRows()).toEqual(savedNumbers());
  db.close();
});

/** A queue of its own in the file, or the one that is there with nothing remembered, as after a restart. */
function makeQueue(properties: Partial<QueueProperties> = {}): OwnedQueue {
  operations = {};
  lockLosses = 0;
  activated = [];
  failures = [];
  const catalogue = createCatalogue(db);
  const definition = queueDefinition("orders", { lockDurationMs: LOCK_MS, maxDeliveryCount: 3, ...properties });
  if (catalogue.has("orders")) catalogue.update(catalogue.load()[0]?.id ?? 0, definition.properties, 0);
  else catalogue.create(definition, 0);
  const [record] = catalogue.load();
  if (record === undefined) throw new Error("no queue in the file");
  return createQueue({
    db,
    record,
    catalogue,
    transactions: createTransactions(db, NO_RESERVE, (error) => failures.push(error)),
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
}

/** What is really in the tables, by entity and state; the size last. */
function countedRows(): unknown[] {
  return [1, 2].map((id) => ({
    ...db
      .prepare(
        `SELECT count(*) FILTER (WHERE state = 0) AS available, count(*) FILTER (WHERE state = 1) AS deferred,
         count(*) FILTER (WHERE state = 2) AS scheduled, coalesce(sum(length(stored)), 0) AS size_bytes FROM message_${id}`,
      )
      .get(),
  }));
}

function savedNumbers(): unknown[] {
  const query = "SELECT available, deferred, scheduled, size_bytes FROM entity ORDER BY id";
  return db
    .prepare(query)
    .all()
    .map((row) => ({ ...row }));
}

/** Until what was begun so far is written. */
function written(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

interface Sending {
  readonly ttl?: number;
  readonly scheduledAtMs?: number;
}

function message(id: string, { ttl, scheduledAtMs }: Sending = {}) {
  const message_annotations =
    scheduledAtMs === undefined
      ? undefined
      : { "x-opt-scheduled-enqueue-time": rhea.types.wrap_timestamp(scheduledAtMs) };
  return incoming(rhea.message.encode({ message_id: id, body: id, ttl, message_annotations }));
}

function send(ids: readonly string[], sending?: Sending, nowMs = 0): Promise<number[]> {
  return queue.enqueue(
    ids.map((id) => message(id, sending)),
    nowMs,
  );
}

function lock(entity: Entity, nowMs: number): LockedMessage {
  const locked = entity.lock(nowMs);
  if (locked === undefined) throw new Error(`nothing to lock in ${entity.path}`);
  return locked;
}

/** Ends what has to end by then, and waits until it is written. */
async function tick(nowMs: number): Promise<void> {
  queue.tick(nowMs);
  await written();
}

function properties({ stored }: { stored: Buffer }): Record<string, unknown> {
  return (rhea.message.decode(stored).application_properties ?? {}) as Record<string, unknown>;
}

function idOf({ stored }: { stored: Buffer }): unknown {
  return rhea.message.decode(stored).message_id;
}

/** Active and locked ones in the queue, then in its dead-letter queue. */
function counts(): number[] {
  const [main, dead] = [queue.main.counts, queue.deadLetter.counts];
  return [main.active, main.locked, dead.active, dead.locked];
}

function deadLetter(lockToken: string, nowMs: number, changes = new Map<string, Buffer>()): Promise<boolean> {
  if (queue.main.deadLetter === undefined) throw new Error("the queue has no dead-letter queue");
  return queue.main.deadLetter(lockToken, nowMs, changes);
}

describe("a queue", () => {
  it("hands messages out in order, each to one", async () => {
    expect(await send(["a", "b"])).toEqual([1, 2]);
    expect([lock(queue.main, 0), lock(queue.main, 0)].map(({ sequenceNumber }) => sequenceNumber)).toEqual([1, 2]);
    expect(queue.main.lock(0)).toBeUndefined();
    expect(counts()).toEqual([0, 2, 0, 0]);
  });

  it("shows nothing before it is written", async () => {
    const sent = send(["a"]);
    expect(queue.main.lock(0)).toBeUndefined();
    expect(counts()).toEqual([0, 0, 0, 0]);
    await sent;
    expect(counts()).toEqual([1, 0, 0, 0]);
  });

  it("hands out in order however much more than it reads ahead is there", async () => {
    const ids = Array.from({ length: 300 }, (_, index) => `m-${index}`);
    await send(ids);
    const first = Array.from({ length: 100 }, () => lock(queue.main, 0));
    await Promise.all(
      first.filter((_, index) => index % 2 === 0).map(({ lockToken }) => queue.main.abandon(lockToken, 0)),
    );
    const again: unknown[] = [];
    for (let locked = queue.main.lock(0); locked !== undefined; locked = queue.main.lock(0)) again.push(idOf(locked));
    expect(again).toEqual(ids.filter((_, index) => index >= 100 || index % 2 === 0));
  });

  it("completes once", async () => {
    await send(["a"]);
    const { lockToken } = lock(queue.main, 0);
    const both = await Promise.all([queue.main.complete(lockToken, 1), queue.main.complete(lockToken, 1)]);
    expect(both).toEqual([true, false]);
    expect(counts()).toEqual([0, 0, 0, 0]);
    expect(queue.main.counts.sizeBytes).toBe(0);
  });

  it("counts a message as locked until its settlement is written", async () => {
    await send(["a"]);
    const completed = queue.main.complete(lock(queue.main, 0).lockToken, 1);
    expect(counts()).toEqual([0, 1, 0, 0]);
    await completed;
    expect(counts()).toEqual([0, 0, 0, 0]);
  });

  it("hands an abandoned message out again before later ones, counted", async () => {
    await send(["a", "b"]);
    const first = lock(queue.main, 0);
    expect(first.deliveryCount).toBe(0);
    expect(await queue.main.abandon(first.lockToken, 1)).toBe(true);
    const again = lock(queue.main, 2);
    expect(again).toMatchObject({ sequenceNumber: 1, deliveryCount: 1 });
    expect(again.lockToken).not.toBe(first.lockToken);
  });

  it("does not count a released delivery", async () => {
    await send(["a"]);
    expect(queue.main.release(lock(queue.main, 0).lockToken, 1)).toBe(true);
    expect(lock(queue.main, 2).deliveryCount).toBe(0);
  });

  it("moves a message to the dead-letter queue with its reason, place and size", async () => {
    await send(["a", "b"]);
    const { lockToken } = lock(queue.main, 0);
    expect(await deadLetter(lockToken, 1, new Map([["DeadLetterReason", text("poison")]]))).toBe(true);
    expect(counts()).toEqual([1, 0, 1, 0]);
    const dead = lock(queue.deadLetter, 2);
    expect(dead).toMatchObject({ sequenceNumber: 1, deadLetterSource: "orders" });
    expect(properties(dead)).toEqual({ DeadLetterReason: "poison" });
    expect(queue.deadLetter.counts.sizeBytes).toBe(dead.stored.length);
    expect(await queue.deadLetter.complete(dead.lockToken, 3)).toBe(true);
    expect(queue.deadLetter.counts.sizeBytes).toBe(0);
  });

  it("hands out dead letters that came after later ones were received", async () => {
    await send(["a", "b"]);
    const [a, b] = [lock(queue.main, 0), lock(queue.main, 0)];
    await deadLetter(b.lockToken, 0);
    expect(idOf(lock(queue.deadLetter, 0))).toBe("b");
    await deadLetter(a.lockToken, 0);
    expect(idOf(lock(queue.deadLetter, 0))).toBe("a");
  });

  it("dead-letters after the last delivery that is allowed", async () => {
    await send(["a"]);
    for (const deliveryCount of [0, 1, 2]) {
      const locked = lock(queue.main, 0);
      expect(locked.deliveryCount).toBe(deliveryCount);
      await queue.main.abandon(locked.lockToken, 0);
    }
    expect(counts()).toEqual([0, 0, 1, 0]);
    const dead = lock(queue.deadLetter, 0);
    expect(dead.deliveryCount).toBe(3);
    expect(properties(dead)).toEqual({
      DeadLetterReason: "MaxDeliveryCountExceeded",
      DeadLetterErrorDescription: "Message could not be consumed after 3 delivery attempts.",
    });
  });

  it("keeps a message in the dead-letter queue however often it fails there", async () => {
    await send(["a"]);
    await deadLetter(lock(queue.main, 0).lockToken, 0);
    for (let failure = 0; failure < 10; failure += 1) {
      await queue.deadLetter.abandon(lock(queue.deadLetter, 0).lockToken, 0);
    }
    expect(counts()).toEqual([0, 0, 1, 0]);
    expect(queue.deadLetter.deadLetter).toBeUndefined();
  });

  it("sets the properties of an abandoned message, and counts its new size", async () => {
    await send(["a"]);
    const before = queue.main.counts.sizeBytes;
    await queue.main.abandon(lock(queue.main, 0).lockToken, 0, new Map([["tried", text("yes")]]));
    expect(queue.main.counts.sizeBytes).toBeGreaterThan(before);
    const again = lock(queue.main, 0);
    expect(properties(again)).toEqual({ tried: "yes" });
    await queue.main.complete(again.lockToken, 0);
    expect(queue.main.counts.sizeBytes).toBe(0);
  });

  it("refuses sends when it is full, and takes them again", async () => {
    queue = makeQueue({ maxSizeMegabytes: 1 });
    const large = incoming(rhea.message.encode({ message_id: "large", body: "x".repeat(600_000) }));
    await queue.enqueue([large], 0);
    await queue.enqueue([large], 0);
    await expect(queue.enqueue([large], 0)).rejects.toMatchObject({ reason: "quota-exceeded" });
    expect(await queue.main.complete(lock(queue.main, 0).lockToken, 0)).toBe(true);
    await queue.enqueue([large], 0);
  });

  it("refuses one send of a group and stores the others", async () => {
    queue = makeQueue({ maxSizeMegabytes: 1 });
    const large = incoming(rhea.message.encode({ message_id: "large", body: "x".repeat(1_100_000) }));
    const results = await Promise.allSettled([queue.enqueue([large], 0), send(["a"]), send(["b"])]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(counts()).toEqual([1, 0, 0, 0]);
  });

  it.each([
    ["Disabled", false, false],
    ["SendDisabled", false, true],
    ["ReceiveDisabled", true, false],
  ] as const)("that is %s sends %p and receives %p", async (status, sends, receives) => {
    await send(["a"]);
    await queue.setProperties({ ...queue.properties, status }, 0);
    const sent = send(["b"]);
    if (sends) await sent;
    else await expect(sent).rejects.toMatchObject({ reason: "entity-disabled" });
    expect(queue.main.lock(0) !== undefined).toBe(receives);
  });
});

describe("a lock", () => {
  it("ends at its time, not before", async () => {
    await send(["a"]);
    const { lockedUntilMs } = lock(queue.main, 100);
    expect(lockedUntilMs).toBe(100 + LOCK_MS);
    await tick(lockedUntilMs - 1);
    expect(counts()).toEqual([0, 1, 0, 0]);
    await tick(lockedUntilMs);
    expect(counts()).toEqual([1, 0, 0, 0]);
    expect(lockLosses).toBe(1);
    expect(lock(queue.main, lockedUntilMs).deliveryCount).toBe(1);
  });

  it.each(["complete", "abandon", "defer", "release"] as const)(
    "is needed to %s, even before anybody noticed its end",
    async (operation) => {
      await send(["a"]);
      const { lockToken, lockedUntilMs } = lock(queue.main, 0);
      expect(await queue.main[operation](lockToken, lockedUntilMs)).toBe(false);
      await written();
      expect(counts()).toEqual([1, 0, 0, 0]);
    },
  );

  it("is needed to dead-letter and to renew", async () => {
    await send(["a", "b"]);
    const [a, b] = [lock(queue.main, 0), lock(queue.main, 0)];
    expect(await deadLetter(a.lockToken, LOCK_MS)).toBe(false);
    expect(queue.main.renew(b.lockToken, LOCK_MS)).toBeUndefined();
    await written();
    expect(counts()).toEqual([2, 0, 0, 0]);
  });

  it("does not serve for a message that somebody else has locked since", async () => {
    await send(["a"]);
    const first = lock(queue.main, 0);
    await tick(LOCK_MS);
    const second = lock(queue.main, LOCK_MS);
    expect(second.sequenceNumber).toBe(first.sequenceNumber);
    expect(await queue.main.complete(first.lockToken, LOCK_MS + 1)).toBe(false);
    expect(await queue.main.complete(second.lockToken, LOCK_MS + 1)).toBe(true);
  });

  it("lasts anew from its renewal, past locks that are younger", async () => {
    await send(["a", "b"]);
    const [a, b] = [lock(queue.main, 0), lock(queue.main, 10)];
    expect(queue.main.renew(a.lockToken, 500)).toBe(500 + LOCK_MS);
    await tick(1_200);
    expect(await queue.main.complete(b.lockToken, 1_200)).toBe(false);
    expect(await queue.main.complete(a.lockToken, 1_200)).toBe(true);
  });

  it("ends in time also behind older ones that last longer", async () => {
    await send(["a", "b"]);
    lock(queue.main, 0);
    await queue.setProperties({ ...queue.properties, lockDurationMs: 100 }, 0);
    const b = lock(queue.main, 0);
    await tick(100);
    expect(await queue.main.complete(b.lockToken, 100)).toBe(false);
    expect(counts()).toEqual([1, 1, 0, 0]);
  });

  it("that ends too often dead-letters the message", async () => {
    await send(["a"]);
    for (let delivery = 1; delivery <= 3; delivery += 1) {
      lock(queue.main, delivery * LOCK_MS);
      await tick((delivery + 1) * LOCK_MS);
    }
    expect(counts()).toEqual([0, 0, 1, 0]);
    expect(lockLosses).toBe(3);
  });
});

describe("a deferred message", () => {
  it("is received by its number only, and goes back to be deferred when it is abandoned", async () => {
    await send(["a", "b"]);
    const a = lock(queue.main, 0);
    expect(await queue.main.defer(a.lockToken, 0, new Map([["why", text("later")]]))).toBe(true);
    expect(queue.main.counts).toMatchObject({ active: 1, locked: 0, deferred: 1 });
    expect(idOf(lock(queue.main, 0))).toBe("b");
    expect(queue.main.lock(0)).toBeUndefined();

    const [again] = queue.main.lockDeferred([1], 0) ?? [];
    expect(again).toMatchObject({ sequenceNumber: 1, state: "deferred" });
    expect(properties(again ?? a)).toEqual({ why: "later" });
    expect(queue.main.lockDeferred([1], 0)).toBeUndefined();
    expect(await queue.main.abandon(again?.lockToken ?? "", 0)).toBe(true);
    expect(queue.main.counts).toMatchObject({ active: 0, deferred: 1 });

    const [last] = queue.main.lockDeferred([1], 0) ?? [];
    expect(last?.deliveryCount).toBe(2);
    expect(await queue.main.complete(last?.lockToken ?? "", 0)).toBe(true);
    expect(queue.main.counts).toMatchObject({ active: 0, deferred: 0, locked: 1 });
  });

  it("is there after its lock has ended, and can be dead-lettered", async () => {
    await send(["a"]);
    await queue.main.defer(lock(queue.main, 0).lockToken, 0);
    expect(queue.main.lockDeferred([1], 0)).toHaveLength(1);
    await tick(LOCK_MS);
    const [again] = queue.main.lockDeferred([1], LOCK_MS) ?? [];
    expect(await deadLetter(again?.lockToken ?? "", LOCK_MS)).toBe(true);
    expect(queue.main.counts).toMatchObject({ active: 0, locked: 0, deferred: 0 });
    expect(counts()).toEqual([0, 0, 1, 0]);
  });

  it("is taken out at once, all or none", async () => {
    await send(["a", "b"]);
    await Promise.all([0, 1].map(() => queue.main.defer(lock(queue.main, 0).lockToken, 0)));
    expect(await queue.main.takeDeferred([1, 99], 0)).toBeUndefined();
    expect((await queue.main.takeDeferred([1, 2], 0))?.map(idOf)).toEqual(["a", "b"]);
    expect(await queue.main.takeDeferred([1], 0)).toBeUndefined();
    expect(queue.main.counts).toMatchObject({ deferred: 0, sizeBytes: 0 });
  });

  it("expires when somebody asks for it", async () => {
    await send(["a"], { ttl: 500 });
    await queue.main.defer(lock(queue.main, 0).lockToken, 0);
    await tick(500);
    expect(queue.main.counts.deferred).toBe(1);
    expect(queue.main.lockDeferred([1], 500)).toBeUndefined();
    await written();
    expect(queue.main.counts.deferred).toBe(0);
    expect(operations.expire).toBe(1);
  });
});

describe("a scheduled message", () => {
  it("comes at its time, with a new number", async () => {
    expect(await send(["later"], { scheduledAtMs: 1_000 })).toEqual([1]);
    await send(["now"]);
    expect(queue.main.counts).toMatchObject({ active: 1, scheduled: 1 });
    await queue.main.complete(lock(queue.main, 0).lockToken, 0);
    await tick(999);
    expect(queue.main.lock(999)).toBeUndefined();
    await tick(1_000);
    expect(queue.main.counts).toMatchObject({ active: 1, scheduled: 0 });
    expect(lock(queue.main, 1_000)).toMatchObject({ sequenceNumber: 3, enqueuedAtMs: 1_000, state: "active" });
    expect(operations).toMatchObject({ send: 1, schedule: 1 });
  });

  it("for a time that has passed comes at once", async () => {
    await send(["a"], { scheduledAtMs: 1_000 }, 1_000);
    expect(idOf(lock(queue.main, 1_000))).toBe("a");
  });

  it("is taken back, all or none, until it has come", async () => {
    await send(["a", "b", "c"], { scheduledAtMs: 1_000 });
    expect(await queue.cancelScheduled([1, 99])).toBe(false);
    expect(await queue.cancelScheduled([1, 2])).toBe(true);
    expect(await queue.cancelScheduled([1])).toBe(false);
    await tick(1_000);
    expect(await queue.cancelScheduled([3])).toBe(false);
    expect(idOf(lock(queue.main, 1_000))).toBe("c");
    expect(queue.main.counts).toMatchObject({ active: 0, scheduled: 0 });
  });

  it("lives from the moment it comes", async () => {
    await send(["a"], { scheduledAtMs: 1_000, ttl: 500 });
    await tick(1_400);
    expect(queue.main.counts.active).toBe(1);
    await tick(1_899);
    expect(queue.main.counts.active).toBe(1);
    await tick(1_900);
    expect(queue.main.counts.active).toBe(0);
  });
});

describe("time to live", () => {
  it("ends with the message gone", async () => {
    await send(["a"], { ttl: 500 });
    await send(["b"]);
    await tick(499);
    expect(counts()).toEqual([2, 0, 0, 0]);
    await tick(500);
    expect(counts()).toEqual([1, 0, 0, 0]);
    expect(idOf(lock(queue.main, 500))).toBe("b");
    expect(operations.expire).toBe(1);
  });

  it("ends in the dead-letter queue where the queue says so", async () => {
    queue = makeQueue({ deadLetteringOnExpiration: true, defaultTimeToLiveMs: 500 });
    await send(["a"]);
    await send(["b"], { ttl: 10_000 });
    await tick(500);
    expect(counts()).toEqual([0, 0, 2, 0]);
    expect(properties(lock(queue.deadLetter, 500))).toEqual({
      DeadLetterReason: "TTLExpiredException",
      DeadLetterErrorDescription: "The message expired and was dead lettered.",
    });
    await tick(100_000);
    expect(queue.deadLetter.counts.active).toBe(2);
  });

  it("ends for a receiver at its moment, though nobody swept", async () => {
    await send(["a"], { ttl: 500 });
    expect(queue.main.lock(500)).toBeUndefined();
    await written();
    expect(counts()).toEqual([0, 0, 0, 0]);
  });

  it("does not end under a lock, but with it", async () => {
    await send(["a", "b"], { ttl: 500 });
    const [a, b] = [lock(queue.main, 0), lock(queue.main, 0)];
    await tick(600);
    expect(counts()).toEqual([0, 2, 0, 0]);
    expect(await queue.main.complete(a.lockToken, 600)).toBe(true);
    await queue.main.abandon(b.lockToken, 600);
    await tick(600);
    expect(counts()).toEqual([0, 0, 0, 0]);
  });

  it("takes messages away that were read ahead", async () => {
    await send(["first"]);
    await send(["a", "b", "c"], { ttl: 500 });
    await send(["last"]);
    lock(queue.main, 0);
    await tick(500);
    // A clock that was set back meanwhile.
    expect(idOf(lock(queue.main, 400))).toBe("last");
    expect(counts()).toEqual([0, 2, 0, 0]);
  });

  it("takes a message from everybody as soon as it has ended, also before that is written", async () => {
    await send(["first"]);
    await send(["a", "b"], { ttl: 500 });
    lock(queue.main, 0);
    queue.tick(500);
    // A clock that was set back meanwhile.
    expect(queue.main.lock(400)).toBeUndefined();
    await written();
    expect(counts()).toEqual([0, 1, 0, 0]);
  });

  it("of thousands ends within a few ticks", async () => {
    await send(
      Array.from({ length: 5_000 }, (_, index) => `m-${index}`),
      { ttl: 500 },
    );
    for (let ticks = 0; ticks < 4; ticks += 1) await tick(500);
    expect(counts()).toEqual([0, 0, 0, 0]);
    expect(operations.expire).toBe(5_000);
  });
});

describe("detection of duplicates", () => {
  beforeEach(() => {
    queue = makeQueue({ requiresDuplicateDetection: true, duplicateDetectionWindowMs: 10_000 });
  });

  it("drops what repeats an id within the window", async () => {
    expect(await send(["a", "b", "a"])).toEqual([1, 2, 0]);
    expect(await send(["b"], {}, 9_999)).toEqual([0]);
    expect(await send(["b"], {}, 10_000)).toEqual([3]);
    expect(operations).toMatchObject({ send: 3, duplicate: 2 });
  });

  it("knows also what is gone from the queue, and what is scheduled", async () => {
    await send(["a"]);
    await queue.main.complete(lock(queue.main, 0).lockToken, 0);
    expect(await send(["a"])).toEqual([0]);
    await send(["s"], { scheduledAtMs: 500 });
    expect(await send(["s"])).toEqual([0]);
  });

  it("outlasts a restart", async () => {
    await send(["a"]);
    queue = makeQueue({ requiresDuplicateDetection: true, duplicateDetectionWindowMs: 10_000 });
    expect(await send(["a"])).toEqual([0]);
  });

  it("forgets ids when their window is over", async () => {
    const remembered = (): unknown => db.prepare("SELECT count(*) AS ids FROM seen_message_id").get()?.ids;
    await send(["a"]);
    await send(["b"], {}, 5_000);
    await tick(9_999);
    expect(remembered()).toBe(2);
    await tick(10_000);
    expect(remembered()).toBe(1);
    await tick(15_000);
    expect(remembered()).toBe(0);
  });
});

describe("after a restart", () => {
  it("everything is where it was, but for locks", async () => {
    await send(["a", "b", "c", "d", "e"]);
    await send(["s"], { scheduledAtMs: 5_000 });
    const [a, b, c, d] = Array.from({ length: 4 }, () => lock(queue.main, 0)) as [
      LockedMessage,
      LockedMessage,
      LockedMessage,
      LockedMessage,
    ];
    await queue.main.complete(a.lockToken, 0);
    await queue.main.abandon(b.lockToken, 0);
    await queue.main.defer(c.lockToken, 0);
    await deadLetter(d.lockToken, 0, new Map([["DeadLetterReason", text("poison")]]));
    lock(queue.main, 0);
    const before = queue.main.counts;

    queue = makeQueue();
    expect(queue.main.counts).toEqual({ ...before, active: 2, locked: 0 });
    expect(lock(queue.main, 0)).toMatchObject({ sequenceNumber: 2, deliveryCount: 1 });
    expect(idOf(lock(queue.main, 0))).toBe("e");
    expect(queue.main.lockDeferred([3], 0)?.map(idOf)).toEqual(["c"]);
    expect(properties(lock(queue.deadLetter, 0))).toEqual({ DeadLetterReason: "poison" });
    await tick(5_000);
    // The locks have ended with it.
    expect([1, 2, 3].map(() => idOf(lock(queue.main, 5_000)))).toEqual(["b", "e", "s"]);
    expect(await send(["next"])).toEqual([8]);
  });

  it("what fell due meanwhile is worked off", async () => {
    await send(["expired"], { ttl: 100 });
    await send(["scheduled"], { scheduledAtMs: 100 });
    queue = makeQueue();
    await tick(1_000);
    expect(idOf(lock(queue.main, 1_000))).toBe("scheduled");
    expect(queue.main.lock(1_000)).toBeUndefined();
  });
});

describe("a file that cannot be written", () => {
  /** As though the disk had become full: the file cannot get another page. */
  function fillDisk(): void {
    db.exec("PRAGMA max_page_count = 1");
  }

  function freeDisk(): void {
    db.exec("PRAGMA max_page_count = 1000000");
  }

  const large = incoming(rhea.message.encode({ message_id: "large", body: "x".repeat(200_000) }));

  it("refuses sends, changes nothing, and recovers", async () => {
    await send(["a"]);
    fillDisk();
    await expect(queue.enqueue([large], 0)).rejects.toMatchObject({ reason: "storage-full" });
    expect(failures).toHaveLength(1);
    expect(counts()).toEqual([1, 0, 0, 0]);
    freeDisk();
    expect(await queue.enqueue([large], 0)).toEqual([2]);
  });

  it("lets settlements through beside sends that it refuses", async () => {
    await send(["a", "b"]);
    const [a, b] = [lock(queue.main, 0), lock(queue.main, 0)];
    fillDisk();
    const results = await Promise.allSettled([
      queue.enqueue([large], 0),
      queue.main.complete(a.lockToken, 0),
      queue.main.abandon(b.lockToken, 0),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
    expect(counts()).toEqual([1, 0, 0, 0]);
  });

  it("leaves the lock of a settlement that it refuses", async () => {
    await queue.enqueue([large], 0);
    const { lockToken } = lock(queue.main, 0);
    db.exec("PRAGMA query_only = ON");
    const more = new Map([["more", text("y".repeat(100_000))]]);
    await expect(queue.main.abandon(lockToken, 0, more)).rejects.toMatchObject({ reason: "storage-failed" });
    await expect(deadLetter(lockToken, 0)).rejects.toMatchObject({ reason: "storage-failed" });
    expect(counts()).toEqual([0, 1, 0, 0]);
    db.exec("PRAGMA query_only = OFF");
    expect(await queue.main.complete(lockToken, 0)).toBe(true);
  });

  it("brings messages back whose lock has ended or whose time has come, until it can be written", async () => {
    await send(["a"]);
    await send(["expiring"], { ttl: 500 });
    await send(["scheduled"], { scheduledAtMs: 500 });
    lock(queue.main, 0);
    db.exec("PRAGMA query_only = ON");
    await tick(LOCK_MS);
    expect(queue.main.counts).toMatchObject({ active: 2, locked: 0, scheduled: 1 });
    db.exec("PRAGMA query_only = OFF");
    await tick(LOCK_MS);
    expect(queue.main.counts).toMatchObject({ active: 2, locked: 0, scheduled: 0 });
    expect(idOf(lock(queue.main, LOCK_MS))).toBe("a");
    expect(idOf(lock(queue.main, LOCK_MS))).toBe("scheduled");
  });
});

it("enqueues a scheduled message once it can be written", async () => {
  await send(["scheduled"], { scheduledAtMs: 500 });
  db.exec("PRAGMA query_only = ON");
  await tick(500);
  db.exec("PRAGMA query_only = OFF");
  await tick(600);
  expect(lock(queue.main, 600)).toMatchObject({ sequenceNumber: 2, enqueuedAtMs: 600 });
});

describe("what others see", () => {
  it("tells when an entity has something to receive", async () => {
    await send(["a"]);
    await queue.main.abandon(lock(queue.main, 0).lockToken, 0);
    await deadLetter(lock(queue.main, 0).lockToken, 0);
    expect(activated).toEqual(["orders", "orders", "orders/$DeadLetterQueue"]);
  });

  it("counts every operation", async () => {
    await send(["a", "b", "c", "d"]);
    await queue.main.complete(lock(queue.main, 0).lockToken, 0);
    await queue.main.abandon(lock(queue.main, 0).lockToken, 0);
    await deadLetter(lock(queue.main, 0).lockToken, 0);
    const { lockToken } = lock(queue.main, 0);
    queue.main.renew(lockToken, 0);
    await queue.main.defer(lockToken, 0);
    queue.main.peek(0, 10);
    expect(operations).toEqual({
      send: 4,
      receive: 4,
      complete: 1,
      abandon: 1,
      dead_letter: 1,
      renew_lock: 1,
      defer: 1,
      peek: 2,
    });
  });

  it("peeks in order, from a number on, without a lock, whatever the state", async () => {
    await send(["a", "b", "c"]);
    await send(["s"], { scheduledAtMs: 500 });
    await queue.main.defer(lock(queue.main, 0).lockToken, 0);
    lock(queue.main, 0);
    const peek = (from: number, count: number): unknown[] =>
      queue.main.peek(from, count).map(({ sequenceNumber, state }) => [sequenceNumber, state]);
    expect(peek(0, 2)).toEqual([
      [1, "deferred"],
      [2, "active"],
    ]);
    expect(peek(3, 5)).toEqual([
      [3, "active"],
      [4, "scheduled"],
    ]);
    expect(peek(5, 5)).toEqual([]);
  });

  it("peeks into the dead-letter queue in order of sequence, not of arrival", async () => {
    await send(["a", "b"]);
    const [a, b] = [lock(queue.main, 0), lock(queue.main, 0)];
    await deadLetter(b.lockToken, 0);
    await deadLetter(a.lockToken, 0);
    expect(queue.deadLetter.peek(0, 5).map(({ sequenceNumber }) => sequenceNumber)).toEqual([1, 2]);
  });

  it("peeks no more than about a megabyte at once", async () => {
    const large = incoming(rhea.message.encode({ message_id: "large", body: "x".repeat(400_000) }));
    await queue.enqueue(Array<typeof large>(10).fill(large), 0);
    expect(queue.main.peek(0, 10)).toHaveLength(3);
  });
});

describe("after its removal", () => {
  // The tables are gone with the queue: the next test gets a file of its own.
  afterEach(() => {
    db.close();
    db = openDataFile(undefined);
    makeQueue();
  });

  it("everything is refused, and what waited is left out without harm to others", async () => {
    await send(["a", "b"]);
    const [a, b] = [lock(queue.main, 0), lock(queue.main, 0)];
    const results = await Promise.allSettled([
      queue.main.complete(a.lockToken, 0),
      queue.remove(),
      send(["c"]),
      queue.main.complete(b.lockToken, 0),
      queue.remove(),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "rejected", "rejected"]);
    expect(failures).toEqual([]);
    await expect(send(["d"])).rejects.toMatchObject({ reason: "entity-gone" });
    expect(queue.main.lock(0)).toBeUndefined();
    expect(queue.main.peek(0, 1)).toEqual([]);
    await tick(100_000);
    expect(failures).toEqual([]);
  });
});

it("accounts for every message through a long random history with restarts", async () => {
  // A Lehmer generator: the same history every time.
  let seed = 42;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return Math.floor((seed / 2_147_483_647) * below);
  };
  let nowMs = 0;
  let sent = 0;
  let completed = 0;
  let expired = 0;
  let losses = 0;
  let recalled = 0;
  let held: LockedMessage[] = [];
  const deferred = new Set<number>();
  for (let step = 0; step < 20_000; step += 1) {
    nowMs += random(400);
    const action = random(12);
    const chosen = held[random(Math.max(1, held.length))];
    const forget = (): void => {
      if (chosen !== undefined) held.splice(held.indexOf(chosen), 1);
    };
    if (action < 2) {
      await send([`m-${step}`], { ...(random(4) === 0 ? { ttl: 1 + random(5_000) } : {}) }, nowMs);
      sent += 1;
    } else if (action === 2) {
      await send([`s-${step}`], { scheduledAtMs: nowMs + random(3_000) }, nowMs);
      sent += 1;
    } else if (action < 6) {
      const locked = queue.main.lock(nowMs);
      if (locked !== undefined) held.push(locked);
    } else if (action === 6) {
      const [sequenceNumber] = deferred;
      for (const locked of queue.main.lockDeferred([sequenceNumber ?? 0], nowMs) ?? []) {
        held.push(locked);
        recalled += 1;
      }
      deferred.delete(sequenceNumber ?? 0);
    } else if (chosen !== undefined) {
      if (action === 7 && (await queue.main.complete(chosen.lockToken, nowMs))) completed += 1;
      if (action === 8) await queue.main.abandon(chosen.lockToken, nowMs);
      if (action === 9) await deadLetter(chosen.lockToken, nowMs);
      if (action === 10) queue.main.renew(chosen.lockToken, nowMs);
      if (action === 11 && (await queue.main.defer(chosen.lockToken, nowMs))) deferred.add(chosen.sequenceNumber);
      if (action !== 10) forget();
    }
    if (step % 100 === 0) await tick(nowMs);
    if (step % 2_000 === 1_999) {
      await written();
      expired += operations.expire ?? 0;
      losses += lockLosses;
      queue = makeQueue();
      held = [];
    }
    if (step % 10 === 0) {
      await written();
      const [main, dead] = [queue.main.counts, queue.deadLetter.counts];
      const there = main.active + main.locked + main.deferred + main.scheduled + dead.active + dead.locked;
      expect(there).toBe(sent - completed - expired - (operations.expire ?? 0));
      expect(countedRows()).toEqual(savedNumbers());
    }
  }
  expect(failures).toEqual([]);
  expect(completed).toBeGreaterThan(200);
  expect(losses).toBeGreaterThan(100);
  expect(expired).toBeGreaterThan(20);
  expect(recalled).toBeGreaterThan(50);
  expect(queue.deadLetter.counts.active).toBeGreaterThan(100);
});
