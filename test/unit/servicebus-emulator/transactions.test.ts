import { DatabaseSync } from "node:sqlite";
import { RefusedError } from "../../../src/servicebus-emulator/broker/refusals.ts";
import {
  createTransactions,
  type Change,
  type Transactions,
} from "../../../src/servicebus-emulator/store/transactions.ts";

let db: DatabaseSync;
let transactions: Transactions;
let failures: unknown[];

beforeEach(() => {
  db = new DatabaseSync(":memory:");
  db.exec("CREATE TABLE t (n INTEGER PRIMARY KEY)");
  failures = [];
  transactions = createTransactions(db, (error) => failures.push(error));
});

afterEach(() => {
  db.close();
});

function inserting(n: number, more: Partial<Change<number>> = {}): Change<number> {
  return {
    adds: true,
    write: () => {
      db.prepare("INSERT INTO t VALUES (?)").run(n);
      return n;
    },
    ...more,
  };
}

function rows(): unknown[] {
  return db
    .prepare("SELECT n FROM t ORDER BY n")
    .all()
    .map(({ n }) => n);
}

it("writes the changes of one turn in their order, in one transaction", async () => {
  const seen: string[] = [];
  const results = await Promise.all(
    [1, 2, 3].map((n) => transactions.run(inserting(n, { committed: () => seen.push(`${n}: ${rows().length} rows`) }))),
  );
  expect(results).toEqual([1, 2, 3]);
  expect(seen).toEqual(["1: 3 rows", "2: 3 rows", "3: 3 rows"]);
});

it("leaves out a change that refuses by itself", async () => {
  const refuse = (): never => {
    throw new RefusedError("quota-exceeded", "full");
  };
  const results = await Promise.allSettled(
    [1, 2, 3].map((n) => transactions.run(inserting(n, n === 2 ? { write: refuse } : {}))),
  );
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(rows()).toEqual([1, 3]);
  expect(failures).toEqual([]);
});

it("takes all back when one fails, and goes on", async () => {
  const refused: number[] = [];
  const results = await Promise.allSettled(
    [1, 1, 2].map((n) => transactions.run(inserting(n, { refused: () => refused.push(n) }))),
  );
  expect(results).toEqual(
    [1, 1, 2].map(() => ({
      status: "rejected",
      reason: expect.objectContaining({ reason: "storage-failed" }) as unknown,
    })),
  );
  expect(refused).toEqual([1, 1, 2]);
  expect(rows()).toEqual([]);
  expect(failures).toHaveLength(1);
  expect(await transactions.run(inserting(5))).toBe(5);
});

it("tries once more without what adds", async () => {
  const results = await Promise.allSettled([
    transactions.run(inserting(1)),
    transactions.run(inserting(2, { adds: false })),
    transactions.run(inserting(1)),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "rejected"]);
  expect(rows()).toEqual([2]);
});

it("has what follows in memory as it is on disk", async () => {
  const log: string[] = [];
  const follower = {
    remember: () => log.push("remember"),
    restore: () => log.push("restore"),
    save: () => log.push("save"),
  };
  const touching = (n: number): Change<number> => ({
    adds: true,
    write: () => {
      transactions.touch(follower);
      return inserting(n).write();
    },
  });
  await Promise.all([transactions.run(touching(1)), transactions.run(touching(2))]);
  expect(log.splice(0)).toEqual(["remember", "save"]);
  await expect(transactions.run(touching(1))).rejects.toMatchObject({ reason: "storage-failed" });
  expect(log).toEqual(["remember", "restore"]);
});

it("writes what waits at once when it is told to", async () => {
  const done = transactions.run(inserting(1));
  transactions.flush();
  expect(rows()).toEqual([1]);
  await done;
});
