import { db, lock, openQueue, operations, queue, send, tick, useTestQueue } from "./support/testQueue.ts";

useTestQueue();

describe("detection of duplicates", () => {
  beforeEach(() => {
    openQueue({ requiresDuplicateDetection: true, duplicateDetectionWindowMs: 10_000 });
  });

  it("drops what repeats an id within the window", async () => {
    expect(await send(["a", "b", "a"])).toEqual([1, 2, 0]);
    expect(await send(["b"], {}, 9_999)).toEqual([0]);
    expect(await send(["b"], {}, 10_000)).toEqual([3]);
    expect(operations).toMatchObject({ send: 3, duplicate: 2 });
  });

  it("knows also what is gone from the queue, and what is scheduled", async () => {
    await send(["a"]);
    await queue.main.complete(lock(queue.main, 0).lockToken, 0);
    expect(await send(["a"])).toEqual([0]);
    await send(["s"], { scheduledAtMs: 500 });
    expect(await send(["s"])).toEqual([0]);
  });

  it("outlasts a restart", async () => {
    await send(["a"]);
    openQueue({ requiresDuplicateDetection: true, duplicateDetectionWindowMs: 10_000 });
    expect(await send(["a"])).toEqual([0]);
  });

  it("forgets ids when their window is over", async () => {
    const remembered = (): unknown => db.prepare("SELECT count(*) AS ids FROM seen_message_id").get()?.ids;
    await send(["a"]);
    await send(["b"], {}, 5_000);
    await tick(9_999);
    expect(remembered()).toBe(2);
    await tick(10_000);
    expect(remembered()).toBe(1);
    await tick(15_000);
    expect(remembered()).toBe(0);
  });
});
