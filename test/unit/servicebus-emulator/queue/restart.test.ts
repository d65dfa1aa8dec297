import type { LockedMessage } from "../../../../src/servicebus-emulator/broker/contract.ts";
import { text } from "../../../../src/servicebus-emulator/message/encoding.ts";
import {
  countedRows,
  deadLetter,
  failures,
  idOf,
  lock,
  lockLosses,
  openQueue,
  operations,
  properties,
  queue,
  savedNumbers,
  send,
  tick,
  useTestQueue,
  written,
} from "./support/testQueue.ts";

useTestQueue();

describe("after a restart", () => {
  it("everything is where it was, but for locks", async () => {
    await send(["a", "b", "c", "d", "e"]);
    await send(["s"], { scheduledAtMs: 5_000 });
    const [a, b, c, d] = Array.from({ length: 4 }, () => lock(queue.main, 0)) as [
      LockedMessage,
      LockedMessage,
      LockedMessage,
      LockedMessage,
    ];
    await queue.main.complete(a.lockToken, 0);
    await queue.main.abandon(b.lockToken, 0);
    await queue.main.defer(c.lockToken, 0);
    await deadLetter(d.lockToken, 0, new Map([["DeadLetterReason", text("poison")]]));
    lock(queue.main, 0);
    const before = queue.main.counts;

    openQueue();
    expect(queue.main.counts).toEqual({ ...before, active: 2, locked: 0 });
    expect(lock(queue.main, 0)).toMatchObject({ sequenceNumber: 2, deliveryCount: 1 });
    expect(idOf(lock(queue.main, 0))).toBe("e");
    expect(queue.main.lockDeferred([3], 0)?.map(idOf)).toEqual(["c"]);
    expect(properties(lock(queue.deadLetter, 0))).toEqual({ DeadLetterReason: "poison" });
    await tick(5_000);
    // The locks have ended with it.
    expect([1, 2, 3].map(() => idOf(lock(queue.main, 5_000)))).toEqual(["b", "e", "s"]);
    expect(await send(["next"])).toEqual([8]);
  });

  it("what fell due meanwhile is worked off", async () => {
    await send(["expired"], { ttl: 100 });
    await send(["scheduled"], { scheduledAtMs: 100 });
    openQueue();
    await tick(1_000);
    expect(idOf(lock(queue.main, 1_000))).toBe("scheduled");
    expect(queue.main.lock(1_000)).toBeUndefined();
  });
});

it("accounts for every message through a long random history with restarts", async () => {
  // A Lehmer generator: the same history every time.
  let seed = 42;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return Math.floor((seed / 2_147_483_647) * below);
  };
  let nowMs = 0;
  let sent = 0;
  let completed = 0;
  let expired = 0;
  let losses = 0;
  let recalled = 0;
  let held: LockedMessage[] = [];
  const deferred = new Set<number>();
  for (let step = 0; step < 20_000; step += 1) {
    nowMs += random(400);
    const action = random(12);
    const chosen = held[random(Math.max(1, held.length))];
    const forget = (): void => {
      if (chosen !== undefined) held.splice(held.indexOf(chosen), 1);
    };
    if (action < 2) {
      await send([`m-${step}`], { ...(random(4) === 0 ? { ttl: 1 + random(5_000) } : {}) }, nowMs);
      sent += 1;
    } else if (action === 2) {
      await send([`s-${step}`], { scheduledAtMs: nowMs + random(3_000) }, nowMs);
      sent += 1;
    } else if (action < 6) {
      const locked = queue.main.lock(nowMs);
      if (locked !== undefined) held.push(locked);
    } else if (action === 6) {
      const [sequenceNumber] = deferred;
      for (const locked of queue.main.lockDeferred([sequenceNumber ?? 0], nowMs) ?? []) {
        held.push(locked);
        recalled += 1;
      }
      deferred.delete(sequenceNumber ?? 0);
    } else if (chosen !== undefined) {
      if (action === 7 && (await queue.main.complete(chosen.lockToken, nowMs))) completed += 1;
      if (action === 8) await queue.main.abandon(chosen.lockToken, nowMs);
      if (action === 9) await deadLetter(chosen.lockToken, nowMs);
      if (action === 10) queue.main.renew(chosen.lockToken, nowMs);
      if (action === 11 && (await queue.main.defer(chosen.lockToken, nowMs))) deferred.add(chosen.sequenceNumber);
      if (action !== 10) forget();
    }
    if (step % 100 === 0) await tick(nowMs);
    if (step % 2_000 === 1_999) {
      await written();
      expired += operations.expire ?? 0;
      losses += lockLosses;
      openQueue();
      held = [];
    }
    if (step % 10 === 0) {
      await written();
      const [main, dead] = [queue.main.counts, queue.deadLetter.counts];
      const there = main.active + main.locked + main.deferred + main.scheduled + dead.active + dead.locked;
      expect(there).toBe(sent - completed - expired - (operations.expire ?? 0));
      expect(countedRows()).toEqual(savedNumbers());
    }
  }
  expect(failures).toEqual([]);
  expect(completed).toBeGreaterThan(200);
  expect(losses).toBeGreaterThan(100);
  expect(expired).toBeGreaterThan(20);
  expect(recalled).toBeGreaterThan(50);
  expect(queue.deadLetter.counts.active).toBeGreaterThan(100);
});
