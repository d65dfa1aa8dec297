import { randomUUID } from "node:crypto";
import { deadLetterProperties, withApplicationProperties } from "../message/applicationProperties.ts";
import { timeToLiveOfStored } from "../message/incoming.ts";
import type { Catalogue, EntityRecord, Numbers } from "../store/catalogue.ts";
import type { MessageRow, MessageTable } from "../store/messageTable.ts";
import type { TransactionalState, Transactions } from "../store/transactions.ts";
import type { Entity, LockedMessage, MessageState, Operation, PropertyChanges, StoredMessage } from "./contract.ts";
import { createLocks, type Lock } from "./locks.ts";
import { UNLIMITED_MS, type QueueProperties } from "./properties.ts";
import { BrokerError } from "./brokerError.ts";
import { createSequenceHeap } from "./sequenceHeap.ts";

/** How far messages are read ahead of their delivery. */
const READ_AHEAD_COUNT = 64;
const READ_AHEAD_BYTES = 1024 * 1024;

/** The most that one peek gives. */
const MAX_PEEK_COUNT = 1_000;
const MAX_PEEK_BYTES = 1024 * 1024;

/** How many messages that are due are worked off in one go, so that others get their turn. */
const DUE_AT_ONCE = 2_000;

const NO_CHANGES: PropertyChanges = new Map();

const MAX_DELIVERY_COUNT_EXCEEDED = "MaxDeliveryCountExceeded";
const TTL_EXPIRED = "TTLExpiredException";

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
 * locked, and how far the active ones have been read. A message whose change is being written is in nobody's hands: its lock is gone, it is
 * counted as locked, and it appears again where the change puts it.
 */
