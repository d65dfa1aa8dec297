import {
  counts,
  deadLetter,
  lock,
  LOCK_MS,
  lockLosses,
  queue,
  send,
  tick,
  useTestQueue,
  written,
} from "./support/testQueue.ts";

useTestQueue();

describe("a lock", () => {
  it("ends at its time, not before", async () => {
    await send(["a"]);
    const { lockedUntilMs } = lock(queue.main, 100);
    expect(lockedUntilMs).toBe(100 + LOCK_MS);
    await tick(lockedUntilMs - 1);
    expect(counts()).toEqual([0, 1, 0, 0]);
    await tick(lockedUntilMs);
    expect(counts()).toEqual([1, 0, 0, 0]);
    expect(lockLosses).toBe(1);
    expect(lock(queue.main, lockedUntilMs).deliveryCount).toBe(1);
  });

  it.each(["complete", "abandon", "defer", "release"] as const)(
    "is needed to %s, even before anybody noticed its end",
    async (operation) => {
      await send(["a"]);
      const { lockToken, lockedUntilMs } = lock(queue.main, 0);
      expect(await queue.main[operation](lockToken, lockedUntilMs)).toBe(false);
      await written();
      expect(counts()).toEqual([1, 0, 0, 0]);
    },
  );

  it("is needed to dead-letter and to renew", async () => {
    await send(["a", "b"]);
    const [a, b] = [lock(queue.main, 0), lock(queue.main, 0)];
    expect(await deadLetter(a.lockToken, LOCK_MS)).toBe(false);
    expect(queue.main.renew(b.lockToken, LOCK_MS)).toBeUndefined();
    await written();
    expect(counts()).toEqual([2, 0, 0, 0]);
  });

  it("does not serve for a message that somebody else has locked since", async () => {
    await send(["a"]);
    const first = lock(queue.main, 0);
    await tick(LOCK_MS);
    const second = lock(queue.main, LOCK_MS);
    expect(second.sequenceNumber).toBe(first.sequenceNumber);
    expect(await queue.main.complete(first.lockToken, LOCK_MS + 1)).toBe(false);
    expect(await queue.main.complete(second.lockToken, LOCK_MS + 1)).toBe(true);
  });

  it("lasts anew from its renewal, past locks that are younger", async () => {
    await send(["a", "b"]);
    const [a, b] = [lock(queue.main, 0), lock(queue.main, 10)];
    expect(queue.main.renew(a.lockToken, 500)).toBe(500 + LOCK_MS);
    await tick(1_200);
    expect(await queue.main.complete(b.lockToken, 1_200)).toBe(false);
    expect(await queue.main.complete(a.lockToken, 1_200)).toBe(true);
  });

  it("ends in time also behind older ones that last longer", async () => {
    await send(["a", "b"]);
    lock(queue.main, 0);
    await queue.setProperties({ ...queue.properties, lockDurationMs: 100 }, 0);
    const b = lock(queue.main, 0);
    await tick(100);
    expect(await queue.main.complete(b.lockToken, 100)).toBe(false);
    expect(counts()).toEqual([1, 1, 0, 0]);
  });

  it("that ends too often dead-letters the message", async () => {
    await send(["a"]);
    for (let delivery = 1; delivery <= 3; delivery += 1) {
      lock(queue.main, delivery * LOCK_MS);
      await tick((delivery + 1) * LOCK_MS);
    }
    expect(counts()).toEqual([0, 0, 1, 0]);
    expect(lockLosses).toBe(3);
  });
});
