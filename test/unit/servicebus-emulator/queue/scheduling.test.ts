import { idOf, lock, operations, queue, send, tick, useTestQueue } from "./support/testQueue.ts";

useTestQueue();

describe("a scheduled message", () => {
  it("comes at its time, with a new number", async () => {
    expect(await send(["later"], { scheduledAtMs: 1_000 })).toEqual([1]);
    await send(["now"]);
    expect(queue.main.counts).toMatchObject({ active: 1, scheduled: 1 });
    await queue.main.complete(lock(queue.main, 0).lockToken, 0);
    await tick(999);
    expect(queue.main.lock(999)).toBeUndefined();
    await tick(1_000);
    expect(queue.main.counts).toMatchObject({ active: 1, scheduled: 0 });
    expect(lock(queue.main, 1_000)).toMatchObject({ sequenceNumber: 3, enqueuedAtMs: 1_000, state: "active" });
    expect(operations).toMatchObject({ send: 1, schedule: 1 });
  });

  it("for a time that has passed comes at once", async () => {
    await send(["a"], { scheduledAtMs: 1_000 }, 1_000);
    expect(idOf(lock(queue.main, 1_000))).toBe("a");
  });

  it("is taken back, all or none, until it has come", async () => {
    await send(["a", "b", "c"], { scheduledAtMs: 1_000 });
    expect(await queue.cancelScheduled([1, 99])).toBe(false);
    expect(await queue.cancelScheduled([1, 2])).toBe(true);
    expect(await queue.cancelScheduled([1])).toBe(false);
    await tick(1_000);
    expect(await queue.cancelScheduled([3])).toBe(false);
    expect(idOf(lock(queue.main, 1_000))).toBe("c");
    expect(queue.main.counts).toMatchObject({ active: 0, scheduled: 0 });
  });

  it("lives from the moment it comes", async () => {
    await send(["a"], { scheduledAtMs: 1_000, ttl: 500 });
    await tick(1_400);
    expect(queue.main.counts.active).toBe(1);
    await tick(1_899);
    expect(queue.main.counts.active).toBe(1);
    await tick(1_900);
    expect(queue.main.counts.active).toBe(0);
  });
});
