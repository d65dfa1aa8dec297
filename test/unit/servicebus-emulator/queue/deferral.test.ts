import { text } from "../../../../src/servicebus-emulator/message/encoding.ts";
import {
  counts,
  deadLetter,
  idOf,
  lock,
  LOCK_MS,
  operations,
  properties,
  queue,
  send,
  tick,
  useTestQueue,
  written,
} from "./support/testQueue.ts";

useTestQueue();

describe("a deferred message", () => {
  it("is received by its number only, and goes back to be deferred when it is abandoned", async () => {
    await send(["a", "b"]);
    const a = lock(queue.main, 0);
    expect(await queue.main.defer(a.lockToken, 0, new Map([["why", text("later")]]))).toBe(true);
    expect(queue.main.counts).toMatchObject({ active: 1, locked: 0, deferred: 1 });
    expect(idOf(lock(queue.main, 0))).toBe("b");
    expect(queue.main.lock(0)).toBeUndefined();

    const [again] = queue.main.lockDeferred([1], 0) ?? [];
    expect(again).toMatchObject({ sequenceNumber: 1, state: "deferred" });
    expect(properties(again ?? a)).toEqual({ why: "later" });
    expect(queue.main.lockDeferred([1], 0)).toBeUndefined();
    expect(await queue.main.abandon(again?.lockToken ?? "", 0)).toBe(true);
    expect(queue.main.counts).toMatchObject({ active: 0, deferred: 1 });

    const [last] = queue.main.lockDeferred([1], 0) ?? [];
    expect(last?.deliveryCount).toBe(2);
    expect(await queue.main.complete(last?.lockToken ?? "", 0)).toBe(true);
    expect(queue.main.counts).toMatchObject({ active: 0, deferred: 0, locked: 1 });
  });

  it("is there after its lock has ended, and can be dead-lettered", async () => {
    await send(["a"]);
    await queue.main.defer(lock(queue.main, 0).lockToken, 0);
    expect(queue.main.lockDeferred([1], 0)).toHaveLength(1);
    await tick(LOCK_MS);
    const [again] = queue.main.lockDeferred([1], LOCK_MS) ?? [];
    expect(await deadLetter(again?.lockToken ?? "", LOCK_MS)).toBe(true);
    expect(queue.main.counts).toMatchObject({ active: 0, locked: 0, deferred: 0 });
    expect(counts()).toEqual([0, 0, 1, 0]);
  });

  it("is taken out at once, all or none", async () => {
    await send(["a", "b"]);
    await Promise.all([0, 1].map(() => queue.main.defer(lock(queue.main, 0).lockToken, 0)));
    expect(await queue.main.takeDeferred([1, 99], 0)).toBeUndefined();
    expect((await queue.main.takeDeferred([1, 2], 0))?.map(idOf)).toEqual(["a", "b"]);
    expect(await queue.main.takeDeferred([1], 0)).toBeUndefined();
    expect(queue.main.counts).toMatchObject({ deferred: 0, sizeBytes: 0 });
  });

  it("expires when somebody asks for it", async () => {
    await send(["a"], { ttl: 500 });
    await queue.main.defer(lock(queue.main, 0).lockToken, 0);
    await tick(500);
    expect(queue.main.counts.deferred).toBe(1);
    expect(queue.main.lockDeferred([1], 500)).toBeUndefined();
    await written();
    expect(queue.main.counts.deferred).toBe(0);
    expect(operations.expire).toBe(1);
  });
});
