import { randomUUID } from "node:crypto";
import { deadLetterProperties, withApplicationProperties } from "../message/applicationProperties.ts";
import type { Catalogue, EntityRecord } from "../store/catalogue.ts";
import type { MessageRow, MessageTable } from "../store/messageTable.ts";
import type { Transactions } from "../store/transactions.ts";
import { createActiveReader } from "./activeReader.ts";
import { ignoreBrokerError } from "./brokerError.ts";
import type { Entity, LockedMessage, Operation, PropertyChanges, StoredMessage } from "./contract.ts";
import { createDueMessages, DUE_AT_ONCE } from "./dueMessages.ts";
import { createLocks, type Lock } from "./locks.ts";
import type { QueueProperties } from "./properties.ts";
import { createStoredMessages } from "./storedMessages.ts";

/** The most that one peek gives. */
const MAX_PEEK_COUNT = 1_000;
const MAX_PEEK_BYTES = 1024 * 1024;

/** The most that one deletion takes; Azure's own. */
const MAX_DELETE_COUNT = 4_000;

const NO_CHANGES: PropertyChanges = new Map();

const MAX_DELIVERY_COUNT_EXCEEDED = "MaxDeliveryCountExceeded";

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

/** What a change does on disk, and then in memory. */
interface Effect {
  readonly write: () => void;
  readonly done: () => void;
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
            moveToDeadLetter(deadLetters, message, changes);
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

  /** Inside a transaction. */
  function moveToDeadLetter(
    to: OwnedEntity,
    { sequenceNumber, deliveryCount }: Pick<Lock, "sequenceNumber" | "deliveryCount">,
    changes: PropertyChanges,
  ): void {
    const row = messages.row(sequenceNumber);
    const stored = withApplicationProperties(row.stored, changes);
    messages.remove(sequenceNumber, row.state, row.stored.length);
    // In a dead-letter queue nothing expires.
    to.insert([{ ...row, state: "active", deliveryCount, dueAtMs: undefined, stored }]);
  }

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

  /** Takes the lock away; undefined when there is no such lock any more. */
  function unlock(lockToken: string, nowMs: number): Lock | undefined {
    expireLocks(nowMs);
    return locks.take(lockToken);
  }

  /**
   * Writes what a settlement does. When it fails the lock stands again.
   * @returns false when the lock is lost.
   */
  async function settle(
    lockToken: string,
    nowMs: number,
    operation: Operation,
    effectOn: (lock: Lock) => Effect,
  ): Promise<boolean> {
    messages.ensureThere();
    const lock = unlock(lockToken, nowMs);
    if (lock === undefined) return false;
    const { write, done } = effectOn(lock);
    await transactions.run({
      adds: false,
      write: () => {
        messages.ensureThere();
        write();
      },
      committed: () => {
        done();
        onOperation(operation, 1);
      },
      refused: () => {
        locks.add(lock);
      },
    });
    return true;
  }

  /** What the end of a delivery does that did not complete: it is counted, and after the last one that is allowed the message is dead-lettered. */
  function counted(lock: Lock, changes: PropertyChanges, otherwise: Effect): Effect {
    const { sequenceNumber } = lock;
    // In a dead-letter queue, as on Azure, nothing is counted.
    const deliveryCount = lock.deliveryCount + (deadLetters === undefined ? 0 : 1);
    const { maxDeliveryCount } = properties();
    if (deadLetters === undefined || deliveryCount < maxDeliveryCount) {
      return {
        write: () => {
          table.setDeliveryCount(sequenceNumber, deliveryCount);
          messages.changeProperties(sequenceNumber, changes);
          otherwise.write();
        },
        done: otherwise.done,
      };
    }
    const description = `Message could not be consumed after ${maxDeliveryCount} delivery attempts.`;
    const why = deadLetterProperties(MAX_DELIVERY_COUNT_EXCEEDED, description);
    return {
      write: () => {
        moveToDeadLetter(deadLetters, { sequenceNumber, deliveryCount }, new Map([...changes, ...why]));
      },
      done: () => {
        held[lock.state].delete(sequenceNumber);
        deadLetters.appear([sequenceNumber]);
        onOperation("dead_letter", 1);
      },
    };
  }

  function failure(lock: Lock, changes: PropertyChanges): Effect {
    return counted(lock, changes, {
      write: () => undefined,
      done: () => {
        makeAvailable(lock);
      },
    });
  }

  function expireLocks(nowMs: number): void {
    for (const lock of locks.takeExpired(nowMs)) {
      onLockLost();
      const failed = failure(lock, NO_CHANGES);
      transactions
        .run({
          adds: false,
          write: () => {
            if (!messages.isGone) failed.write();
          },
          committed: failed.done,
          refused: () => {
            makeAvailable(lock);
          },
        })
        .catch(ignoreBrokerError);
    }
  }

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
    complete: (lockToken, nowMs) =>
      settle(lockToken, nowMs, "complete", (lock) => ({
        write: () => {
          messages.remove(lock.sequenceNumber, lock.state, lock.sizeBytes);
        },
        done: () => {
          held[lock.state].delete(lock.sequenceNumber);
        },
      })),
    abandon: (lockToken, nowMs, changes = NO_CHANGES) =>
      settle(lockToken, nowMs, "abandon", (lock) => failure(lock, changes)),
    release: (lockToken, nowMs) => {
      const lock = unlock(lockToken, nowMs);
      if (lock === undefined) return false;
      makeAvailable(lock);
      onOperation("release", 1);
      return true;
    },
    defer: (lockToken, nowMs, changes = NO_CHANGES) =>
      // It counts as a delivery: https://github.com/Azure/azure-service-bus/issues/375.
      settle(lockToken, nowMs, "defer", (lock) =>
        counted(lock, changes, {
          write: () => {
            if (lock.state !== "deferred") messages.defer(lock.sequenceNumber);
          },
          done: () => {
            held[lock.state].delete(lock.sequenceNumber);
          },
        }),
      ),
    deadLetter:
      deadLetters === undefined
        ? undefined
        : (lockToken, nowMs, changes) =>
            settle(lockToken, nowMs, "dead_letter", (lock) => ({
              write: () => {
                moveToDeadLetter(deadLetters, lock, changes);
              },
              done: () => {
                held[lock.state].delete(lock.sequenceNumber);
                deadLetters.appear([lock.sequenceNumber]);
              },
            })),
    renew: (lockToken, nowMs) => {
      const lock = unlock(lockToken, nowMs);
      if (lock === undefined) return undefined;
      const lockedUntilMs = nowMs + properties().lockDurationMs;
      locks.add({ ...lock, lockedUntilMs });
      onOperation("renew_lock", 1);
      return lockedUntilMs;
    },
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
      expireLocks(nowMs);
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
