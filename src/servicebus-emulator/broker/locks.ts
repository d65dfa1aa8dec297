/** A lock and what has to be known of its message to settle it. */
export interface Lock {
  readonly lockToken: string;
  readonly sequenceNumber: number;
  /** Where the message goes back to. */
  readonly state: "active" | "deferred";
  readonly deliveryCount: number;
  /** When the message expires, if it does; not while it is locked. */
  readonly dueAtMs: number | undefined;
  readonly sizeBytes: number;
  readonly lockedUntilMs: number;
}

/** The locks that stand on one entity's messages. */
export interface Locks {
  add(lock: Lock): void;
  /** Takes the lock away; undefined when there is no such lock. */
  take(lockToken: string): Lock | undefined;
  /** Takes away those whose time has come. */
  takeExpired(nowMs: number): readonly Lock[];
}

const NONE: readonly Lock[] = [];

export function createLocks(): Locks {
  /** In the order in which they were made, which is the one in which they end as long as all last equally long. */
  const locks = new Map<string, Lock>();
  /** The latest end so far, and until when a lock may stand behind one that ends after it. */
  let latestEndMs = 0;
  let disorderedUntilMs = 0;

  return {
    add: (lock) => {
      if (lock.lockedUntilMs < latestEndMs) disorderedUntilMs = latestEndMs;
      else latestEndMs = lock.lockedUntilMs;
      locks.set(lock.lockToken, lock);
    },
    take: (lockToken) => {
      const lock = locks.get(lockToken);
      if (lock !== undefined) locks.delete(lockToken);
      return lock;
    },
    takeExpired: (nowMs) => {
      let expired: Lock[] | undefined;
      for (const lock of locks.values()) {
        if (lock.lockedUntilMs <= nowMs) (expired ??= []).push(lock);
        else if (disorderedUntilMs < nowMs) break;
      }
      for (const { lockToken } of expired ?? NONE) locks.delete(lockToken);
      return expired ?? NONE;
    },
  };
}
