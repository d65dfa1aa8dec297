import { randomUUID } from "node:crypto";
import { storable, text, withApplicationProperties } from "./rawMessage.ts";
import { createSequenceHeap } from "./sequenceHeap.ts";

/**
 * The state machine of a queue, and nothing else: no network, no clock, no timer. A message is active, locked, or gone; or it is in
 * the dead-letter queue, where it is active, locked or gone again. Everything above uses only the interfaces {@link Queue} and
 * {@link Entity}, so that a store can be put under them.
 */

/** A message under a lock. */
export interface LockedMessage {
  readonly sequenceNumber: number;
  readonly enqueuedAtMs: number;
  /** How many deliveries failed before this one. */
  readonly deliveryCount: number;
  readonly stored: Buffer;
  readonly deadLetterSource: string | undefined;
  readonly lockToken: string;
  readonly lockedUntilMs: number;
}

export type PeekedMessage = Omit<LockedMessage, "lockToken" | "lockedUntilMs">;

/** Application properties to set, as encoded AMQP values. */
export type PropertyChanges = ReadonlyMap<string, Buffer>;

/** Every settlement says whether the lock still stood: after `false` nothing has changed. */
export interface Entity {
  /** Address, as in `orders` or `orders/$DeadLetterQueue`. */
  readonly path: string;
  readonly activeCount: number;
  readonly lockedCount: number;
  readonly sizeBytes: number;
  /** Locks the message with the lowest sequence number; undefined when none is active. */
  lock(nowMs: number): LockedMessage | undefined;
  complete(lockToken: string, nowMs: number): boolean;
  /** Makes the message active again as a failed delivery; after the last one that is allowed it is dead-lettered. */
  abandon(lockToken: string, nowMs: number, changes?: PropertyChanges): boolean;
  /** Makes the message active again as though it had not been delivered. */
  release(lockToken: string, nowMs: number): boolean;
  /** Moves the message to the dead-letter queue. Undefined on a dead-letter queue itself, which has none. */
  readonly deadLetter: ((lockToken: string, nowMs: number, changes: PropertyChanges) => boolean) | undefined;
  /** Starts the lock's duration anew. Returns its new end, or undefined when the lock is lost. */
  renew(lockToken: string, nowMs: number): number | undefined;
  /** Ends the locks whose time has come, as failed deliveries. */
  expireLocks(nowMs: number): void;
  /** Up to `count` messages, locked ones too, from `fromSequenceNumber` on. */
  peek(fromSequenceNumber: number, count: number): PeekedMessage[];
}

export interface Queue {
  readonly name: string;
  readonly main: Entity;
  readonly deadLetter: Entity;
  readonly lockDurationMs: number;
  readonly maxDeliveryCount: number;
  /**
   * Stores all or, when one of them is malformed, none.
   * @throws {MalformedMessageError}
   */
  enqueue(messages: readonly Buffer[], nowMs: number): void;
}

export type Operation = "send" | "receive" | "complete" | "abandon" | "release" | "dead_letter" | "renew_lock" | "peek";

export interface QueueEvents {
  /** A message can be received from the entity. */
  active(entity: Entity): void;
  operation(operation: Operation, count: number): void;
  /** A lock ended before its message was settled. */
  lockLost(): void;
}

interface Message {
  readonly sequenceNumber: number;
  readonly enqueuedAtMs: number;
  stored: Buffer;
  deliveryCount: number;
  deadLetterSource: string | undefined;
}

interface Lock {
  readonly message: Message;
  readonly lockedUntilMs: number;
}

