import { deadLetterProperties } from "../message/applicationProperties.ts";
import { lifetimeOfStored } from "../message/incoming.ts";
import type { MessageRow, MessageTable } from "../store/messageTable.ts";
import type { Transactions } from "../store/transactions.ts";
import { isActive } from "./activeReader.ts";
import { ignoreBrokerError } from "../model/brokerError.ts";
import type { Operation, PropertyChanges } from "./contract.ts";
import { expiryOf } from "./expiry.ts";
import type { QueueProperties } from "../model/properties.ts";
import type { StoredMessages } from "./storedMessages.ts";

/** How many messages that are due are worked off in one go, so that others get their turn. */
export const DUE_AT_ONCE = 2_000;

const TTL_EXPIRED = "TTLExpiredException";

type ReceivableRow = MessageRow & { readonly state: "active" | "deferred" };

/** Messages whose time has come: those that expire, and those that are to be enqueued. */
export interface DueMessages {
  /** Notes when the next message is due, if it is sooner than what is known. */
  expect(dueAtMs: number | undefined): void;
  /** Takes a message that has expired out of the queue, or dead-letters it. */
  expire(row: ReceivableRow): void;
  tick(nowMs: number): void;
}

export function createDueMessages(options: {
  readonly table: MessageTable;
  readonly messages: StoredMessages;
  readonly transactions: Transactions;
  readonly properties: () => QueueProperties;
  readonly nextSequenceNumber: () => number;
  /** Messages that are locked or being changed. */
  readonly held: Readonly<Record<"active" | "deferred", Set<number>>>;
  /** Moves a message to the dead-letter queue, inside a transaction; undefined where there is none. */
  readonly moveToDeadLetter:
    ((message: Pick<MessageRow, "sequenceNumber" | "deliveryCount">, changes: PropertyChanges) => void) | undefined;
  /** A message was moved to the dead-letter queue. */
  readonly onDeadLettered: (sequenceNumber: number) => void;
  /** The message is where it was before it was held. */
  readonly makeAvailable: (row: ReceivableRow) => void;
  /** Messages can be received. */
  readonly appear: (sequenceNumbers: readonly number[]) => void;
  readonly readAgain: () => void;
  readonly onOperation: (operation: Operation, count: number) => void;
}): DueMessages {
  const { table, messages, transactions, properties, held, moveToDeadLetter, onDeadLettered, onOperation } = options;
  const { nextSequenceNumber, makeAvailable, appear, readAgain } = options;
  /** What is there from an earlier life is looked up at the first tick. */
  let nextDueAtMs = 0;

  function expect(dueAtMs: number | undefined): void {
    if (dueAtMs !== undefined && dueAtMs < nextDueAtMs) nextDueAtMs = dueAtMs;
  }

  function expire(row: ReceivableRow): void {
    const { sequenceNumber, state } = row;
    if (held[state].has(sequenceNumber)) return;
    held[state].add(sequenceNumber);
    const move = properties().deadLetteringOnExpiration ? moveToDeadLetter : undefined;
    transactions
      .run({
        adds: false,
        write: () => {
          if (messages.isGone || table.get(sequenceNumber) === undefined) return false;
          if (move === undefined) messages.remove(sequenceNumber, state, row.stored.length);
          else move(row, deadLetterProperties(TTL_EXPIRED, "The message expired and was dead lettered."));
          return true;
        },
        committed: (expired) => {
          held[state].delete(sequenceNumber);
          if (!expired) return;
          onOperation("expire", 1);
          if (move !== undefined) onDeadLettered(sequenceNumber);
          // A receiver that met too many expired ones has stopped before those behind them.
          if (messages.numbers.available > held.active.size) appear([]);
        },
        refused: () => {
          makeAvailable(row);
        },
      })
      .catch(ignoreBrokerError);
  }

  /** Puts a scheduled message into the queue, as though it had come now. */
  function enqueueScheduled(sequenceNumber: number, nowMs: number): void {
    transactions
      .run({
        adds: false,
        write: () => {
          const row = messages.isGone ? undefined : table.get(sequenceNumber);
          if (row?.state !== "scheduled") return undefined;
          messages.remove(sequenceNumber, "scheduled", row.stored.length);
          const enqueued: MessageRow = {
            ...row,
            sequenceNumber: nextSequenceNumber(),
            state: "active",
            enqueuedAtMs: nowMs,
            dueAtMs: expiryOf(lifetimeOfStored(row.stored), properties(), nowMs),
          };
          messages.insert([enqueued]);
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
      .catch(ignoreBrokerError);
  }

  return {
    expect,
    expire,
    tick: (nowMs) => {
      if (nextDueAtMs > nowMs) return;
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
    },
  };
}
