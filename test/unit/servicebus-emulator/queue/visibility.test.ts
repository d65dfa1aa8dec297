import rhea from "rhea";
import { incoming } from "../../../../src/servicebus-emulator/message/incoming.ts";
import { activated, deadLetter, lock, operations, queue, send, useTestQueue } from "./support/testQueue.ts";

useTestQueue();

describe("what others see", () => {
  it("tells when an entity has something to receive", async () => {
    await send(["a"]);
    await queue.main.abandon(lock(queue.main, 0).lockToken, 0);
    await deadLetter(lock(queue.main, 0).lockToken, 0);
    expect(activated).toEqual(["orders", "orders", "orders/$DeadLetterQueue"]);
  });

  it("counts every operation", async () => {
    await send(["a", "b", "c", "d"]);
    await queue.main.complete(lock(queue.main, 0).lockToken, 0);
    await queue.main.abandon(lock(queue.main, 0).lockToken, 0);
    await deadLetter(lock(queue.main, 0).lockToken, 0);
    const { lockToken } = lock(queue.main, 0);
    queue.main.renew(lockToken, 0);
    await queue.main.defer(lockToken, 0);
    queue.main.peek(0, 10);
    expect(operations).toEqual({
      send: 4,
      receive: 4,
      complete: 1,
      abandon: 1,
      dead_letter: 1,
      renew_lock: 1,
      defer: 1,
      peek: 2,
    });
  });

  it("peeks in order, from a number on, without a lock, whatever the state", async () => {
    await send(["a", "b", "c"]);
    await send(["s"], { scheduledAtMs: 500 });
    await queue.main.defer(lock(queue.main, 0).lockToken, 0);
    lock(queue.main, 0);
    const peek = (from: number, count: number): unknown[] =>
      queue.main.peek(from, count).map(({ sequenceNumber, state }) => [sequenceNumber, state]);
    expect(peek(0, 2)).toEqual([
      [1, "deferred"],
      [2, "active"],
    ]);
    expect(peek(3, 5)).toEqual([
      [3, "active"],
      [4, "scheduled"],
    ]);
    expect(peek(5, 5)).toEqual([]);
  });

  it("peeks into the dead-letter queue in order of sequence, not of arrival", async () => {
    await send(["a", "b"]);
    const [a, b] = [lock(queue.main, 0), lock(queue.main, 0)];
    await deadLetter(b.lockToken, 0);
    await deadLetter(a.lockToken, 0);
    expect(queue.deadLetter.peek(0, 5).map(({ sequenceNumber }) => sequenceNumber)).toEqual([1, 2]);
  });

  it("peeks no more than about a megabyte at once", async () => {
    const large = incoming(rhea.message.encode({ message_id: "large", body: "x".repeat(400_000) }));
    await queue.enqueue(Array<typeof large>(10).fill(large), 0);
    expect(queue.main.peek(0, 10)).toHaveLength(3);
  });
});
