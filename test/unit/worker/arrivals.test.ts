import { createArrivals } from "../../../src/worker/arrivals.ts";

test("the oldest is the one that came first of those that are there", () => {
  const arrivals = createArrivals<string>();
  const [leaveA, leaveB, leaveC] = ["a", "b", "c"].map((item) => arrivals.add(item));
  expect([arrivals.oldest(), arrivals.size, [...arrivals]]).toEqual(["a", 3, ["a", "b", "c"]]);
  leaveB?.();
  expect([...arrivals]).toEqual(["a", "c"]);
  leaveA?.();
  expect([arrivals.oldest(), arrivals.size]).toEqual(["c", 1]);
  arrivals.add("d");
  leaveC?.();
  expect([...arrivals]).toEqual(["d"]);
});

test("who has left does not leave again", () => {
  const arrivals = createArrivals<string>();
  const leave = arrivals.add("a");
  arrivals.add("b");
  leave();
  leave();
  expect([arrivals.size, [...arrivals]]).toEqual([1, ["b"]]);
});

test("all can leave while they are gone through", () => {
  const arrivals = createArrivals<() => void>();
  for (let index = 0; index < 3; index++) {
    const leave = arrivals.add(() => {
      leave();
    });
  }
  for (const leave of arrivals) leave();
  expect([arrivals.size, arrivals.oldest()]).toEqual([0, undefined]);
});

test("those that leave with another one are gone through all the same", () => {
  const arrivals = createArrivals<string>();
  const leaves = ["a", "b", "c", "d"].map((item) => arrivals.add(item));
  const seen: string[] = [];
  for (const item of arrivals) {
    seen.push(item);
    for (const leave of leaves.slice(0, 3)) leave();
  }
  expect([seen, [...arrivals]]).toEqual([["a", "b", "c", "d"], ["d"]]);
});

test("waiting ends when the last has left, at once where there is none", async () => {
  const arrivals = createArrivals<string>();
  await arrivals.whenEmpty();
  const left: string[] = [];
  const leaves = ["a", "b"].map((item) => arrivals.add(item));
  const waiting = arrivals.whenEmpty().then(() => left.push("none"));
  for (const leave of leaves) {
    leave();
    left.push("one");
  }
  await waiting;
  expect(left).toEqual(["one", "one", "none"]);
});
