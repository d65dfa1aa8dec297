import type { DatabaseSync } from "node:sqlite";
import rhea from "rhea";
import type { Entity, LockedMessage } from "../../../../../src/servicebus-emulator/broker/contract.ts";
import { queueDefinition, type QueueProperties } from "../../../../../src/servicebus-emulator/model/properties.ts";
import { createQueue, type OwnedQueue } from "../../../../../src/servicebus-emulator/broker/queue.ts";
import { incoming } from "../../../../../src/servicebus-emulator/message/incoming.ts";
import { createCatalogue } from "../../../../../src/servicebus-emulator/store/catalogue.ts";
import { openDataFile } from "../../../../../src/servicebus-emulator/store/dataFile.ts";
import { NO_RESERVE } from "../../../../../src/servicebus-emulator/store/reserve.ts";
import { createTransactions } from "../../../../../src/servicebus-emulator/store/transactions.ts";

/** Of a queue that is opened with no other. */
export const LOCK_MS = 1_000;

export let db: DatabaseSync;
export let queue: OwnedQueue;
export let operations: Record<string, number>;
export let lockLosses: number;
export let activated: string[];
export let failures: unknown[];

/** Gives each test of the file a queue in a data file of its own; after it, the numbers that are saved must be those of what is stored. */
export function useTestQueue(): void {
  beforeEach(() => {
    openFile();
  });

  afterEach(async () => {
    await written();
    expect(countedRows()).toEqual(savedNumbers());
    db.close();
  });
}

/** A data file of its own, and the queue in it. */
export function openFile(): void {
  db = openDataFile(undefined);
  openQueue();
}

/** Makes the queue in the file, or opens the one that is there with nothing remembered, as after a restart. */
export function openQueue(properties: Partial<QueueProperties> = {}): void {
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
  queue = createQueue({
    db,
    record,
    catalogue,
    now: () => 0,
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
export function countedRows(): unknown[] {
  return [1, 2].map((id) => ({
    ...db
      .prepare(
        `SELECT count(*) FILTER (WHERE state = 0) AS available, count(*) FILTER (WHERE state = 1) AS deferred,
         count(*) FILTER (WHERE state = 2) AS scheduled, coalesce(sum(length(stored)), 0) AS size_bytes FROM message_${id}`,
      )
      .get(),
  }));
}

export function savedNumbers(): unknown[] {
  const query = "SELECT available, deferred, scheduled, size_bytes FROM entity ORDER BY id";
  return db
    .prepare(query)
    .all()
    .map((row) => ({ ...row }));
}

/** Until what was begun so far is written. */
export function written(): Promise<void> {
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

export function send(ids: readonly string[], sending?: Sending, nowMs = 0): Promise<number[]> {
  return queue.enqueue(
    ids.map((id) => message(id, sending)),
    nowMs,
  );
}

export function lock(entity: Entity, nowMs: number): LockedMessage {
  const locked = entity.lock(nowMs);
  if (locked === undefined) throw new Error(`nothing to lock in ${entity.path}`);
  return locked;
}

/** Ends what has to end by then, and waits until it is written. */
export async function tick(nowMs: number): Promise<void> {
  queue.tick(nowMs);
  await written();
}

export function properties({ stored }: { stored: Buffer }): Record<string, unknown> {
  return (rhea.message.decode(stored).application_properties ?? {}) as Record<string, unknown>;
}

export function idOf({ stored }: { stored: Buffer }): unknown {
  return rhea.message.decode(stored).message_id;
}

/** Active and locked ones in the queue, then in its dead-letter queue. */
export function counts(): number[] {
  const [main, dead] = [queue.main.counts, queue.deadLetter.counts];
  return [main.active, main.locked, dead.active, dead.locked];
}

export function deadLetter(lockToken: string, nowMs: number, changes = new Map<string, Buffer>()): Promise<boolean> {
  if (queue.main.deadLetter === undefined) throw new Error("the queue has no dead-letter queue");
  return queue.main.deadLetter(lockToken, nowMs, changes);
}
