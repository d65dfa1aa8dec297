import type { DatabaseSync } from "node:sqlite";

/** Which message ids a queue has seen, for the detection of duplicates. */
export interface SeenMessageIds {
  /** Notes the id. False when it was seen within the window; its time stays then, as on Azure. */
  note(messageId: string, nowMs: number, windowMs: number): boolean;
  /** When the one that was seen first was seen; undefined when there is none. In milliseconds since 1970. */
  oldestMs(): number | undefined;
  /** Forgets some of those from before `untilMs`; says how many. */
  forget(untilMs: number, count: number): number;
}

export function createSeenMessageIds(db: DatabaseSync, queueId: number): SeenMessageIds {
  const note = db.prepare(
    `INSERT INTO seen_message_id (queue_id, message_id, seen_at_ms) VALUES (?1, ?2, ?3)
     ON CONFLICT (queue_id, message_id) DO UPDATE SET seen_at_ms = excluded.seen_at_ms WHERE seen_at_ms <= ?4`,
  );
  const forget = db.prepare(
    `DELETE FROM seen_message_id WHERE queue_id = ?1 AND message_id IN
     (SELECT message_id FROM seen_message_id WHERE queue_id = ?1 AND seen_at_ms <= ?2 ORDER BY seen_at_ms LIMIT ?3)`,
  );
  const oldest = db.prepare("SELECT min(seen_at_ms) AS oldest FROM seen_message_id WHERE queue_id = ?");
  return {
    oldestMs: () => (oldest.get(queueId) as unknown as { oldest: number | null }).oldest ?? undefined,
    note: (messageId, nowMs, windowMs) => Number(note.run(queueId, messageId, nowMs, nowMs - windowMs).changes) > 0,
    forget: (untilMs, count) => Number(forget.run(queueId, untilMs, count).changes),
  };
}
