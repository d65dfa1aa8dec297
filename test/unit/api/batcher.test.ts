import { setTimeout as delay } from "node:timers/promises";
import { createBatcher } from "../../../src/api/batcher.ts";
import { eventually } from "../../support/eventually.ts";

/** Hand-overs that end when the test says so. */
function handOvers(): {
  groups: (readonly number[])[];
  end: (() => void)[];
  handOver: (items: readonly number[]) => Promise<void>;
} {
  const groups: (readonly number[])[] = [];
  const end: (() => void)[] = [];
  return {
    groups,
    end,
    handOver: (items) => {
      groups.push(items);
      return new Promise((resolve) => end.push(resolve));
    },
  };
}

const NEVER_MS = 60_000;

test("the items of one turn of the event loop form a batch", async () => {
  const { groups, end, handOver } = handOvers();
  const add = createBatcher(handOver, { maxItems: 10, maxWaitMs: NEVER_MS, minIntervalMs: 0 });
  for (const item of [1, 2, 3]) add(item);
  expect(groups).toEqual([]);
  await eventually("they go", () => groups.length === 1);
  expect(groups).toEqual([[1, 2, 3]]);
  end[0]?.();
});

test("items that come while a batch is under way form the next one", async () => {
  const { groups, end, handOver } = handOvers();
  const add = createBatcher(handOver, { maxItems: 3, maxWaitMs: 500, minIntervalMs: 0 });
  add(1);
  await eventually("the first goes", () => groups.length === 1);
  for (const item of [2, 3, 4, 5]) {
    add(item);
    await delay(1);
  }
  expect(groups).toEqual([[1]]);
  end[0]?.();
  await eventually("the next goes", () => groups.length === 2);
  expect(groups[1]).toEqual([2, 3, 4]);
  end[1]?.();
  await eventually("and the rest", () => groups.length === 3);
  expect(groups[2]).toEqual([5]);
  end[2]?.();
});

test("a batch that does not end does not delay later items", async () => {
  const { groups, handOver } = handOvers();
  const add = createBatcher(handOver, { maxItems: 2, maxWaitMs: 10, minIntervalMs: 0 });
  add(1);
  await eventually("the first goes", () => groups.length === 1);
  for (const item of [2, 3, 4]) add(item);
  await eventually("all go", () => groups.length === 3);
  expect(groups).toEqual([[1], [2, 3], [4]]);
});

test("of a steady stream, the items of an interval form a batch", async () => {
  const { groups, end, handOver } = handOvers();
  const add = createBatcher(handOver, { maxItems: 10, maxWaitMs: NEVER_MS, minIntervalMs: 200 });
  add(1);
  await eventually("an item that comes alone goes at once", () => groups.length === 1);
  const began = performance.now();
  end[0]?.();
  for (const item of [2, 3, 4]) {
    add(item);
    await delay(1);
  }
  expect(groups).toEqual([[1]]);
  await eventually("the others go", () => groups.length === 2);
  expect(groups[1]).toEqual([2, 3, 4]);
  expect(performance.now() - began).toBeGreaterThan(150);
  end[1]?.();
});

test("a full batch does not wait for the interval", async () => {
  const { groups, end, handOver } = handOvers();
  const add = createBatcher(handOver, { maxItems: 2, maxWaitMs: NEVER_MS, minIntervalMs: NEVER_MS });
  for (const item of [1, 2, 3, 4]) add(item);
  await eventually("the first goes", () => groups.length === 1);
  end[0]?.();
  await eventually("the second goes", () => groups.length === 2);
  expect(groups).toEqual([
    [1, 2],
    [3, 4],
  ]);
  end[1]?.();
});
