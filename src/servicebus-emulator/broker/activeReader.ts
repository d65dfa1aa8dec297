import type { MessageRow, MessageTable } from "../store/messageTable.ts";
import { createSequenceHeap } from "./sequenceHeap.ts";

/** How far messages are read ahead of their delivery. */
const READ_AHEAD_COUNT = 64;
const READ_AHEAD_BYTES = 1024 * 1024;

export type ActiveRow = MessageRow & { readonly state: "active" };

export function isActive(row: MessageRow | undefined): row is ActiveRow {
  return row?.state === "active";
}

/** Reads an entity's active messages in the order of their sequence numbers. */
export interface ActiveReader {
  /** The active message with the lowest sequence number among those that are not held; undefined when there is none. */
  next(): ActiveRow | undefined;
  /** A message that was passed can be received again. */
  comesBack(sequenceNumber: number): void;
  /** Forgets what was read ahead and not yet delivered: on disk it may be different by now. */
  readAgain(): void;
}

/** @param isHeld whether a message is locked or being changed. */
export function createActiveReader(table: MessageTable, isHeld: (sequenceNumber: number) => boolean): ActiveReader {
  /** Active messages behind the position to which the table was read. */
  const returned = createSequenceHeap();
  let readTo = 0;
  let readAhead: MessageRow[] = [];
  let readAheadAt = 0;
  return {
    next: () => {
      for (;;) {
        if (readAheadAt === readAhead.length) {
          readAhead = table.activeAfter(readTo, READ_AHEAD_COUNT, READ_AHEAD_BYTES);
          readAheadAt = 0;
          readTo = readAhead.at(-1)?.sequenceNumber ?? readTo;
        }
        const ahead = readAhead[readAheadAt];
        const back = returned.peek();
        let row: MessageRow | undefined;
        if (back === undefined || (ahead !== undefined && ahead.sequenceNumber < back)) {
          if (ahead === undefined) return undefined;
          readAheadAt += 1;
          row = ahead;
        } else {
          returned.pop();
          row = table.get(back);
        }
        // It may be gone, expired or put aside since it was noted.
        if (isActive(row) && !isHeld(row.sequenceNumber)) return row;
      }
    },
    comesBack: (sequenceNumber) => {
      if (sequenceNumber <= readTo) returned.push(sequenceNumber);
    },
    readAgain: () => {
      const first = readAhead[readAheadAt];
      if (first !== undefined) readTo = first.sequenceNumber - 1;
      readAhead = [];
      readAheadAt = 0;
    },
  };
}
