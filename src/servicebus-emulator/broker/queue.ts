import type { DatabaseSync } from "node:sqlite";
import type { IncomingMessage } from "../message/incoming.ts";
import type { Catalogue, QueueRecord } from "../store/catalogue.ts";
import { messageTable, type MessageRow } from "../store/messageTable.ts";
import { createSeenMessageIds, type SeenMessageIds } from "../store/seenMessageIds.ts";
import type { TransactionalState, Transactions } from "../store/transactions.ts";
import type { Entity, Operation, Queue } from "./contract.ts";
import { createEntity, type EntityOptions, type OwnedEntity } from "./entity.ts";
import { expiryOf } from "./expiry.ts";
import type { QueueProperties } from "../model/properties.ts";
import { BrokerError } from "../model/brokerError.ts";

/** How many message ids are forgotten at one tick. */
const FORGET_AT_ONCE = 5_000;

const BYTES_PER_MEGABYTE = 1024 * 1024;

/** A queue as the broker sees it. */
export interface OwnedQueue extends Queue {
  /** Ends locks, and works off what is due. */
  tick(nowMs: number): void;
  setProperties(properties: QueueProperties, nowMs: number): Promise<void>;
  remove(): Promise<void>;
}

export interface QueueEvents {
  /** A message can be received from the entity. */
  active(entity: Entity): void;
  operation(operation: Operation, count: number): void;
  /** A lock ended before its message was settled. */
  lockLost(): void;
}

/** What is stored of a send. */
interface Sent {
  /** In the order of the messages; 0 for one that was dropped. */
  readonly sequenceNumbers: number[];
  readonly rows: readonly MessageRow[];
}

