import { withApplicationProperties } from "../message/applicationProperties.ts";
import type { Catalogue, EntityRecord, Numbers } from "../store/catalogue.ts";
import type { MessageRow, MessageTable } from "../store/messageTable.ts";
import type { TransactionalState, Transactions } from "../store/transactions.ts";
import { BrokerError } from "../model/brokerError.ts";
import type { PropertyChanges } from "./contract.ts";
import type { MessageState } from "../model/storedMessage.ts";

/** An entity's messages on disk, with their numbers in memory. What changes them runs inside a transaction. */
export interface StoredMessages {
  readonly numbers: Readonly<Numbers>;
  /** Whether the entity was deleted. */
  readonly isGone: boolean;
  /** @throws {BrokerError} `entity-gone`. */
  ensureThere(): void;
  /** @throws when there is none. */
  row(sequenceNumber: number): MessageRow;
  insert(rows: readonly MessageRow[]): void;
  remove(sequenceNumber: number, state: MessageState, sizeBytes: number): void;
  changeProperties(sequenceNumber: number, changes: PropertyChanges): void;
  defer(sequenceNumber: number): void;
  drop(): void;
  undrop(): void;
}

export function createStoredMessages(options: {
  readonly path: string;
  readonly record: EntityRecord;
  readonly table: MessageTable;
  readonly transactions: Transactions;
  readonly catalogue: Pick<Catalogue, "saveNumbers">;
}): StoredMessages {
  const { path, record, table, transactions, catalogue } = options;
  const numbers: Numbers = { ...record.numbers };
  let remembered: Numbers = { ...numbers };
  let gone = false;
  const state: TransactionalState = {
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

  function row(sequenceNumber: number): MessageRow {
    const found = table.get(sequenceNumber);
    if (found === undefined) throw new Error(`the message ${sequenceNumber} of "${path}" is not in its table`);
    return found;
  }

  return {
    numbers,
    get isGone() {
      return gone;
    },
    ensureThere: () => {
      if (gone) throw new BrokerError("entity-gone", `The messaging entity "${path}" was deleted.`);
    },
    row,
    insert: (rows) => {
      transactions.touch(state);
      for (const one of rows) {
        table.insert(one);
        numbers[numberOf(one.state)] += 1;
        numbers.sizeBytes += one.stored.length;
      }
    },
    remove: (sequenceNumber, messageState, sizeBytes) => {
      transactions.touch(state);
      table.remove(sequenceNumber);
      numbers[numberOf(messageState)] -= 1;
      numbers.sizeBytes -= sizeBytes;
    },
    changeProperties: (sequenceNumber, changes) => {
      if (changes.size === 0) return;
      const { stored: before } = row(sequenceNumber);
      const stored = withApplicationProperties(before, changes);
      transactions.touch(state);
      numbers.sizeBytes += stored.length - before.length;
      table.setStored(sequenceNumber, stored);
    },
    defer: (sequenceNumber) => {
      transactions.touch(state);
      table.setState(sequenceNumber, "deferred");
      numbers.available -= 1;
      numbers.deferred += 1;
    },
    drop: () => {
      table.drop();
      gone = true;
    },
    undrop: () => {
      gone = false;
    },
  };
}

/** Column of {@link Numbers} in which a message of this state is counted. */
function numberOf(state: MessageState): "available" | "deferred" | "scheduled" {
  return state === "active" ? "available" : state;
}
