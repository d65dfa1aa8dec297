import type { IncomingMessage } from "../message/incoming.ts";
import type { StoredMessage } from "../model/storedMessage.ts";
import type { QueueDefinition, QueueProperties } from "../model/properties.ts";

/**
 * The broker as the protocols see it. Every promise here resolves only when what it promises is on disk, and until then nobody sees it;
 * it rejects with a {@link BrokerError} when nothing has changed.
 */

/** A message under a lock. */
export interface LockedMessage extends StoredMessage {
  readonly lockToken: string;
  readonly lockedUntilMs: number;
}

/** Application properties to set, as encoded AMQP values. */
export type PropertyChanges = ReadonlyMap<string, Buffer>;

/** Messages by state. `active` does not include `locked`. */
export interface MessageCounts {
  readonly active: number;
  readonly locked: number;
  readonly deferred: number;
  readonly scheduled: number;
  readonly sizeBytes: number;
}

/** Every settlement says whether the lock still stood: after `false` nothing has changed. */
export interface Entity {
  /** Address, as in `orders` or `orders/$DeadLetterQueue`. */
  readonly path: string;
  readonly counts: MessageCounts;
  /** Locks the active message with the lowest sequence number; undefined when there is none. */
  lock(nowMs: number): LockedMessage | undefined;
  complete(lockToken: string, nowMs: number): Promise<boolean>;
  /** Makes the message available again as a failed delivery; after the last one that is allowed it is dead-lettered. */
  abandon(lockToken: string, nowMs: number, changes?: PropertyChanges): Promise<boolean>;
  /** Makes the message available again as though it had not been delivered. */
  release(lockToken: string, nowMs: number): boolean;
  /** Puts the message aside as a failed delivery: from then on it is received by its sequence number only. */
  defer(lockToken: string, nowMs: number, changes?: PropertyChanges): Promise<boolean>;
  /** Moves the message to the dead-letter queue. Undefined on a dead-letter queue itself, which has none. */
  readonly deadLetter: ((lockToken: string, nowMs: number, changes: PropertyChanges) => Promise<boolean>) | undefined;
  /** Starts the lock's duration anew. Returns its new end, or undefined when the lock is lost. */
  renew(lockToken: string, nowMs: number): number | undefined;
  /** Locks deferred messages. Undefined, and nothing is locked, when one of them is not there, not deferred, or locked. */
  lockDeferred(sequenceNumbers: readonly number[], nowMs: number): LockedMessage[] | undefined;
  /** Takes deferred messages out of the queue, as above. */
  takeDeferred(sequenceNumbers: readonly number[], nowMs: number): Promise<StoredMessage[] | undefined>;
  /** Takes active messages that nobody has locked out of the queue, the oldest first. @returns how many. */
  removeOldest(count: number, enqueuedBeforeMs: number): Promise<number>;
  /** Up to `count` messages, whatever their state, from `fromSequenceNumber` on; fewer when they are large. */
  peek(fromSequenceNumber: number, count: number): StoredMessage[];
}

export interface Queue {
  readonly name: string;
  readonly properties: QueueProperties;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** When somebody last sent or received; undefined when nobody has since the emulator started. */
  readonly accessedAtMs: number | undefined;
  readonly main: Entity;
  readonly deadLetter: Entity;
  /**
   * Stores all or none, and gives their sequence numbers in the same order. A message with a time to be enqueued at is scheduled. One that repeats
   * another's message id within the window of duplicate detection is dropped, and has the number 0.
   */
  enqueue(messages: readonly IncomingMessage[], nowMs: number): Promise<number[]>;
  /** Takes scheduled messages back. False, and all stay, when one of them is not scheduled any more. */
  cancelScheduled(sequenceNumbers: readonly number[]): Promise<boolean>;
}

/** Somebody who receives from an entity. */
export interface Consumer {
  /** Whether it takes a message now. */
  hasRoom(): boolean;
  deliver(message: LockedMessage): void;
  /** The entity was deleted. */
  end(): void;
}

/** Somebody who looks at an entity's messages and takes none. */
export interface Watcher {
  /** There may be more to see. */
  available(): void;
  /** The entity was deleted. */
  end(): void;
}

/** Delivers an entity's messages to its consumers in turn. */
export interface Dispatcher {
  add(consumer: Consumer): void;
  /** For one that has gone: it gets nothing more. */
  remove(consumer: Consumer): void;
  /** @returns what ends it. */
  watch(watcher: Watcher): () => void;
  /** Dispatches soon, once for all calls until then. */
  wake(): void;
  /** Dispatches what can be dispatched. */
  dispatch(): void;
  /** Whether somebody receives or looks. */
  readonly isUsed: boolean;
  /** Tells the consumers that the entity was deleted. */
  end(): void;
}

/** An address that exists. */
export interface ResolvedAddress {
  readonly queue: Queue;
  readonly entity: Entity;
  readonly dispatcher: Dispatcher;
}

/** All queues, by address, with their clock. */
export interface Broker {
  /** By name. */
  readonly queues: readonly Queue[];
  readonly now: () => number;
  /** The entity at `orders` or `orders/$DeadLetterQueue`, in any case; undefined when there is none. */
  find(path: string): ResolvedAddress | undefined;
  /** What is asked for at this address that this emulator does not do, as in `topics`; undefined where there is no such thing. */
  unsupportedAt(path: string): string | undefined;
  /** @throws {BrokerError} `already-exists`. */
  createQueue(definition: QueueDefinition): Promise<Queue>;
  /** Open links keep on; the new properties hold from the next operation. */
  updateQueue(queue: Queue, properties: QueueProperties): Promise<void>;
  /** Its messages go with it, and its links are closed. */
  deleteQueue(queue: Queue): Promise<void>;
  /** Stops the clock and writes what is not written; the file is closed after it. */
  close(): Promise<void>;
}

export type Operation =
  | "send"
  | "schedule"
  | "cancel"
  | "receive"
  | "complete"
  | "abandon"
  | "release"
  | "defer"
  | "dead_letter"
  | "delete"
  | "expire"
  | "duplicate"
  | "renew_lock"
  | "peek";

/** What happens in the broker, for its metrics. */
export interface BrokerEvents {
  /** A queue is there, from an earlier life or made now. */
  opened(queue: string): void;
  deleted(queue: string): void;
  operation(queue: string, operation: Operation, count: number): void;
  lockLost(queue: string): void;
}
