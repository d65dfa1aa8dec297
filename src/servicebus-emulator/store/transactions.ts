import type { DatabaseSync } from "node:sqlite";
import { BrokerError } from "../model/brokerError.ts";
import { SQLITE_FULL, sqliteCode } from "./dataFile.ts";
import { messageOf } from "../../shared/messageOf.ts";
import type { Reserve } from "./reserve.ts";

/** Something to be written. */
export interface Change<Result> {
  /** What adds to the file is given up first when the disk is full, so that the rest has a chance. */
  readonly adds: boolean;
  /**
   * Writes, inside the transaction. It may run twice, after the first run was taken back.
   * @throws {BrokerError} before it has written anything: then only this change is left out.
   */
  write(): Result;
  /** Runs when the transaction is on disk, before anybody hears of it. */
  committed?(result: Result): void;
  /** Runs when nothing of it was written. */
  refused?(): void;
}

/** State in memory that follows what is written. */
export interface TransactionalState {
  /** Called before the first change of a transaction. */
  remember(): void;
  /** Called when the transaction was taken back: the state is to be again as remembered. */
  restore(): void;
  /** Called at the transaction's end, inside it. */
  save(): void;
}

/**
 * Group commit: all changes of one turn of the event loop are one transaction, with one wait for the disk.
 */
export interface Transactions {
  /** @throws {BrokerError} `storage-full`, `storage-failed`, or what the change's `write` threw. */
  run<Result>(change: Change<Result>): Promise<Result>;
  /** To be called by a change before it changes a transactional. */
  touch(transactional: TransactionalState): void;
  /** Writes what waits, now. */
  flush(): void;
}

interface Waiting {
  readonly change: Change<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: BrokerError) => void;
}

type Written = { readonly waiting: Waiting } & ({ readonly result: unknown } | { readonly error: BrokerError });

/**
 * @param reserve is spent when the disk is full. Until it is back nothing is added, so that the space is there for what empties the queues.
 * @param onFailure hears of every transaction that failed, and what SQLite says of it.
 */
export function createTransactions(
  db: DatabaseSync,
  reserve: Reserve,
  onFailure: (error: unknown) => void,
): Transactions {
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const touched = new Set<TransactionalState>();
  let waiting: Waiting[] = [];
  let scheduled = false;

  function flush(): void {
    const group = waiting;
    waiting = [];
    if (group.length === 0) return;
    let written: Written[];
    try {
      written = reserve.isHeld() ? transact(group) : withoutAdding(group, diskFull());
    } catch (error) {
      onFailure(error);
      const refusal = refusalOf(error);
      const spent = refusal.reason === "storage-full" && reserve.isHeld();
      if (spent) reserve.spend();
      // With room, or without what adds, it may go now.
      const another = spent || group.some(({ change }) => change.adds);
      try {
        written = another ? withoutAdding(group, refusal) : refused(group, refusal);
      } catch (again) {
        written = refused(group, refusalOf(again));
      }
    }
    for (const one of written) {
      const { change } = one.waiting;
      if ("error" in one) change.refused?.();
      else change.committed?.(one.result);
    }
    for (const one of written) {
      if ("error" in one) one.waiting.reject(one.error);
      else one.waiting.resolve(one.result);
    }
  }

  /** Refuses what adds, and writes the rest. */
  function withoutAdding(group: readonly Waiting[], refusal: BrokerError): Written[] {
    const others = group.filter(({ change }) => !change.adds);
    const written = refused(
      group.filter(({ change }) => change.adds),
      refusal,
    );
    if (others.length > 0) written.push(...transact(others));
    return written;
  }

  /** All or nothing, except for changes that refuse by themselves. */
  function transact(group: readonly Waiting[]): Written[] {
    try {
      begin.run();
      const written = group.map((one): Written => {
        try {
          return { waiting: one, result: one.change.write() };
        } catch (error) {
          if (error instanceof BrokerError) return { waiting: one, error };
          throw error;
        }
      });
      for (const transactional of touched) transactional.save();
      commit.run();
      return written;
    } catch (error) {
      // SQLite has taken it back by itself when the disk was full.
      if (db.isTransaction) db.exec("ROLLBACK");
      for (const transactional of touched) transactional.restore();
      throw error;
    } finally {
      touched.clear();
    }
  }

  return {
    run: <Result>(change: Change<Result>) =>
      new Promise<Result>((resolve, reject) => {
        waiting.push({ change, resolve: resolve as (result: unknown) => void, reject });
        if (scheduled) return;
        scheduled = true;
        setImmediate(() => {
          scheduled = false;
          flush();
        });
      }),
    touch: (transactional) => {
      if (touched.has(transactional)) return;
      touched.add(transactional);
      transactional.remember();
    },
    flush,
  };
}

function refused(group: readonly Waiting[], error: BrokerError): Written[] {
  return group.map((waiting) => ({ waiting, error }));
}

function diskFull(cause?: unknown): BrokerError {
  return new BrokerError("storage-full", "The disk under the emulator is full; nothing was stored.", { cause });
}

function refusalOf(error: unknown): BrokerError {
  return sqliteCode(error) === SQLITE_FULL
    ? diskFull(error)
    : new BrokerError("storage-failed", `The emulator could not write its data file: ${messageOf(error)}.`, {
        cause: error,
      });
}