export function createQueue(options: {
  readonly db: DatabaseSync;
  readonly record: QueueRecord;
  readonly catalogue: Catalogue;
  readonly transactions: Transactions;
  readonly events: QueueEvents;
  /** The broker's clock. */
  readonly now: () => number;
}): OwnedQueue {
  const { db, record, catalogue, transactions, events, now } = options;
  const { id, name } = record;
  let { properties, updatedAtMs } = record;
  let accessedAtMs: number | undefined;
  let { lastSequenceNumber } = record;
  let remembered = lastSequenceNumber;
  const sequence: TransactionalState = {
    remember: () => {
      remembered = lastSequenceNumber;
    },
    restore: () => {
      lastSequenceNumber = remembered;
    },
    save: () => {
      catalogue.saveSequence(id, lastSequenceNumber);
    },
  };

  function nextSequenceNumber(): number {
    transactions.touch(sequence);
    lastSequenceNumber += 1;
    return lastSequenceNumber;
  }

  let seenMessageIds: SeenMessageIds | undefined;
  let forgetAtMs = 0;
  function seen(): SeenMessageIds {
    seenMessageIds ??= createSeenMessageIds(db, id);
    return seenMessageIds;
  }

  const shared = {
    transactions,
    catalogue,
    properties: () => properties,
    nextSequenceNumber,
    onActive: (entity) => {
      events.active(entity);
    },
    onOperation: (operation, count) => {
      if (operation === "receive") accessedAtMs = now();
      events.operation(operation, count);
    },
    onLockLost: () => {
      events.lockLost();
    },
  } satisfies Partial<EntityOptions>;
  const deadLetter = createEntity({
    ...shared,
    path: `${name}/$DeadLetterQueue`,
    record: record.deadLetter,
    table: messageTable(db, record.deadLetter.id),
    deadLetters: undefined,
    deadLetterSource: name,
  });
  const main = createEntity({
    ...shared,
    path: name,
    record: record.main,
    table: messageTable(db, record.main.id),
    deadLetters: deadLetter,
    deadLetterSource: undefined,
  });
  const entities: readonly OwnedEntity[] = [main, deadLetter];
  let gone = false;
  let removing = false;

  function ensureThere(): void {
    if (gone) throw new BrokerError("entity-gone", `The messaging entity "${name}" was deleted.`);
  }

  function ensureSending(): void {
    ensureThere();
    if (properties.status === "Disabled" || properties.status === "SendDisabled") {
      throw new BrokerError("entity-disabled", `The messaging entity "${name}" is ${properties.status}.`);
    }
    const sizeBytes = main.counts.sizeBytes + deadLetter.counts.sizeBytes;
    if (sizeBytes >= properties.maxSizeMegabytes * BYTES_PER_MEGABYTE) {
      const description = `The queue "${name}" has reached its ${properties.maxSizeMegabytes} MB; receive messages, dead-lettered ones too.`;
      throw new BrokerError("quota-exceeded", description);
    }
  }

  /** Inside a transaction. */
  function store(messages: readonly IncomingMessage[], nowMs: number): Sent {
    ensureSending();
    const rows: MessageRow[] = [];
    const sequenceNumbers = messages.map(({ stored, messageId, lifetime, scheduledAtMs }) => {
      const { requiresDuplicateDetection, duplicateDetectionWindowMs } = properties;
      if (requiresDuplicateDetection && !seen().note(messageId, nowMs, duplicateDetectionWindowMs)) return 0;
      const sequenceNumber = nextSequenceNumber();
      const scheduled = scheduledAtMs !== undefined && scheduledAtMs > nowMs;
      rows.push({
        sequenceNumber,
        state: scheduled ? "scheduled" : "active",
        deliveryCount: 0,
        enqueuedAtMs: nowMs,
        dueAtMs: scheduled ? scheduledAtMs : expiryOf(lifetime, properties, nowMs),
        stored,
      });
      return sequenceNumber;
    });
    if (rows.length > 0) main.insert(rows);
    return { sequenceNumbers, rows };
  }

  function announce({ sequenceNumbers, rows }: Sent): void {
    const active: number[] = [];
    for (const { state, dueAtMs, sequenceNumber } of rows) {
      main.expect(dueAtMs);
      if (state === "active") active.push(sequenceNumber);
    }
    events.operation("send", active.length);
    if (rows.length > active.length) events.operation("schedule", rows.length - active.length);
    if (sequenceNumbers.length > rows.length) events.operation("duplicate", sequenceNumbers.length - rows.length);
    main.appear(active);
  }

  function forgetMessageIds(nowMs: number): void {
    const untilMs = nowMs - properties.duplicateDetectionWindowMs;
    const oldestMs = seen().oldestMs();
    if (oldestMs === undefined || oldestMs > untilMs) {
      // The oldest there is, or one that comes now, is the next to be forgotten.
      forgetAtMs = (oldestMs ?? nowMs) + properties.duplicateDetectionWindowMs;
      return;
    }
    transactions
      .run({ adds: false, write: () => (gone ? 0 : seen().forget(untilMs, FORGET_AT_ONCE)) })
      .catch((error: unknown) => {
        // The log has it, and the next tick tries again.
        if (!(error instanceof BrokerError)) throw error;
      });
  }

  return {
    name,
    main,
    deadLetter,
    get properties() {
      return properties;
    },
    createdAtMs: record.createdAtMs,
    get updatedAtMs() {
      return updatedAtMs;
    },
    get accessedAtMs() {
      return accessedAtMs;
    },
    enqueue: async (messages, nowMs) => {
      accessedAtMs = nowMs;
      const sent = await transactions.run({ adds: true, write: () => store(messages, nowMs), committed: announce });
      return sent.sequenceNumbers;
    },
    cancelScheduled: (sequenceNumbers) =>
      transactions.run({
        adds: false,
        write: () => !gone && main.unschedule(sequenceNumbers),
        committed: (cancelled) => {
          if (cancelled) events.operation("cancel", sequenceNumbers.length);
        },
      }),
    tick: (nowMs) => {
      for (const entity of entities) entity.tick(nowMs);
      if (nowMs >= forgetAtMs) forgetMessageIds(nowMs);
    },
    setProperties: (changed, nowMs) =>
      transactions.run({
        adds: true,
        write: () => {
          ensureThere();
          catalogue.update(id, changed, nowMs);
        },
        committed: () => {
          properties = changed;
          updatedAtMs = nowMs;
          forgetAtMs = 0;
        },
      }),
    remove: async () => {
      ensureThere();
      if (removing) throw new BrokerError("entity-gone", `The messaging entity "${name}" is being deleted.`);
      removing = true;
      await transactions.run({
        adds: false,
        write: () => {
          catalogue.remove(id);
          for (const entity of entities) entity.drop();
          gone = true;
        },
        refused: () => {
          for (const entity of entities) entity.undrop();
          [gone, removing] = [false, false];
        },
      });
    },
  };
}
