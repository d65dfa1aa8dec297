import rhea from "rhea";
import { text } from "../../../../src/servicebus-emulator/message/encoding.ts";
import { incoming } from "../../../../src/servicebus-emulator/message/incoming.ts";
import {
  counts,
  deadLetter,
  idOf,
  lock,
  openQueue,
  properties,
  queue,
  send,
  useTestQueue,
} from "./support/testQueue.ts";

useTestQueue();

describe("a queue", () => {
  it("hands messages out in order, each to one", async () => {
    expect(await send(["a", "b"])).toEqual([1, 2]);
    expect([lock(queue.main, 0), lock(queue.main, 0)].map(({ sequenceNumber }) => sequenceNumber)).toEqual([1, 2]);
    expect(queue.main.lock(0)).toBeUndefined();
    expect(counts()).toEqual([0, 2, 0, 0]);
  });

  it("shows nothing before it is written", async () => {
    const sent = send(["a"]);
    expect(queue.main.lock(0)).toBeUndefined();
    expect(counts()).toEqual([0, 0, 0, 0]);
    await sent;
    expect(counts()).toEqual([1, 0, 0, 0]);
  });

  it("hands out in order however much more than it reads ahead is there", async () => {
    const ids = Array.from({ length: 300 }, (_, index) => `m-${index}`);
    await send(ids);
    const first = Array.from({ length: 100 }, () => lock(queue.main, 0));
    await Promise.all(
      first.filter((_, index) => index % 2 === 0).map(({ lockToken }) => queue.main.abandon(lockToken, 0)),
    );
    const again: unknown[] = [];
    for (let locked = queue.main.lock(0); locked !== undefined; locked = queue.main.lock(0)) again.push(idOf(locked));
    expect(again).toEqual(ids.filter((_, index) => index >= 100 || index % 2 === 0));
  });

  it("completes once", async () => {
    await send(["a"]);
    const { lockToken } = lock(queue.main, 0);
    const both = await Promise.all([queue.main.complete(lockToken, 1), queue.main.complete(lockToken, 1)]);
    expect(both).toEqual([true, false]);
    expect(counts()).toEqual([0, 0, 0, 0]);
    expect(queue.main.counts.sizeBytes).toBe(0);
  });

  it("counts a message as locked until its settlement is written", async () => {
    await send(["a"]);
    const completed = queue.main.complete(lock(queue.main, 0).lockToken, 1);
    expect(counts()).toEqual([0, 1, 0, 0]);
    await completed;
    expect(counts()).toEqual([0, 0, 0, 0]);
  });

  it("hands an abandoned message out again before later ones, counted", async () => {
    await send(["a", "b"]);
    const first = lock(queue.main, 0);
    expect(first.deliveryCount).toBe(0);
    expect(await queue.main.abandon(first.lockToken, 1)).toBe(true);
    const again = lock(queue.main, 2);
    expect(again).toMatchObject({ sequenceNumber: 1, deliveryCount: 1 });
    expect(again.lockToken).not.toBe(first.lockToken);
  });

  it("does not count a released delivery", async () => {
    await send(["a"]);
    expect(queue.main.release(lock(queue.main, 0).lockToken, 1)).toBe(true);
    expect(lock(queue.main, 2).deliveryCount).toBe(0);
  });

  it("moves a message to the dead-letter queue with its reason, place and size", async () => {
    await send(["a", "b"]);
    const { lockToken } = lock(queue.main, 0);
    expect(await deadLetter(lockToken, 1, new Map([["DeadLetterReason", text("poison")]]))).toBe(true);
    expect(counts()).toEqual([1, 0, 1, 0]);
    const dead = lock(queue.deadLetter, 2);
    expect(dead).toMatchObject({ sequenceNumber: 1, deadLetterSource: "orders" });
    expect(properties(dead)).toEqual({ DeadLetterReason: "poison" });
    expect(queue.deadLetter.counts.sizeBytes).toBe(dead.stored.length);
    expect(await queue.deadLetter.complete(dead.lockToken, 3)).toBe(true);
    expect(queue.deadLetter.counts.sizeBytes).toBe(0);
  });

  it("hands out dead letters that came after later ones were received", async () => {
    await send(["a", "b"]);
    const [a, b] = [lock(queue.main, 0), lock(queue.main, 0)];
    await deadLetter(b.lockToken, 0);
    expect(idOf(lock(queue.deadLetter, 0))).toBe("b");
    await deadLetter(a.lockToken, 0);
    expect(idOf(lock(queue.deadLetter, 0))).toBe("a");
  });

  it("dead-letters after the last delivery that is allowed", async () => {
    await send(["a"]);
    for (const deliveryCount of [0, 1, 2]) {
      const locked = lock(queue.main, 0);
      expect(locked.deliveryCount).toBe(deliveryCount);
      await queue.main.abandon(locked.lockToken, 0);
    }
    expect(counts()).toEqual([0, 0, 1, 0]);
    const dead = lock(queue.deadLetter, 0);
    expect(dead.deliveryCount).toBe(3);
    expect(properties(dead)).toEqual({
      DeadLetterReason: "MaxDeliveryCountExceeded",
      DeadLetterErrorDescription: "Message could not be consumed after 3 delivery attempts.",
    });
  });

  it("keeps a message in the dead-letter queue however often it fails there", async () => {
    await send(["a"]);
    await deadLetter(lock(queue.main, 0).lockToken, 0);
    for (let failure = 0; failure < 10; failure += 1) {
      await queue.deadLetter.abandon(lock(queue.deadLetter, 0).lockToken, 0);
    }
    expect(counts()).toEqual([0, 0, 1, 0]);
    expect(queue.deadLetter.deadLetter).toBeUndefined();
  });

  it("sets the properties of an abandoned message, and counts its new size", async () => {
    await send(["a"]);
    const before = queue.main.counts.sizeBytes;
    await queue.main.abandon(lock(queue.main, 0).lockToken, 0, new Map([["tried", text("yes")]]));
    expect(queue.main.counts.sizeBytes).toBeGreaterThan(before);
    const again = lock(queue.main, 0);
    expect(properties(again)).toEqual({ tried: "yes" });
    await queue.main.complete(again.lockToken, 0);
    expect(queue.main.counts.sizeBytes).toBe(0);
  });

  it("refuses sends when it is full, and takes them again", async () => {
    openQueue({ maxSizeMegabytes: 1 });
    const large = incoming(rhea.message.encode({ message_id: "large", body: "x".repeat(600_000) }));
    await queue.enqueue([large], 0);
    await queue.enqueue([large], 0);
    await expect(queue.enqueue([large], 0)).rejects.toMatchObject({ reason: "quota-exceeded" });
    expect(await queue.main.complete(lock(queue.main, 0).lockToken, 0)).toBe(true);
    await queue.enqueue([large], 0);
  });

  it("refuses one send of a group and stores the others", async () => {
    openQueue({ maxSizeMegabytes: 1 });
    const large = incoming(rhea.message.encode({ message_id: "large", body: "x".repeat(1_100_000) }));
    const results = await Promise.allSettled([queue.enqueue([large], 0), send(["a"]), send(["b"])]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(counts()).toEqual([1, 0, 0, 0]);
  });

  it.each([
    ["Disabled", false, false],
    ["SendDisabled", false, true],
    ["ReceiveDisabled", true, false],
  ] as const)("that is %s sends %p and receives %p", async (status, sends, receives) => {
    await send(["a"]);
    await queue.setProperties({ ...queue.properties, status }, 0);
    const sent = send(["b"]);
    if (sends) await sent;
    else await expect(sent).rejects.toMatchObject({ reason: "entity-disabled" });
    expect(queue.main.lock(0) !== undefined).toBe(receives);
  });
});
