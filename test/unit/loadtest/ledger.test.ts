import { ledgerOf } from "../../../loadtest/targets/orders/ledger/ledger.ts";
import { locate, type Places, type Whereabouts } from "../../../loadtest/targets/orders/ledger/whereabouts.ts";
import { ledger as ledgerSchema } from "../../../loadtest/model/ledger.ts";

const once: Whereabouts = { kind: "committed", repeats: 0, deadLetterReason: undefined };
const twiceMore: Whereabouts = { kind: "committed", repeats: 2, deadLetterReason: undefined };
const unsettled: Whereabouts = { kind: "committed", repeats: 9, deadLetterReason: "MaxDeliveryCountExceeded" };
const waiting: Whereabouts = { kind: "waiting" };
const invalid: Whereabouts = { kind: "dead-lettered", reason: "invalid-order" };
const tooOften: Whereabouts = { kind: "dead-lettered", reason: "MaxDeliveryCountExceeded" };

test("each order is in exactly one place, and the sum is what was accepted", () => {
  const found = new Map<string, Whereabouts>([
    ["a", once],
    ["b", twiceMore],
    ["c", unsettled],
    ["d", waiting],
    ["e", invalid],
    ["f", invalid],
    ["g", tooOften],
    ["somebody else's", once],
  ]);
  const ledger = ledgerOf({ accepted: ["a", "b", "c", "d", "e", "f", "g", "h"], unconfirmed: [] }, found);
  expect(ledger).toEqual({
    accepted: 8,
    processedOnce: 1,
    processedAgain: 2,
    waiting: 1,
    deadLettered: { total: 3, byReason: { "invalid-order": 2, MaxDeliveryCountExceeded: 1 } },
    lost: 1,
    deadLetteredAfterCommit: 1,
    unconfirmed: { total: 0, processed: 0, waiting: 0, deadLettered: 0, nowhere: 0 },
    duplicatesAbsorbed: 11,
    examples: { lost: ["h"], waiting: ["d"], deadLettered: ["e", "f", "g"], processedAgain: ["b", "c"] },
  });
  expect(ledgerSchema.parse(ledger)).toEqual(ledger);
});

test("an unconfirmed order is nowhere among the accepted, whatever became of it", () => {
  const found = new Map<string, Whereabouts>([
    ["a", once],
    ["u", once],
    ["v", twiceMore],
    ["w", waiting],
    ["x", tooOften],
  ]);
  expect(ledgerOf({ accepted: ["a"], unconfirmed: ["u", "v", "w", "x", "y"] }, found)).toEqual({
    accepted: 1,
    processedOnce: 1,
    processedAgain: 0,
    waiting: 0,
    deadLettered: { total: 0, byReason: {} },
    lost: 0,
    deadLetteredAfterCommit: 0,
    unconfirmed: { total: 5, processed: 2, waiting: 1, deadLettered: 1, nowhere: 1 },
    duplicatesAbsorbed: 2,
    examples: { lost: [], waiting: [], deadLettered: [], processedAgain: [] },
  });
});

test("examples are few, counts are not", () => {
  const accepted = Array.from({ length: 500 }, (_, index) => `order-${index}`);
  const ledger = ledgerOf({ accepted, unconfirmed: [] }, new Map());
  expect(ledger.lost).toBe(500);
  expect(ledger.examples.lost).toEqual(accepted.slice(0, 20));
});

/** A bus, a Redis and a worker, as far as an order's place goes. */
function system(ids: readonly string[]): {
  places: Places;
  /** Takes the next order, does these steps in turn, and is killed after so many of them. */
  work: (steps: readonly ("commit" | "complete")[], killedAfter?: number) => void;
} {
  const queue = new Set(ids);
  const locked = new Set<string>();
  const committed = new Map<string, number>();
  return {
    places: {
      waiting: () => Promise.resolve(new Set(queue)),
      deadLettered: () => Promise.resolve(new Map()),
      committed: () => Promise.resolve(new Map(committed)),
    },
    work: (steps, killedAfter = steps.length) => {
      const id = [...queue].find((one) => !locked.has(one));
      if (id === undefined) throw new Error("the queue is empty");
      locked.add(id);
      for (const step of steps.slice(0, killedAfter)) {
        if (step === "complete") queue.delete(id);
        else committed.set(id, committed.has(id) ? (committed.get(id) ?? 0) + 1 : 0);
      }
      // The broker gives the lock of a worker that is gone to the next one.
      locked.delete(id);
    },
  };
}

async function ledgerAfter(ids: string[], places: Places): Promise<ReturnType<typeof ledgerOf>> {
  const found = await locate(ids, places, {
    signal: new AbortController().signal,
    pause: () => Promise.resolve(),
  });
  return ledgerOf({ accepted: ids, unconfirmed: [] }, found);
}

test("a worker that commits before it completes, killed between the two, has its order processed again and loses none", async () => {
  const ids = ["a", "b", "c"];
  const { places, work } = system(ids);
  work(["commit", "complete"], 1);
  ids.forEach(() => {
    work(["commit", "complete"]);
  });
  expect(await ledgerAfter(ids, places)).toMatchObject({ processedOnce: 2, processedAgain: 1, lost: 0 });
});

test("a worker that completes before it commits, killed between the two, has lost its order", async () => {
  const ids = ["a", "b", "c"];
  const { places, work } = system(ids);
  work(["complete", "commit"], 1);
  work(["complete", "commit"]);
  work(["complete", "commit"]);
  expect(await ledgerAfter(ids, places)).toMatchObject({
    processedOnce: 2,
    processedAgain: 0,
    lost: 1,
    examples: { lost: ["a"] },
  });
});
