import { cameBy } from "../../../../loadtest/planner/demand.ts";
import { intervalOf, isClearBelow } from "../../../../loadtest/planner/interval.ts";
import type { SimulatedRun } from "../../../../loadtest/planner/simulateWorkload.ts";
import { statisticsOf } from "../../../../loadtest/planner/statistics.ts";
import { worker } from "./fixtures.ts";

/** Second by second: desired, ready, existing, active and completed messages. */
function run(...rows: [number, number, number, number, number][]): SimulatedRun {
  return {
    syncs: [],
    polls: [],
    seconds: rows.map(([desired, ready, existing, active, completed]) => ({
      desired,
      ready,
      existing,
      active,
      completed,
    })),
  };
}

const load = { arrivals: [{ atSeconds: 0, messages: 10 }], levels: {}, usage: [], endSeconds: 0 };

test("statistics of a run, by hand", () => {
  const seconds = run(
    [0, 0, 0, 10, 0],
    [1, 0, 1, 10, 0],
    [2, 1, 2, 9, 1],
    [2, 2, 2, 2, 8],
    [2, 2, 2, 0, 10],
    [2, 2, 2, 0, 10],
    [0, 0, 2, 0, 10],
    [0, 0, 0, 0, 10],
  );
  expect(statisticsOf(worker({}, { load }), seconds)).toEqual({
    firstReadySeconds: 2,
    allReadySeconds: 3,
    drainedSeconds: 4,
    idleSeconds: 2,
    // One at 2 s, seven at 3 s, two at 4 s.
    orderAgeP95Seconds: 4,
    podSeconds: 0 + 1 + 2 + 2 + 2 + 2,
    peakReplicas: 2,
    directionChanges: 0,
  });
});

test("messages that came later are younger", () => {
  const arrivals = [
    { atSeconds: 0, messages: 1 },
    { atSeconds: 2, messages: 9 },
  ];
  expect(cameBy(arrivals, 4)).toEqual([1, 1, 10, 10]);
  const seconds = run([1, 1, 1, 1, 0], [1, 1, 1, 1, 0], [1, 1, 1, 10, 0], [1, 1, 1, 0, 10], [0, 0, 0, 0, 10]);
  const { orderAgeP95Seconds } = statisticsOf(worker({}, { load: { ...load, arrivals, endSeconds: 2 } }), seconds);
  // Nine of ten are a second old, the first is 3 s old.
  expect(orderAgeP95Seconds).toBe(3);
});

test("to and fro counts while there is work", () => {
  const seconds = run(
    [1, 1, 1, 5, 0],
    [3, 1, 3, 5, 0],
    [2, 2, 2, 4, 1],
    [3, 3, 3, 1, 4],
    [3, 3, 3, 0, 5],
    [0, 0, 0, 0, 5],
  );
  expect(statisticsOf(worker({}, { load }), seconds).directionChanges).toBe(2);
});

test("an interval holds nine of ten runs, and what never came is later than all", () => {
  const values = Array.from({ length: 101 }, (_, index) => index);
  expect(intervalOf(values)).toEqual({ low: 5, median: 50, high: 95 });
  expect(intervalOf([1, 2, null])).toEqual({ low: 1, median: 2, high: null });
  expect(isClearBelow({ low: 1, median: 2, high: 3 }, { low: 4, median: 5, high: null })).toBe(true);
  expect(isClearBelow({ low: 1, median: 2, high: 4 }, { low: 4, median: 5, high: 6 })).toBe(false);
  expect(isClearBelow({ low: 1, median: 2, high: null }, { low: 4, median: 5, high: 6 })).toBe(false);
});
