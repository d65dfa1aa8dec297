import { closeSync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";

/** As much as SQLite's log takes before it starts over; with it a queue can be emptied on a disk that is full. In bytes. */
const RESERVE_BYTES = 4 * 1024 * 1024;

/** Time between two tries to get it back, in milliseconds. */
const REFILL_INTERVAL_MS = 1_000;

/**
 * Space on the disk that is given up when the disk is full, so that messages can still be received and settled: that frees pages inside the
 * data file, but needs room in SQLite's log first.
 */
export interface Reserve {
  /** Takes the space; until this is called it counts as held. Writing it takes about 10 ms. */
  take(): void;
  /** Whether there is room for more than settlements. Tries, now and then, to get the space back. */
  isHeld(): boolean;
  /** The disk is full. */
  spend(): void;
  /** Gives the space back for good. */
  release(): void;
}

/** For messages in memory, which have no disk. */
export const NO_RESERVE: Reserve = {
  take: () => undefined,
  isHeld: () => true,
  spend: () => undefined,
  release: () => undefined,
};

/** @param dataFile beside which the space is held. */
export function createReserve(dataFile: string, now: () => number = () => performance.now()): Reserve {
  const file = `${dataFile}.reserve`;
  let triedAtMs = 0;
  let held = true;

  function take(): void {
    triedAtMs = now();
    held = hold(file);
  }

  function giveUp(): void {
    rmSync(file, { force: true });
    held = false;
  }

  return {
    take,
    isHeld: () => {
      if (!held && now() - triedAtMs >= REFILL_INTERVAL_MS) take();
      return held;
    },
    spend: () => {
      giveUp();
      triedAtMs = now();
    },
    release: giveUp,
  };
}

/** False, and nothing is left, when there is no room. */
function hold(file: string): boolean {
  try {
    const handle = openSync(file, "w");
    try {
      const zeros = Buffer.alloc(RESERVE_BYTES);
      for (let written = 0; written < zeros.length;) written += writeSync(handle, zeros, written);
      // Some file systems find out only here.
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    return true;
  } catch {
    rmSync(file, { force: true });
    return false;
  }
}
