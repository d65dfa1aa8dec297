/** Deliveries of one link that came, or that the peer wants settled, and are not answered yet. */
export interface PendingAnswers {
  add(): void;
  done(): void;
  /** @param listener called once nothing is pending, which may be at once. */
  whenNone(listener: () => void): void;
}

export function createPendingAnswers(): PendingAnswers {
  let count = 0;
  let listeners: (() => void)[] = [];
  return {
    add: () => {
      count += 1;
    },
    done: () => {
      count -= 1;
      if (count > 0) return;
      const called = listeners;
      listeners = [];
      for (const listener of called) listener();
    },
    whenNone: (listener) => {
      if (count === 0) listener();
      else listeners.push(listener);
    },
  };
}

/** Calls `listener` once nothing is pending in any of these. */
export function whenNonePending(
  parts: readonly { whenNonePending(listener: () => void): void }[],
  listener: () => void,
): void {
  let left = parts.length;
  if (left === 0) listener();
  for (const part of parts) {
    part.whenNonePending(() => {
      left -= 1;
      if (left === 0) listener();
    });
  }
}
