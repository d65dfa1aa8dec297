import { db, failures, lock, openFile, queue, send, tick, useTestQueue } from "./support/testQueue.ts";

useTestQueue();

describe("after its removal", () => {
  // The tables are gone with the queue: the next test gets a file of its own.
  afterEach(() => {
    db.close();
    openFile();
  });

  it("everything is refused, and what waited is left out without harm to others", async () => {
    await send(["a", "b"]);
    const [a, b] = [lock(queue.main, 0), lock(queue.main, 0)];
    const results = await Promise.allSettled([
      queue.main.complete(a.lockToken, 0),
      queue.remove(),
      send(["c"]),
      queue.main.complete(b.lockToken, 0),
      queue.remove(),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "rejected", "rejected"]);
    expect(failures).toEqual([]);
    await expect(send(["d"])).rejects.toMatchObject({ reason: "entity-gone" });
    expect(queue.main.lock(0)).toBeUndefined();
    expect(queue.main.peek(0, 1)).toEqual([]);
    await tick(100_000);
    expect(failures).toEqual([]);
  });
});
