import { ordersAccountedFor } from "../../../loadtest/assertions/ledger.ts";
import { redeliveriesWithinBound } from "../../../loadtest/targets/orders/assertions/redeliveries.ts";
import type { Ledger } from "../../../loadtest/model/ledger.ts";
import type { Reading } from "../../../loadtest/model/reading.ts";
import { GAP, notPassed, value } from "./fixtures.ts";

const ALL_WELL: Ledger = {
  accepted: 4000,
  processedOnce: 4000,
  processedAgain: 0,
  waiting: 0,
  deadLettered: { total: 0, byReason: {} },
  lost: 0,
  deadLetteredAfterCommit: 0,
  unconfirmed: { total: 0, processed: 0, waiting: 0, deadLettered: 0, nowhere: 0 },
  duplicatesAbsorbed: 0,
  examples: { lost: [], waiting: [], deadLettered: [], processedAgain: [] },
};

const QUEUE = { name: "queue", workload: "worker" };
const PROCESSED = "orders/all-processed";
const LOST = "orders/none-lost";
const DEAD = "orders/none-dead-lettered";
const WHOLE = "orders/all-accounted-for";

/** Status and causes of each assertion that is no pass, by its id. */
function not(
  ledger: Partial<Ledger> | Exclude<Reading<Ledger>, { kind: "value" }> | null,
  run: { waited?: boolean; cutShort?: string | null } = {},
): Record<string, string> {
  const reading = ledger === null || "kind" in ledger ? ledger : value({ ...ALL_WELL, ...ledger });
  const assertions = ordersAccountedFor({ ledger: reading, waited: true, cutShort: null, queue: QUEUE, ...run });
  expect(assertions.map(({ subject, id }) => `${subject}/${id}`)).toEqual([PROCESSED, LOST, DEAD, WHOLE]);
  return notPassed(assertions);
}

test("passes when every order was processed, once or again, and says what was counted", () => {
  expect(not({})).toEqual({});
  const ledger = { ...ALL_WELL, processedOnce: 3990, processedAgain: 10, duplicatesAbsorbed: 12 };
  const assertions = ordersAccountedFor({ ledger: value(ledger), waited: true, cutShort: null, queue: QUEUE });
  expect(assertions.map(({ status, measured }) => [status, measured])).toEqual([
    ["pass", { accepted: 4000, processed: 4000, waiting: 0 }],
    ["pass", { accepted: 4000, lost: 0 }],
    ["pass", { deadLettered: 0 }],
    ["pass", expect.objectContaining({ accepted: 4000, processedOnce: 3990, processedAgain: 10, waiting: 0, lost: 0 })],
  ]);
});

test("a lost order fails twice: it is lost, and it is not processed", () => {
  const lost = { processedOnce: 3999, lost: 1, examples: { ...ALL_WELL.examples, lost: ["some-id"] } };
  expect(not(lost)).toEqual({
    [PROCESSED]: "fail: orders-not-processed",
    [LOST]: "fail: orders-lost, completed-before-commit",
  });
  // It was seen, however the run ended.
  expect(not(lost, { waited: false, cutShort: "interrupted" })[LOST]).toMatch(/^fail/);
  expect(not(lost, { waited: false, cutShort: "interrupted" })[PROCESSED]).toMatch(/^fail/);
});

test("a dead-lettered order fails with its reason, and is not lost", () => {
  const dead = {
    processedOnce: 3996,
    deadLettered: { total: 4, byReason: { "invalid-order": 3, MaxDeliveryCountExceeded: 1 } },
    examples: { ...ALL_WELL.examples, deadLettered: ["a", "b", "c", "d"] },
  };
  const expected = {
    [PROCESSED]: "fail: orders-not-processed",
    [DEAD]: "fail: orders-dead-lettered",
  };
  expect(not(dead)).toEqual(expected);
  expect(not(dead, { waited: false })).toEqual(expected);
});

test("an order that was processed and whose redelivery was dead-lettered fails as dead-lettered", () => {
  expect(not({ processedOnce: 3999, processedAgain: 1, duplicatesAbsorbed: 9, deadLetteredAfterCommit: 1 })).toEqual({
    [DEAD]: "fail: orders-dead-lettered",
  });
});

test("orders that still wait fail when the queue was waited for, and prove nothing when it was not", () => {
  const slow = { processedOnce: 3100, waiting: 900, examples: { ...ALL_WELL.examples, waiting: ["some-id"] } };
  expect(not(slow)).toEqual({ [PROCESSED]: "fail: orders-not-processed" });
  expect(not(slow, { waited: false })).toEqual({
    [PROCESSED]: "inconclusive: queue-not-awaited",
  });
  expect(not(slow, { waited: false, cutShort: "interrupted" })).toEqual({
    [PROCESSED]: "inconclusive: run-interrupted",
  });
});