export function createEntity(options: EntityOptions): OwnedEntity {
  const { path, record, table, transactions, catalogue, properties, deadLetters, deadLetterSource } = options;
  const { nextSequenceNumber, onActive, onOperation, onLockLost } = options;
  const numbers: Numbers = { ...record.numbers };
  const locks = createLocks();
  /** Messages that are locked or being changed, by the state that they are in on disk. */
  const held = { active: new Set<number>(), deferred: new Set<number>() };
  /** Active messages behind the position to which the table was read. */
  const returned = createSequenceHeap();
  let readTo = 0;
  let readAhead: MessageRow[] = [];
  let readAheadAt = 0;
  /** What is there from an earlier life is looked up at the first tick. */
  let nextDueAtMs = 0;
  let gone = false;

  let remembered: Numbers = { ...numbers };
  const transactional: TransactionalState = {
    remember: () => {
      remembered = { ...numbers };
    },
    restore: () => {
      Object.assign(numbers, remembered);
    },
    save: () => {
      if (!gone) catalogue.saveNumbers(record.id, numbers);
    },
  };

  function refuseWhenGone(): void {
    if (gone) throw new BrokerError("entity-gone", `The messaging entity "${path}" was deleted.`);
  }

  // --- inside a transaction ---

  function insert(rows: readonly MessageRow[]): void {
    transactions.touch(transactional);
    for (const row of rows) {
      table.insert(row);
      numbers[numberOf(row.state)] += 1;
      numbers.sizeBytes += row.stored.length;
    }
  }

  function remove(sequenceNumber: number, state: MessageState, sizeBytes: number): void {
    transactions.touch(transactional);
    table.remove(sequenceNumber);
    numbers[numberOf(state)] -= 1;
    numbers.sizeBytes -= sizeBytes;
  }

  function changeProperties(sequenceNumber: number, changes: PropertyChanges): void {
    if (changes.size === 0) return;
    const row = rowOf(sequenceNumber);
    const stored = withApplicationProperties(row.stored, changes);
    transactions.touch(transactional);
    numbers.sizeBytes += stored.length - row.stored.length;
    table.setStored(sequenceNumber, stored);
  }

  function rowOf(sequenceNumber: number): MessageRow {
    const row = table.get(sequenceNumber);
    if (row === undefined) throw new Error(`the message ${sequenceNumber} of "${path}" is not in its table`);
    return row;
  }

  /** Moves a message to the dead-letter queue. */
  function moveToDeadLetter(
    to: OwnedEntity,
    { sequenceNumber, deliveryCount }: Pick<Lock, "sequenceNumber" | "deliveryCount">,
    changes: PropertyChanges,
  ): void {
    const row = rowOf(sequenceNumber);
    const stored = withApplicationProperties(row.stored, changes);
    remove(sequenceNumber, row.state, row.stored.length);
    // In a dead-letter queue nothing expires.
    to.insert([{ ...row, state: "active", deliveryCount, dueAtMs: undefined, stored }]);
  }

  // --- after a transaction, or without one ---

  /** The message is where it was before it was locked. */
  function makeAvailable({ state, sequenceNumber, dueAtMs }: Pick<Lock, "state" | "sequenceNumber" | "dueAtMs">): void {
    held[state].delete(sequenceNumber);
    if (state !== "active") return;
    // While it was held, nobody looked whether it had expired.
    expect(dueAtMs);
    appear([sequenceNumber]);
  }

  function expect(dueAtMs: number | undefined): void {
    if (dueAtMs !== undefined && dueAtMs < nextDueAtMs) nextDueAtMs = dueAtMs;
  }

  function appear(sequenceNumbers: readonly number[]): void {
    for (const sequenceNumber of sequenceNumbers) if (sequenceNumber <= readTo) returned.push(sequenceNumber);
    if (sequenceNumbers.length > 0) onActive(entity);
  }

  /** Takes the lock away; undefined when there is no such lock any more. */
  function unlock(lockToken: string, nowMs: number): Lock | undefined {
    expireLocks(nowMs);
    return locks.take(lockToken);
  }

  /**
   * Writes what a settlement does. When it is refused the lock stands again.
   * @returns false when the lock is lost.
   */
  async function settle(
    lockToken: string,
    nowMs: number,
    operation: Operation,
    effectOn: (lock: Lock) => Effect,
  ): Promise<boolean> {
    refuseWhenGone();
    const lock = unlock(lockToken, nowMs);
    if (lock === undefined) return false;
    const { write, done } = effectOn(lock);
    await transactions.run({
      adds: false,
      write: () => {
        refuseWhenGone();
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

  /** What a failed delivery does: one more is counted, and after the last one that is allowed the message is dead-lettered. */
  function failure(lock: Lock, changes: PropertyChanges): Effect {
    const { sequenceNumber } = lock;
    const deliveryCount = lock.deliveryCount + 1;
    const { maxDeliveryCount } = properties();
    if (deadLetters !== undefined && deliveryCount >= maxDeliveryCount) {
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
    return {
      write: () => {
        table.setDeliveryCount(sequenceNumber, deliveryCount);
        changeProperties(sequenceNumber, changes);
      },
      done: () => {
        makeAvailable(lock);
      },
    };
  }

  function expireLocks(nowMs: number): void {
    for (const lock of locks.takeExpired(nowMs)) {
      onLockLost();
      const failed = failure(lock, NO_CHANGES);
      transactions
        .run({
          adds: false,
          write: () => {
            if (!gone) failed.write();
          },
          committed: failed.done,
          refused: () => {
            makeAvailable(lock);
          },
        })
        .catch(ignoreRefusal);
    }
  }

  /** Takes a message that has expired out of the queue, or dead-letters it. */
  function expire(row: MessageRow & { readonly state: Lock["state"] }): void {
    const { sequenceNumber, state } = row;
    if (held[state].has(sequenceNumber)) return;
    held[state].add(sequenceNumber);
    const to = properties().deadLetteringOnExpiration ? deadLetters : undefined;
    transactions
      .run({
        adds: false,
        write: () => {
          if (gone || table.get(sequenceNumber) === undefined) return false;
          if (to === undefined) remove(sequenceNumber, state, row.stored.length);
          else
            moveToDeadLetter(to, row, deadLetterProperties(TTL_EXPIRED, "The message expired and was dead lettered."));
          return true;
        },
        committed: (expired) => {
          held[state].delete(sequenceNumber);
          if (!expired) return;
          onOperation("expire", 1);
          to?.appear([sequenceNumber]);
          // A receiver that met too many expired ones has stopped before those behind them.
          if (numbers.available > held.active.size) onActive(entity);
        },
        refused: () => {
          makeAvailable(row);
        },
      })
      .catch(ignoreRefusal);
  }

  /** Puts a scheduled message into the queue, as though it had come now. */
  function enqueueScheduled(sequenceNumber: number, nowMs: number): void {
    transactions
      .run({
        adds: false,
        write: () => {
          const row = gone ? undefined : table.get(sequenceNumber);
          if (row?.state !== "scheduled") return undefined;
          remove(sequenceNumber, "scheduled", row.stored.length);
          const dueAtMs = expiryOf(timeToLiveOfStored(row.stored), properties(), nowMs);
          const enqueued: MessageRow = {
            ...row,
            sequenceNumber: nextSequenceNumber(),
            state: "active",
            enqueuedAtMs: nowMs,
            dueAtMs,
          };
          insert([enqueued]);
          return enqueued;
        },
        committed: (enqueued) => {
          if (enqueued === undefined) return;
          expect(enqueued.dueAtMs);
          appear([enqueued.sequenceNumber]);
        },
        refused: () => {
          expect(nowMs);
        },
      })
      .catch(ignoreRefusal);
  }

  /** Nobody waits for these: a failure was told to the log, and what was to be done comes up again. */
  function ignoreRefusal(error: unknown): void {
    if (!(error instanceof BrokerError)) throw error;
  }

  /** The active message with the lowest sequence number among those that nobody has; undefined when there is none. */
  function next(): MessageRow | undefined {
    for (;;) {
      if (readAheadAt === readAhead.length) {
        readAhead = table.activeAfter(readTo, READ_AHEAD_COUNT, READ_AHEAD_BYTES);
        readAheadAt = 0;
        readTo = readAhead.at(-1)?.sequenceNumber ?? readTo;
      }
      const ahead = readAhead[readAheadAt];
      const back = returned.peek();
      let row: MessageRow | undefined;
      if (back === undefined || (ahead !== undefined && ahead.sequenceNumber < back)) {
        if (ahead === undefined) return undefined;
        readAheadAt += 1;
        row = ahead;
      } else {
        returned.pop();
        row = table.get(back);
      }
      // It may be gone, expired or put aside since it was noted.
      if (row?.state === "active" && !held.active.has(row.sequenceNumber)) return row;
    }
  }

  /** Forgets what was read ahead and not yet handed out: on disk it may be different by now. */
  function readAgain(): void {
    const first = readAhead[readAheadAt];
    if (first !== undefined) readTo = first.sequenceNumber - 1;
    readAhead = [];
    readAheadAt = 0;
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

  function shown({ sequenceNumber, enqueuedAtMs, state, deliveryCount, stored }: MessageRow): StoredMessage {
    return { sequenceNumber, enqueuedAtMs, state, deliveryCount, stored, deadLetterSource };
  }

  /** Deferred messages that are free; undefined when one of them is not. */
  function freeDeferred(sequenceNumbers: readonly number[], nowMs: number): DeferredRow[] | undefined {
    const rows: DeferredRow[] = [];
    for (const sequenceNumber of new Set(sequenceNumbers)) {
      const row = gone || held.deferred.has(sequenceNumber) ? undefined : table.get(sequenceNumber);
      if (!isDeferred(row)) return undefined;
      if (hasExpired(row, nowMs)) {
        // As on Azure, a deferred message expires when somebody asks for it.
        expire(row);
        return undefined;
      }
      rows.push(row);
    }
    return rows;
  }

  function workOffDue(nowMs: number): void {
    let position = { dueAtMs: 0, sequenceNumber: 0 };
    let done = 0;
    let expired = false;
    while (done < DUE_AT_ONCE) {
      const due = table.due(position, nowMs, DUE_AT_ONCE);
      const last = due.at(-1);
      if (last === undefined) break;
      position = last;
      for (const { sequenceNumber } of due) {
        if (held.active.has(sequenceNumber)) continue;
        const row = table.get(sequenceNumber);
        if (row?.state === "scheduled") {
          enqueueScheduled(sequenceNumber, nowMs);
        } else if (isActive(row)) {
          expire(row);
          expired = true;
        }
        done += 1;
      }
    }
    if (expired) readAgain();
    nextDueAtMs = done < DUE_AT_ONCE ? (table.nextDueAtMs(nowMs) ?? Infinity) : nowMs;
  }

  const entity: OwnedEntity = {
    path,
    insert,
    appear,
    expect,
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
      if (gone || status === "Disabled" || status === "ReceiveDisabled") return undefined;
      for (let expired = 0; expired < DUE_AT_ONCE && numbers.available > held.active.size; expired += 1) {
        const row = next();
        if (!isActive(row)) return undefined;
        if (!hasExpired(row, nowMs)) return lockRow(row, nowMs);
        expire(row);
      }
      return undefined;
    },
    complete: (lockToken, nowMs) =>
      settle(lockToken, nowMs, "complete", (lock) => ({
        write: () => {
          remove(lock.sequenceNumber, lock.state, lock.sizeBytes);
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
      settle(lockToken, nowMs, "defer", (lock) => ({
        write: () => {
          changeProperties(lock.sequenceNumber, changes);
          if (lock.state === "deferred") return;
          transactions.touch(transactional);
          table.setState(lock.sequenceNumber, "deferred");
          numbers.available -= 1;
          numbers.deferred += 1;
        },
        done: () => {
          held[lock.state].delete(lock.sequenceNumber);
        },
      })),
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
          refuseWhenGone();
          for (const { sequenceNumber, stored } of rows) remove(sequenceNumber, "deferred", stored.length);
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
      if (gone) return [];
      const found = table.from(fromSequenceNumber, Math.min(count, MAX_PEEK_COUNT), MAX_PEEK_BYTES).map(shown);
      onOperation("peek", found.length);
      return found;
    },
    tick: (nowMs) => {
      if (gone) return;
      expireLocks(nowMs);
      if (nextDueAtMs <= nowMs) workOffDue(nowMs);
    },
    unschedule: (sequenceNumbers) => {
      const rows = [...new Set(sequenceNumbers)].map((sequenceNumber) => table.get(sequenceNumber));
      if (!rows.every((row) => row?.state === "scheduled")) return false;
      for (const row of rows) if (row !== undefined) remove(row.sequenceNumber, "scheduled", row.stored.length);
      return true;
    },
    drop: () => {
      table.drop();
      gone = true;
    },
    undrop: () => {
      gone = false;
    },
  };
  return entity;
}

type ActiveRow = MessageRow & { readonly state: "active" };
type DeferredRow = MessageRow & { readonly state: "deferred" };

function isActive(row: MessageRow | undefined): row is ActiveRow {
  return row?.state === "active";
}

function isDeferred(row: MessageRow | undefined): row is DeferredRow {
  return row?.state === "deferred";
}

function hasExpired({ dueAtMs }: MessageRow, nowMs: number): boolean {
  return dueAtMs !== undefined && dueAtMs <= nowMs;
}

/** When a message that is enqueued now expires: the queue's time to live is the longest that one can have. */
export function expiryOf(
  timeToLiveMs: number | undefined,
  { defaultTimeToLiveMs }: QueueProperties,
  nowMs: number,
): number | undefined {
  const livesMs = Math.min(timeToLiveMs ?? UNLIMITED_MS, defaultTimeToLiveMs);
  return livesMs === UNLIMITED_MS ? undefined : nowMs + livesMs;
}

/** Column of {@link Numbers} in which a message of this state is counted. */
function numberOf(state: MessageState): "available" | "deferred" | "scheduled" {
  return state === "active" ? "available" : state;
}
