import { DatabaseSync } from "node:sqlite";
import { BrokerError } from "../../../src/servicebus-emulator/model/brokerError.ts";
import {
  createTransactions,
  type Change,
  type Transactions,
} from "../../../src/servicebus-emulator/store/transactions.ts";

let db: DatabaseSync;
let transactions: Transactions;
let failures: unknown[];
let room: boolean;
let spent: number;

beforeEach(() => {
  db = new DatabaseSync(":memory:");
  db.exec("CREATE TABLE t (n INTEGER PRIMARY KEY)");
  failures = [];
  room = true;
  spent = 0;
  const reserve = {
    take: () => undefined,
    isHeld: () => room,
    spend: () => {
      room = false;
      spent += 1;
      // What the reserve is for.
      db.exec("PRAGMA max_page_count = 1000");
    },
    release: () => undefined,
  };
  transactions = createTransactions(db, reserve, (error) => failures.push(error));
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
    throw new BrokerError("quota-exceeded", "full");
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

describe("on a full disk", () => {
  const large: Partial<Change<number>> = {
    write: () => {
      db.prepare("INSERT INTO blobs VALUES (?)").run(Buffer.alloc(100_000));
      return 0;
    },
  };
  const withoutAdding = (n: number, more: Partial<Change<number>> = {}) => inserting(n, { adds: false, ...more });

  beforeEach(() => {
    db.exec("CREATE TABLE blobs (bytes BLOB)");
    db.exec("PRAGMA max_page_count = 1");
  });

  it("spends the reserve for what does not add, and refuses the rest", async () => {
    const results = await Promise.allSettled([
      transactions.run(inserting(1, large)),
      transactions.run(withoutAdding(2)),
      transactions.run(withoutAdding(3, large)),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
    expect(spent).toBe(1);
  });

  it("also when nothing adds", async () => {
    expect(await transactions.run(withoutAdding(2, large))).toBe(0);
    expect(spent).toBe(1);
  });

  it("tries nothing that adds until the reserve is back", async () => {
    room = false;
    let tries = 0;
    const write = (): number => (tries += 1);
    const results = await Promise.allSettled([
      transactions.run(inserting(1, { write })),
      transactions.run(withoutAdding(2)),
    ]);
    expect(results).toMatchObject([
      { status: "rejected", reason: { reason: "storage-full" } },
      { status: "fulfilled" },
    ]);
    expect(tries).toBe(0);
    room = true;
    expect(await transactions.run(inserting(1))).toBe(1);
  });

  it("refuses also what does not add when the reserve is spent", async () => {
    room = false;
    await expect(transactions.run(withoutAdding(2, large))).rejects.toMatchObject({ reason: "storage-full" });
    expect(spent).toBe(0);
  });
});

it("has what follows in memory as it is on disk", async () => {
  const log: string[] = [];
  const transactional = {
    remember: () => log.push("remember"),
    restore: () => log.push("restore"),
    save: () => log.push("save"),
  };
  const touching = (n: number): Change<number> => ({
    adds: true,
    write: () => {
      transactions.touch(transactional);
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
