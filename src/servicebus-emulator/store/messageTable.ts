import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { MessageState } from "../model/storedMessage.ts";

/** A message as it lies in its table. */
export interface MessageRow {
  readonly sequenceNumber: number;
  readonly state: MessageState;
  readonly deliveryCount: number;
  readonly enqueuedAtMs: number;
  /** When something is to happen to it: an active or deferred one expires, a scheduled one is enqueued. */
  readonly dueAtMs: number | undefined;
  readonly stored: Buffer;
}

/** When and where something is due. */
export interface Due {
  readonly dueAtMs: number;
  readonly sequenceNumber: number;
}

/** The messages of one entity, on disk, in the order of their sequence numbers. */
export interface MessageTable {
  insert(row: MessageRow): void;
  remove(sequenceNumber: number): void;
  setDeliveryCount(sequenceNumber: number, deliveryCount: number): void;
  setState(sequenceNumber: number, state: MessageState): void;
  setStored(sequenceNumber: number, stored: Buffer): void;
  get(sequenceNumber: number): MessageRow | undefined;
  /** Active ones after `sequenceNumber`: at most `count`, and no more than `sizeBytes` together but for the last. */
  activeAfter(sequenceNumber: number, count: number, sizeBytes: number): MessageRow[];
  /** Any from `sequenceNumber` on, bounded likewise. */
  from(sequenceNumber: number, count: number, sizeBytes: number): MessageRow[];
  /** Those due after `after` and until `untilMs`, soonest first; deferred ones are never due. */
  due(after: Due, untilMs: number, count: number): Due[];
  /** When the next is due after `afterMs`; undefined when none is. */
  nextDueAtMs(afterMs: number): number | undefined;
  /** Takes the table away with all that is in it. */
  drop(): void;
}

const STATES: readonly MessageState[] = ["active", "deferred", "scheduled"];
const CODES = { active: 0, deferred: 1, scheduled: 2 } as const satisfies Record<MessageState, number>;

const COLUMNS = "sequence_number, state, delivery_count, enqueued_at_ms, due_at_ms, stored";
type Columns = [number, number, number, number, number | null, Uint8Array];

/** Makes the table of an entity that is new. */
export function createMessageTable(db: DatabaseSync, entityId: number): void {
  db.exec(`
    CREATE TABLE message_${entityId} (
      sequence_number INTEGER PRIMARY KEY,
      state INTEGER NOT NULL,
      delivery_count INTEGER NOT NULL,
      enqueued_at_ms INTEGER NOT NULL,
      due_at_ms INTEGER,
      stored BLOB NOT NULL
    ) STRICT;
    CREATE INDEX message_${entityId}_due ON message_${entityId} (due_at_ms, sequence_number)
      WHERE due_at_ms IS NOT NULL AND state <> ${CODES.deferred};
  `);
}

/** The table of an entity, made before. Its statements are prepared as they are needed: there may be thousands of queues. */
export function messageTable(db: DatabaseSync, entityId: number): MessageTable {
  const table = `message_${entityId}`;
  const isDue = `due_at_ms IS NOT NULL AND state <> ${CODES.deferred}`;
  const insert = statement(`INSERT INTO ${table} (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`);
  const remove = statement(`DELETE FROM ${table} WHERE sequence_number = ?`);
  const setDeliveryCount = statement(`UPDATE ${table} SET delivery_count = ? WHERE sequence_number = ?`);
  const setState = statement(`UPDATE ${table} SET state = ? WHERE sequence_number = ?`);
  const setStored = statement(`UPDATE ${table} SET stored = ? WHERE sequence_number = ?`);
  const get = statement(`SELECT ${COLUMNS} FROM ${table} WHERE sequence_number = ?`);
  const activeAfter = statement(
    `SELECT ${COLUMNS} FROM ${table} WHERE sequence_number > ? AND state = ${CODES.active} ORDER BY sequence_number LIMIT ?`,
  );
  const from = statement(`SELECT ${COLUMNS} FROM ${table} WHERE sequence_number >= ? ORDER BY sequence_number LIMIT ?`);
  const due = statement(
    `SELECT due_at_ms, sequence_number FROM ${table} WHERE ${isDue} AND (due_at_ms, sequence_number) > (?, ?)
     AND due_at_ms <= ? ORDER BY due_at_ms, sequence_number LIMIT ?`,
  );
  const nextDue = statement(`SELECT min(due_at_ms) FROM ${table} WHERE ${isDue} AND due_at_ms > ?`);

  function statement(sql: string): () => StatementSync {
    let prepared: StatementSync | undefined;
    return () => {
      if (prepared !== undefined) return prepared;
      prepared = db.prepare(sql);
      prepared.setReturnArrays(true);
      return prepared;
    };
  }

  function rows(query: StatementSync, sizeBytes: number, ...parameters: SQLInputValue[]): MessageRow[] {
    const found: MessageRow[] = [];
    let total = 0;
    for (const columns of query.iterate(...parameters) as unknown as Iterable<Columns>) {
      const row = rowOf(columns);
      found.push(row);
      total += row.stored.length;
      if (total >= sizeBytes) break;
    }
    return found;
  }

  return {
    insert: ({ sequenceNumber, state, deliveryCount, enqueuedAtMs, dueAtMs, stored }) => {
      insert().run(sequenceNumber, CODES[state], deliveryCount, enqueuedAtMs, dueAtMs ?? null, stored);
    },
    remove: (sequenceNumber) => {
      remove().run(sequenceNumber);
    },
    setDeliveryCount: (sequenceNumber, deliveryCount) => {
      setDeliveryCount().run(deliveryCount, sequenceNumber);
    },
    setState: (sequenceNumber, state) => {
      setState().run(CODES[state], sequenceNumber);
    },
    setStored: (sequenceNumber, stored) => {
      setStored().run(stored, sequenceNumber);
    },
    get: (sequenceNumber) => {
      const columns = get().get(sequenceNumber) as unknown as Columns | undefined;
      return columns === undefined ? undefined : rowOf(columns);
    },
    activeAfter: (sequenceNumber, count, sizeBytes) => rows(activeAfter(), sizeBytes, sequenceNumber, count),
    from: (sequenceNumber, count, sizeBytes) => rows(from(), sizeBytes, sequenceNumber, count),
    due: (after, untilMs, count) =>
      (due().all(after.dueAtMs, after.sequenceNumber, untilMs, count) as unknown as [number, number][]).map(
        ([dueAtMs, sequenceNumber]) => ({ dueAtMs, sequenceNumber }),
      ),
    nextDueAtMs: (afterMs) => (nextDue().get(afterMs) as unknown as [number | null] | undefined)?.[0] ?? undefined,
    drop: () => {
      db.exec(`DROP TABLE ${table}`);
    },
  };
}

function rowOf([sequenceNumber, state, deliveryCount, enqueuedAtMs, dueAtMs, stored]: Columns): MessageRow {
  return {
    sequenceNumber,
    state: STATES[state] ?? "active",
    deliveryCount,
    enqueuedAtMs,
    dueAtMs: dueAtMs ?? undefined,
    stored: Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength),
  };
}
