import {
  counts,
  idOf,
  lock,
  openQueue,
  operations,
  properties,
  queue,
  send,
  tick,
  useTestQueue,
  written,
} from "./support/testQueue.ts";

useTestQueue();

describe("time to live", () => {
  it("ends with the message gone", async () => {
    await send(["a"], { ttl: 500 });
    await send(["b"]);
    await tick(499);
    expect(counts()).toEqual([2, 0, 0, 0]);
    await tick(500);
    expect(counts()).toEqual([1, 0, 0, 0]);
    expect(idOf(lock(queue.main, 500))).toBe("b");
    expect(operations.expire).toBe(1);
  });

  it("ends in the dead-letter queue where the queue says so", async () => {
    openQueue({ deadLetteringOnExpiration: true, defaultTimeToLiveMs: 500 });
    await send(["a"]);
    await send(["b"], { ttl: 10_000 });
    await tick(500);
    expect(counts()).toEqual([0, 0, 2, 0]);
    expect(properties(lock(queue.deadLetter, 500))).toEqual({
      DeadLetterReason: "TTLExpiredException",
      DeadLetterErrorDescription: "The message expired and was dead lettered.",
    });
    await tick(100_000);
    expect(queue.deadLetter.counts.active).toBe(2);
  });

  it("ends for a receiver at its moment, though nobody swept", async () => {
    await send(["a"], { ttl: 500 });
    expect(queue.main.lock(500)).toBeUndefined();
    await written();
    expect(counts()).toEqual([0, 0, 0, 0]);
  });

  it("does not end under a lock, but with it", async () => {
    await send(["a", "b"], { ttl: 500 });
    const [a, b] = [lock(queue.main, 0), lock(queue.main, 0)];
    await tick(600);
    expect(counts()).toEqual([0, 2, 0, 0]);
    expect(await queue.main.complete(a.lockToken, 600)).toBe(true);
    await queue.main.abandon(b.lockToken, 600);
    await tick(600);
    expect(counts()).toEqual([0, 0, 0, 0]);
  });

  it("takes messages away that were read ahead", async () => {
    await send(["first"]);
    await send(["a", "b", "c"], { ttl: 500 });
    await send(["last"]);
    lock(queue.main, 0);
    await tick(500);
    // A clock that was set back meanwhile.
    expect(idOf(lock(queue.main, 400))).toBe("last");
    expect(counts()).toEqual([0, 2, 0, 0]);
  });

  it("takes a message from everybody as soon as it has ended, also before that is written", async () => {
    await send(["first"]);
    await send(["a", "b"], { ttl: 500 });
    lock(queue.main, 0);
    queue.tick(500);
    // A clock that was set back meanwhile.
    expect(queue.main.lock(400)).toBeUndefined();
    await written();
    expect(counts()).toEqual([0, 1, 0, 0]);
  });

  it("of thousands ends within a few ticks", async () => {
    await send(
      Array.from({ length: 5_000 }, (_, index) => `m-${index}`),
      { ttl: 500 },
    );
    for (let ticks = 0; ticks < 4; ticks += 1) await tick(500);
    expect(counts()).toEqual([0, 0, 0, 0]);
    expect(operations.expire).toBe(5_000);
  });
});
