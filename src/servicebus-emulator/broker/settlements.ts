import { deadLetterProperties, withApplicationProperties } from "../message/applicationProperties.ts";
import type { MessageRow, MessageTable } from "../store/messageTable.ts";
import type { Transactions } from "../store/transactions.ts";
import { ignoreBrokerError } from "../model/brokerError.ts";
import type { Entity, Operation, PropertyChanges } from "./contract.ts";
import type { Lock, Locks } from "./locks.ts";
import type { QueueProperties } from "../model/properties.ts";
import type { StoredMessages } from "./storedMessages.ts";

const NO_CHANGES: PropertyChanges = new Map();

const MAX_DELIVERY_COUNT_EXCEEDED = "MaxDeliveryCountExceeded";

/** Where dead letters go. */
interface DeadLetters {
  insert(rows: readonly MessageRow[]): void;
  appear(sequenceNumbers: readonly number[]): void;
}

/** What a change does on disk, and then in memory. */
interface Effect {
  readonly write: () => void;
  readonly done: () => void;
}

/** What becomes of locked messages: by the word of who has the lock, or because its time is over. */
export interface Settlements {
  readonly methods: Pick<Entity, "complete" | "abandon" | "release" | "defer" | "deadLetter" | "renew">;
  expireLocks(nowMs: number): void;
}

export function createSettlements(options: {
  readonly messages: StoredMessages;
  readonly table: MessageTable;
  readonly transactions: Transactions;
  readonly properties: () => QueueProperties;
  readonly locks: Locks;
  /** Messages that are locked or being changed. */
  readonly held: Readonly<Record<Lock["state"], Set<number>>>;
  readonly deadLetters: DeadLetters | undefined;
  /** The message is where it was before it was locked. */
  readonly makeAvailable: (lock: Lock) => void;
  readonly onOperation: (operation: Operation, count: number) => void;
  readonly onLockLost: () => void;
}): Settlements {
  const { messages, table, transactions, properties, locks, held, deadLetters, makeAvailable } = options;
  const { onOperation, onLockLost } = options;

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
        moveToDeadLetter(messages, deadLetters, { sequenceNumber, deliveryCount }, new Map([...changes, ...why]));
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

  return {
    expireLocks,
    methods: {
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
                  moveToDeadLetter(messages, deadLetters, lock, changes);
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
    },
  };
}

/** Inside a transaction. */
export function moveToDeadLetter(
  from: StoredMessages,
  to: DeadLetters,
  { sequenceNumber, deliveryCount }: Pick<Lock, "sequenceNumber" | "deliveryCount">,
  changes: PropertyChanges,
): void {
  const row = from.row(sequenceNumber);
  const stored = withApplicationProperties(row.stored, changes);
  from.remove(sequenceNumber, row.state, row.stored.length);
  // In a dead-letter queue nothing expires.
  to.insert([{ ...row, state: "active", deliveryCount, dueAtMs: undefined, stored }]);
}
