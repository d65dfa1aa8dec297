import { randomUUID } from "node:crypto";
import type { Catalogue, EntityRecord } from "../store/catalogue.ts";
import type { MessageRow, MessageTable } from "../store/messageTable.ts";
import type { Transactions } from "../store/transactions.ts";
import { createActiveReader } from "./activeReader.ts";
import type { Entity, LockedMessage, Operation } from "./contract.ts";
import type { StoredMessage } from "../model/storedMessage.ts";
import { createDueMessages, DUE_AT_ONCE } from "./dueMessages.ts";
import { createLocks, type Lock } from "./locks.ts";
import type { QueueProperties } from "../model/properties.ts";
import { createSettlements, moveToDeadLetter } from "./settlements.ts";
import { createStoredMessages } from "./storedMessages.ts";

/** The most that one peek gives. */
const MAX_PEEK_COUNT = 1_000;
const MAX_PEEK_BYTES = 1024 * 1024;

/** The most that one deletion takes; Azure's own. */
const MAX_DELETE_COUNT = 4_000;

/** An entity as its queue sees it. */
export interface OwnedEntity extends Entity {
  /** Writes messages as active or scheduled ones; inside a transaction. */
  insert(rows: readonly MessageRow[]): void;
  /** Makes messages that were inserted available; after the transaction. */
  appear(sequenceNumbers: readonly number[]): void;
  /** Hears when the next message is due, if it is sooner than what it knows of. */
  expect(dueAtMs: number | undefined): void;
  /** Ends locks and works off what is due. */
  tick(nowMs: number): void;
  /** Takes scheduled messages away, inside a transaction; false, and all stay, when one of them is not scheduled. */
  unschedule(sequenceNumbers: readonly number[]): boolean;
  /** Takes the table away, inside a transaction: from then on everything is refused. */
  drop(): void;
  /** It was not taken away after all. */
  undrop(): void;
}

export interface EntityOptions {
  readonly path: string;
  readonly record: EntityRecord;
  readonly table: MessageTable;
  readonly transactions: Transactions;
  readonly catalogue: Pick<Catalogue, "saveNumbers">;
  readonly properties: () => QueueProperties;
  /** Where messages go that failed too often, expired or are dead-lettered; undefined on a dead-letter queue. */
  readonly deadLetters: OwnedEntity | undefined;
  /** Name of the queue, on its dead-letter queue. */
  readonly deadLetterSource: string | undefined;
  /** The next sequence number, inside a transaction. */
  readonly nextSequenceNumber: () => number;
  readonly onActive: (entity: Entity) => void;
  readonly onOperation: (operation: Operation, count: number) => void;
  readonly onLockLost: () => void;
}

/**
 * The state machine of one entity. On disk a message is active, deferred or scheduled; here is only what a restart may forget: which ones are
 * locked, and how far the active ones have been read. A message whose change is being written is in-flight: its lock is gone, it is counted as
 * locked, and it appears again where the change puts it.
 */
