import rhea from "rhea";
import { text } from "../../../../src/servicebus-emulator/message/encoding.ts";
import { incoming } from "../../../../src/servicebus-emulator/message/incoming.ts";
import {
  counts,
  db,
  deadLetter,
  failures,
  idOf,
  lock,
  LOCK_MS,
  queue,
  send,
  tick,
  useTestQueue,
} from "./support/testQueue.ts";

useTestQueue();

describe("a file that cannot be written", () => {
  /** As though the disk had become full: the file cannot get another page. */
  function fillDisk(): void {
    db.exec("PRAGMA max_page_count = 1");
  }

  function freeDisk(): void {
    db.exec("PRAGMA max_page_count = 1000000");
  }

  const large = incoming(rhea.message.encode({ message_id: "large", body: "x".repeat(200_000) }));

  it("refuses sends, changes nothing, and recovers", async () => {
    await send(["a"]);
    fillDisk();
    await expect(queue.enqueue([large], 0)).rejects.toMatchObject({ reason: "storage-full" });
    expect(failures).toHaveLength(1);
    expect(counts()).toEqual([1, 0, 0, 0]);
    freeDisk();
    expect(await queue.enqueue([large], 0)).toEqual([2]);
  });

  it("lets settlements through beside sends that it refuses", async () => {
    await send(["a", "b"]);
    const [a, b] = [lock(queue.main, 0), lock(queue.main, 0)];
    fillDisk();
    const results = await Promise.allSettled([
      queue.enqueue([large], 0),
      queue.main.complete(a.lockToken, 0),
      queue.main.abandon(b.lockToken, 0),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
    expect(counts()).toEqual([1, 0, 0, 0]);
  });

  it("leaves the lock of a settlement that it refuses", async () => {
    await queue.enqueue([large], 0);
    const { lockToken } = lock(queue.main, 0);
    db.exec("PRAGMA query_only = ON");
    const more = new Map([["more", text("y".repeat(100_000))]]);
    await expect(queue.main.abandon(lockToken, 0, more)).rejects.toMatchObject({ reason: "storage-failed" });
    await expect(deadLetter(lockToken, 0)).rejects.toMatchObject({ reason: "storage-failed" });
    expect(counts()).toEqual([0, 1, 0, 0]);
    db.exec("PRAGMA query_only = OFF");
    expect(await queue.main.complete(lockToken, 0)).toBe(true);
  });

  it("brings messages back whose lock has ended or whose time has come, until it can be written", async () => {
    await send(["a"]);
    await send(["expiring"], { ttl: 500 });
    await send(["scheduled"], { scheduledAtMs: 500 });
    lock(queue.main, 0);
    db.exec("PRAGMA query_only = ON");
    await tick(LOCK_MS);
    expect(queue.main.counts).toMatchObject({ active: 2, locked: 0, scheduled: 1 });
    db.exec("PRAGMA query_only = OFF");
    await tick(LOCK_MS);
    expect(queue.main.counts).toMatchObject({ active: 2, locked: 0, scheduled: 0 });
    expect(idOf(lock(queue.main, LOCK_MS))).toBe("a");
    expect(idOf(lock(queue.main, LOCK_MS))).toBe("scheduled");
  });
});

it("enqueues a scheduled message once it can be written", async () => {
  await send(["scheduled"], { scheduledAtMs: 500 });
  db.exec("PRAGMA query_only = ON");
  await tick(500);
  db.exec("PRAGMA query_only = OFF");
  await tick(600);
  expect(lock(queue.main, 600)).toMatchObject({ sequenceNumber: 2, enqueuedAtMs: 600 });
});