export function createQueue(options: {
  readonly name: string;
  /** How long a lock holds, in milliseconds. */
  readonly lockDurationMs: number;
  /** A message is dead-lettered after so many failed deliveries. */
  readonly maxDeliveryCount: number;
  readonly events: QueueEvents;
  readonly newId?: () => string;
}): Queue {
  const { name, lockDurationMs, maxDeliveryCount, events, newId = randomUUID } = options;
  let lastSequenceNumber = 0;

  function createEntity(entityOptions: {
    path: string;
    /** Where messages go that failed too often or are dead-lettered; undefined: they stay. */
    moveTo: ((message: Message) => void) | undefined;
  }): Entity & { add(message: Message): void } {
    const { path, moveTo } = entityOptions;
    const messages = new Map<number, Message>();
    const active = createSequenceHeap();
    /** In the order in which they end, since all last equally long and a renewed one moves to the back. */
    const locks = new Map<string, Lock>();
    let sizeBytes = 0;

    function add(message: Message): void {
      messages.set(message.sequenceNumber, message);
      sizeBytes += message.stored.length;
      active.push(message.sequenceNumber);
      events.active(entity);
    }

    function remove(message: Message): void {
      messages.delete(message.sequenceNumber);
      sizeBytes -= message.stored.length;
    }

    function change(message: Message, changes: PropertyChanges): void {
      sizeBytes -= message.stored.length;
      message.stored = withApplicationProperties(message.stored, changes);
      sizeBytes += message.stored.length;
    }

    /** Takes the lock away and returns its message; undefined when there is no such lock any more. */
    function unlock(lockToken: string, nowMs: number): Message | undefined {
      expireLocks(nowMs);
      const lock = locks.get(lockToken);
      locks.delete(lockToken);
      return lock?.message;
    }

    function failed(message: Message): void {
      message.deliveryCount += 1;
      if (moveTo !== undefined && message.deliveryCount >= maxDeliveryCount) {
        const description = `Message could not be consumed after ${maxDeliveryCount} delivery attempts.`;
        move(message, moveTo, deadLetterProperties("MaxDeliveryCountExceeded", description));
      } else {
        active.push(message.sequenceNumber);
        events.active(entity);
      }
    }

    function move(message: Message, to: (message: Message) => void, changes: PropertyChanges): void {
      remove(message);
      message.stored = withApplicationProperties(message.stored, changes);
      to(message);
      events.operation("dead_letter", 1);
    }

    function expireLocks(nowMs: number): void {
      for (const [lockToken, { message, lockedUntilMs }] of locks) {
        if (lockedUntilMs > nowMs) break;
        locks.delete(lockToken);
        events.lockLost();
        failed(message);
      }
    }

    const entity: Entity & { add(message: Message): void } = {
      path,
      add,
      get activeCount() {
        return active.size;
      },
      get lockedCount() {
        return locks.size;
      },
      get sizeBytes() {
        return sizeBytes;
      },
      lock: (nowMs) => {
        const message = messages.get(active.pop() ?? 0);
        if (message === undefined) return undefined;
        const lockToken = newId();
        const lockedUntilMs = nowMs + lockDurationMs;
        locks.set(lockToken, { message, lockedUntilMs });
        events.operation("receive", 1);
        return { ...message, lockToken, lockedUntilMs };
      },
      complete: (lockToken, nowMs) => {
        const message = unlock(lockToken, nowMs);
        if (message === undefined) return false;
        remove(message);
        events.operation("complete", 1);
        return true;
      },
      abandon: (lockToken, nowMs, changes = new Map()) => {
        const message = unlock(lockToken, nowMs);
        if (message === undefined) return false;
        change(message, changes);
        events.operation("abandon", 1);
        failed(message);
        return true;
      },
      release: (lockToken, nowMs) => {
        const message = unlock(lockToken, nowMs);
        if (message === undefined) return false;
        active.push(message.sequenceNumber);
        events.operation("release", 1);
        events.active(entity);
        return true;
      },
      deadLetter:
        moveTo === undefined
          ? undefined
          : (lockToken, nowMs, changes) => {
              const message = unlock(lockToken, nowMs);
              if (message === undefined) return false;
              move(message, moveTo, changes);
              return true;
            },
      renew: (lockToken, nowMs) => {
        const message = unlock(lockToken, nowMs);
        if (message === undefined) return undefined;
        const lockedUntilMs = nowMs + lockDurationMs;
        locks.set(lockToken, { message, lockedUntilMs });
        events.operation("renew_lock", 1);
        return lockedUntilMs;
      },
      expireLocks,
      peek: (fromSequenceNumber, count) => {
        const found = [...messages.values()]
          .filter(({ sequenceNumber }) => sequenceNumber >= fromSequenceNumber)
          // A dead-letter queue is filled in any order.
          .sort((a, b) => a.sequenceNumber - b.sequenceNumber)
          .slice(0, count)
          .map((message) => ({ ...message }));
        events.operation("peek", found.length);
        return found;
      },
    };
    return entity;
  }

  const deadLetter = createEntity({ path: `${name}/$DeadLetterQueue`, moveTo: undefined });
  const main = createEntity({
    path: name,
    moveTo: (message) => {
      message.deadLetterSource = name;
      deadLetter.add(message);
    },
  });

  return {
    name,
    main,
    deadLetter,
    lockDurationMs,
    maxDeliveryCount,
    enqueue: (given, nowMs) => {
      const checked = given.map((raw) => storable(raw, newId));
      for (const stored of checked) {
        lastSequenceNumber += 1;
        main.add({
          sequenceNumber: lastSequenceNumber,
          enqueuedAtMs: nowMs,
          stored,
          deliveryCount: 0,
          deadLetterSource: undefined,
        });
      }
      events.operation("send", checked.length);
    },
  };
}

/** The properties under which Service Bus notes why a message is in the dead-letter queue. */
export function deadLetterProperties(reason: string | undefined, description: string | undefined): Map<string, Buffer> {
  const properties = new Map<string, Buffer>();
  if (reason !== undefined) properties.set("DeadLetterReason", text(reason));
  if (description !== undefined) properties.set("DeadLetterErrorDescription", text(description));
  return properties;
}