export function createEntity(options: EntityOptions): OwnedEntity {
  const { path, table, transactions, properties, deadLetters, deadLetterSource } = options;
  const { nextSequenceNumber, onActive, onOperation, onLockLost } = options;
  const messages = createStoredMessages(options);
  const { numbers } = messages;
  const locks = createLocks();
  /** Messages that are locked or being changed, by the state that they are in on disk. */
  const held = { active: new Set<number>(), deferred: new Set<number>() };
  const reader = createActiveReader(table, (sequenceNumber) => held.active.has(sequenceNumber));
  const due = createDueMessages({
    table,
    messages,
    transactions,
    properties,
    nextSequenceNumber,
    held,
    moveToDeadLetter:
      deadLetters === undefined
        ? undefined
        : (message, changes) => {
            moveToDeadLetter(messages, deadLetters, message, changes);
          },
    onDeadLettered: (sequenceNumber) => deadLetters?.appear([sequenceNumber]),
    makeAvailable,
    appear: (sequenceNumbers) => {
      if (sequenceNumbers.length === 0) onActive(entity);
      else appear(sequenceNumbers);
    },
    readAgain: () => {
      reader.readAgain();
    },
    onOperation,
  });

  /** The message is where it was before it was locked. */
  function makeAvailable({ state, sequenceNumber, dueAtMs }: Pick<Lock, "state" | "sequenceNumber" | "dueAtMs">): void {
    held[state].delete(sequenceNumber);
    if (state !== "active") return;
    // While it was held, nobody looked whether it had expired.
    due.expect(dueAtMs);
    appear([sequenceNumber]);
  }

  function appear(sequenceNumbers: readonly number[]): void {
    for (const sequenceNumber of sequenceNumbers) reader.comesBack(sequenceNumber);
    if (sequenceNumbers.length > 0) onActive(entity);
  }

  const settlements = createSettlements({
    messages,
    table,
    transactions,
    properties,
    locks,
    held,
    deadLetters,
    makeAvailable,
    onOperation,
    onLockLost,
  });

  function lockRow(row: MessageRow & { readonly state: Lock["state"] }, nowMs: number): LockedMessage {
    const { sequenceNumber, state, deliveryCount, dueAtMs, stored } = row;
    const lockToken = randomUUID();
    const lockedUntilMs = nowMs + properties().lockDurationMs;
    held[state].add(sequenceNumber);
    locks.add({ lockToken, sequenceNumber, state, deliveryCount, dueAtMs, sizeBytes: stored.length, lockedUntilMs });
    onOperation("receive", 1);
    return { ...shown(row), lockToken, lockedUntilMs };
  }

  function shown({ sequenceNumber, enqueuedAtMs, state, deliveryCount, dueAtMs, stored }: MessageRow): StoredMessage {
    const expiresAtMs = state === "scheduled" ? undefined : dueAtMs;
    return { sequenceNumber, enqueuedAtMs, state, deliveryCount, expiresAtMs, stored, deadLetterSource };
  }

  /** Deferred messages that are free; undefined when one of them is not. */
  function freeDeferred(sequenceNumbers: readonly number[], nowMs: number): DeferredRow[] | undefined {
    const rows: DeferredRow[] = [];
    for (const sequenceNumber of new Set(sequenceNumbers)) {
      const row = messages.isGone || held.deferred.has(sequenceNumber) ? undefined : table.get(sequenceNumber);
      if (!isDeferred(row)) return undefined;
      if (hasExpired(row, nowMs)) {
        // As on Azure, a deferred message expires when somebody asks for it.
        due.expire(row);
        return undefined;
      }
      rows.push(row);
    }
    return rows;
  }

  const entity: OwnedEntity = {
    path,
    insert: (rows) => {
      messages.insert(rows);
    },
    appear,
    expect: (dueAtMs) => {
      due.expect(dueAtMs);
    },
    get counts() {
      return {
        active: numbers.available - held.active.size,
        locked: held.active.size + held.deferred.size,
        deferred: numbers.deferred - held.deferred.size,
        scheduled: numbers.scheduled,
        sizeBytes: numbers.sizeBytes,
      };
    },
    lock: (nowMs) => {
      const { status } = properties();
      if (messages.isGone || status === "Disabled" || status === "ReceiveDisabled") return undefined;
      for (let expired = 0; expired < DUE_AT_ONCE && numbers.available > held.active.size; expired += 1) {
        const row = reader.next();
        if (row === undefined) return undefined;
        if (!hasExpired(row, nowMs)) return lockRow(row, nowMs);
        due.expire(row);
      }
      return undefined;
    },
    ...settlements.methods,
    lockDeferred: (sequenceNumbers, nowMs) => freeDeferred(sequenceNumbers, nowMs)?.map((row) => lockRow(row, nowMs)),
    takeDeferred: async (sequenceNumbers, nowMs) => {
      const rows = freeDeferred(sequenceNumbers, nowMs);
      if (rows === undefined) return undefined;
      for (const { sequenceNumber } of rows) held.deferred.add(sequenceNumber);
      const letGo = (): void => {
        for (const { sequenceNumber } of rows) held.deferred.delete(sequenceNumber);
      };
      await transactions.run({
        adds: false,
        write: () => {
          messages.ensureThere();
          for (const { sequenceNumber, stored } of rows) messages.remove(sequenceNumber, "deferred", stored.length);
        },
        committed: () => {
          letGo();
          onOperation("receive", rows.length);
          onOperation("complete", rows.length);
        },
        refused: letGo,
      });
      return rows.map(shown);
    },
    peek: (fromSequenceNumber, count) => {
      if (messages.isGone) return [];
      const found = table.from(fromSequenceNumber, Math.min(count, MAX_PEEK_COUNT), MAX_PEEK_BYTES).map(shown);
      onOperation("peek", found.length);
      return found;
    },
    removeOldest: (count, enqueuedBeforeMs) =>
      transactions.run({
        adds: false,
        write: () => {
          messages.ensureThere();
          const rows = table.activeAfter(0, Math.min(count, MAX_DELETE_COUNT) + held.active.size, Infinity);
          const free = rows.filter(
            (row) => row.enqueuedAtMs < enqueuedBeforeMs && !held.active.has(row.sequenceNumber),
          );
          const removed = free.slice(0, Math.min(count, MAX_DELETE_COUNT));
          for (const { sequenceNumber, stored } of removed) messages.remove(sequenceNumber, "active", stored.length);
          return removed.length;
        },
        committed: (removed) => {
          reader.readAgain();
          onOperation("delete", removed);
        },
      }),
    tick: (nowMs) => {
      if (messages.isGone) return;
      settlements.expireLocks(nowMs);
      due.tick(nowMs);
    },
    unschedule: (sequenceNumbers) => {
      const rows = [...new Set(sequenceNumbers)].map((sequenceNumber) => table.get(sequenceNumber));
      if (!rows.every((row) => row?.state === "scheduled")) return false;
      for (const row of rows)
        if (row !== undefined) messages.remove(row.sequenceNumber, "scheduled", row.stored.length);
      return true;
    },
    drop: () => {
      messages.drop();
    },
    undrop: () => {
      messages.undrop();
    },
  };
  return entity;
}

type DeferredRow = MessageRow & { readonly state: "deferred" };

function isDeferred(row: MessageRow | undefined): row is DeferredRow {
  return row?.state === "deferred";
}

function hasExpired({ dueAtMs }: MessageRow, nowMs: number): boolean {
  return dueAtMs !== undefined && dueAtMs <= nowMs;
}
