import type { DatabaseSync } from "node:sqlite";
import { queueProperties, type QueueDefinition, type QueueProperties } from "../model/properties.ts";
import { createMessageTable } from "./messageTable.ts";

/** Numbers of an entity's messages: `available` are active ones, with and without a lock. */
export interface Numbers {
  available: number;
  deferred: number;
  scheduled: number;
  sizeBytes: number;
}

/** What the file knows of a queue, apart from its messages. */
export interface QueueRecord extends QueueDefinition {
  readonly id: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly lastSequenceNumber: number;
  readonly main: EntityRecord;
  readonly deadLetter: EntityRecord;
}

export interface EntityRecord {
  readonly id: number;
  readonly numbers: Numbers;
}

/** The queues in the file. Everything but `load` runs inside a transaction. */
export interface Catalogue {
  load(): QueueRecord[];
  /** In any case of its letters. */
  has(name: string): boolean;
  create(definition: QueueDefinition, nowMs: number): QueueRecord;
  update(queueId: number, properties: QueueProperties, nowMs: number): void;
  /** Everything but the tables of messages. */
  remove(queueId: number): void;
  saveSequence(queueId: number, lastSequenceNumber: number): void;
  saveNumbers(entityId: number, numbers: Numbers): void;
}

interface QueueRow {
  id: number;
  name: string;
  properties: string;
  created_at_ms: number;
  updated_at_ms: number;
  last_sequence_number: number;
}

interface EntityRow {
  id: number;
  queue_id: number;
  dead: number;
  available: number;
  deferred: number;
  scheduled: number;
  size_bytes: number;
}

export function createCatalogue(db: DatabaseSync): Catalogue {
  const insertQueue = db.prepare(
    "INSERT INTO queue (name, properties, created_at_ms, updated_at_ms) VALUES (?, ?, ?, ?) RETURNING id",
  );
  const insertEntity = db.prepare("INSERT INTO entity (queue_id, dead) VALUES (?, ?) RETURNING id");
  const updateQueue = db.prepare("UPDATE queue SET properties = ?, updated_at_ms = ? WHERE id = ?");
  const saveSequence = db.prepare("UPDATE queue SET last_sequence_number = ? WHERE id = ?");
  const saveNumbers = db.prepare(
    "UPDATE entity SET available = ?, deferred = ?, scheduled = ?, size_bytes = ? WHERE id = ?",
  );

  function createEntity(queueId: number, dead: boolean): EntityRecord {
    const { id } = insertEntity.get(queueId, dead ? 1 : 0) as unknown as { id: number };
    createMessageTable(db, id);
    return { id, numbers: { available: 0, deferred: 0, scheduled: 0, sizeBytes: 0 } };
  }

  return {
    load: () => {
      const entities = new Map<string, EntityRecord>();
      for (const row of db.prepare("SELECT * FROM entity").all() as unknown as EntityRow[]) {
        const { id, available, deferred, scheduled, size_bytes: sizeBytes } = row;
        entities.set(`${row.queue_id} ${row.dead}`, { id, numbers: { available, deferred, scheduled, sizeBytes } });
      }
      return (db.prepare("SELECT * FROM queue ORDER BY name").all() as unknown as QueueRow[]).map((row) => {
        const [main, deadLetter] = [entities.get(`${row.id} 0`), entities.get(`${row.id} 1`)];
        if (main === undefined || deadLetter === undefined)
          throw new Error(`the queue "${row.name}" lacks its entities`);
        return {
          id: row.id,
          name: row.name,
          properties: queueProperties.parse(JSON.parse(row.properties)),
          createdAtMs: row.created_at_ms,
          updatedAtMs: row.updated_at_ms,
          lastSequenceNumber: row.last_sequence_number,
          main,
          deadLetter,
        };
      });
    },
    has: (name) => db.prepare("SELECT 1 FROM queue WHERE name = ?").get(name) !== undefined,
    create: ({ name, properties }, nowMs) => {
      const { id } = insertQueue.get(name, JSON.stringify(properties), nowMs, nowMs) as unknown as { id: number };
      const [main, deadLetter] = [createEntity(id, false), createEntity(id, true)];
      return { id, name, properties, createdAtMs: nowMs, updatedAtMs: nowMs, lastSequenceNumber: 0, main, deadLetter };
    },
    update: (queueId, properties, nowMs) => {
      updateQueue.run(JSON.stringify(properties), nowMs, queueId);
    },
    remove: (queueId) => {
      db.prepare("DELETE FROM seen_message_id WHERE queue_id = ?").run(queueId);
      db.prepare("DELETE FROM entity WHERE queue_id = ?").run(queueId);
      db.prepare("DELETE FROM queue WHERE id = ?").run(queueId);
    },
    saveSequence: (queueId, lastSequenceNumber) => {
      saveSequence.run(lastSequenceNumber, queueId);
    },
    saveNumbers: (entityId, { available, deferred, scheduled, sizeBytes }) => {
      saveNumbers.run(available, deferred, scheduled, sizeBytes, entityId);
    },
  };
}