test("a ledger that could not be read is inconclusive, with why", () => {
  expect(not(GAP)).toEqual({
    [PROCESSED]: "inconclusive: ledger-unreadable",
    [LOST]: "inconclusive: ledger-unreadable",
    [DEAD]: "inconclusive: ledger-unreadable",
    [WHOLE]: "inconclusive: ledger-unreadable",
  });
  expect(not(null, { cutShort: "interrupted" })[LOST]).toBe("inconclusive: run-interrupted");
  expect(not(null)[LOST]).toBe("inconclusive: orders-not-counted");
  expect(not({ kind: "absent" })[LOST]).toMatch(/^inconclusive/);
});

test("no accepted order proves nothing", () => {
  const none = { accepted: 0, processedOnce: 0 };
  expect(not(none)).toEqual({
    [PROCESSED]: "inconclusive: no-order-accepted",
    [LOST]: "inconclusive: no-order-accepted",
  });
  const unconfirmed = { total: 7, processed: 7, waiting: 0, deadLettered: 0, nowhere: 0 };
  expect(not({ ...none, unconfirmed })[LOST]).toBe("inconclusive: no-order-accepted");
});

test("unconfirmed orders are no failure, whatever became of them, and are measured", () => {
  const unconfirmed = { total: 10, processed: 4, waiting: 3, deadLettered: 2, nowhere: 1 };
  expect(not({ unconfirmed })).toEqual({});
  const assertions = ordersAccountedFor({
    ledger: value({ ...ALL_WELL, unconfirmed }),
    waited: true,
    cutShort: null,
    queue: QUEUE,
  });
  expect(assertions.at(-1)?.measured).toMatchObject({ accepted: 4000, unconfirmed });
});

test.each([
  ["processedOnce", 3999],
  ["processedAgain", 1],
  ["waiting", 1],
  ["lost", 1],
  ["deadLettered", { total: 1, byReason: { odd: 1 } }],
])("a ledger whose %s does not add up is inconclusive", (field, wrong) => {
  expect(not({ [field]: wrong })[WHOLE]).toBe("inconclusive: ledger-contradicts-itself");
});

test("a cause names the orders that it is about", () => {
  const examples = { lost: ["l"], waiting: ["w"], deadLettered: ["d"], processedAgain: [] };
  const ledger = {
    ...ALL_WELL,
    processedOnce: 3997,
    lost: 1,
    waiting: 1,
    deadLettered: { total: 1, byReason: { odd: 1 } },
    examples,
  };
  const assertions = ordersAccountedFor({ ledger: value(ledger), waited: true, cutShort: null, queue: QUEUE });
  expect(assertions.flatMap(({ causes }) => causes)).toEqual([
    { id: "orders-not-processed", subject: "orders", params: { examples: ["l", "d", "w"] } },
    { id: "orders-lost", subject: "orders", params: { examples: ["l"] } },
    { id: "completed-before-commit", subject: "worker", params: {} },
    {
      id: "orders-dead-lettered",
      subject: "orders",
      params: { byReason: { odd: 1 }, afterCommit: 0, examples: ["d"] },
    },
  ]);
});

describe("redeliveries", () => {
  const redelivered = (duplicatesAbsorbed: number): Reading<Ledger> =>
    value({
      ...ALL_WELL,
      ...{ processedOnce: 3900, processedAgain: 100, duplicatesAbsorbed },
      examples: { ...ALL_WELL.examples, processedAgain: ["some-id"] },
    });

  test.each([
    [4, 1, 32],
    [16, 1, 32],
    [100, 1, 200],
    [16, 2, 64],
  ])("with a concurrency of %i and %i killed pass up to %i", (concurrency, killed, bound) => {
    expect(redeliveriesWithinBound(redelivered(bound), value(concurrency), killed)).toMatchObject({
      ...{ id: "redeliveries-within-bound", status: "pass" },
      expected: { bound, concurrency, killed },
      measured: { redeliveries: bound, orders: 100 },
    });
    expect(redeliveriesWithinBound(redelivered(bound + 1), value(concurrency), killed)).toMatchObject({
      status: "fail",
      causes: [{ id: "redelivered-beyond-bound", params: { examples: ["some-id"] } }],
    });
  });

  test("beyond what any concurrency allows are inconclusive where it could not be read", () => {
    expect(redeliveriesWithinBound(redelivered(32), GAP, 1).status).toBe("pass");
    expect(redeliveriesWithinBound(redelivered(33), GAP, 1)).toMatchObject({
      status: "inconclusive",
      causes: [{ id: "worker-concurrency-unreadable", params: { error: GAP.error } }],
    });
  });

  test("that were not counted are inconclusive", () => {
    expect(redeliveriesWithinBound(GAP, value(16), 1)).toMatchObject({
      status: "inconclusive",
      causes: [{ id: "ledger-unreadable", params: { error: GAP.error } }],
    });
    expect(redeliveriesWithinBound(null, value(16), 1).status).toBe("inconclusive");
  });
});
