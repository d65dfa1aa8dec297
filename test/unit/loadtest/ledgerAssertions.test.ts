import { ordersAreAccountedFor, redeliveriesAtMost } from "../../../loadtest/assertions/ledger.ts";
import type { Ledger } from "../../../loadtest/model/ledger.ts";
import type { Reading } from "../../../loadtest/model/reading.ts";
import { GAP, value } from "./fixtures.ts";

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

const PROCESSED = "every order was fulfilled";
const LOST = "no order was lost";
const DEAD = "no order was dead-lettered";
const WHOLE = "every order is accounted for";

/** Status and reason of each assertion that is no pass, by its name. */
function not(
  ledger: Partial<Ledger> | Exclude<Reading<Ledger>, { kind: "value" }> | null,
  run: { waited?: boolean; cutShort?: string | null } = {},
): Record<string, string> {
  const reading = ledger === null || "kind" in ledger ? ledger : value({ ...ALL_WELL, ...ledger });
  const assertions = ordersAreAccountedFor({ ledger: reading, waited: true, cutShort: null, ...run });
  expect(assertions.map(({ name }) => name)).toEqual([PROCESSED, LOST, DEAD, WHOLE]);
  return Object.fromEntries(
    assertions.filter(({ status }) => status !== "pass").map((one) => [one.name, `${one.status}: ${one.reason}`]),
  );
}

test("passes when every order was processed, once or again, and says what was counted", () => {
  expect(not({})).toEqual({});
  const ledger = { ...ALL_WELL, processedOnce: 3990, processedAgain: 10, duplicatesAbsorbed: 12 };
  const assertions = ordersAreAccountedFor({ ledger: value(ledger), waited: true, cutShort: null });
  expect(assertions.map(({ status, measured }) => [status, measured])).toEqual([
    ["pass", "4000 of 4000 fulfilled, 0 waiting"],
    ["pass", "0 lost of 4000"],
    ["pass", "0 dead-lettered"],
    ["pass", "4000 = 3990 + 10 + 0 + 0 + 0"],
  ]);
});

test("a lost order fails twice: it is lost, and it is not fulfilled", () => {
  const lost = { processedOnce: 3999, lost: 1, examples: { ...ALL_WELL.examples, lost: ["some-id"] } };
  expect(not(lost)).toEqual({
    [PROCESSED]: "fail: not fulfilled are some-id",
    [LOST]: "fail: neither fulfilled, nor on the queue, nor dead-lettered: some-id",
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
    [PROCESSED]: "fail: not fulfilled are a, b, c, …",
    [DEAD]: "fail: 3 for invalid-order, 1 for MaxDeliveryCountExceeded; the worker's log says why: a, b, c, …",
  };
  expect(not(dead)).toEqual(expected);
  expect(not(dead, { waited: false })).toEqual(expected);
});

test("an order that was fulfilled and whose repeat was dead-lettered all the same is a dead letter that somebody has to look at", () => {
  expect(not({ processedOnce: 3999, processedAgain: 1, duplicatesAbsorbed: 9, deadLetteredAfterCommit: 1 })).toEqual({
    [DEAD]: expect.stringMatching(/^fail: 1 after they were fulfilled/) as string,
  });
});

test("orders that still wait fail when the queue was waited for, and prove nothing when it was not", () => {
  const slow = { processedOnce: 3100, waiting: 900, examples: { ...ALL_WELL.examples, waiting: ["some-id"] } };
  expect(not(slow)).toEqual({ [PROCESSED]: "fail: not fulfilled are some-id" });
  expect(not(slow, { waited: false })).toEqual({
    [PROCESSED]: expect.stringMatching(/^inconclusive: .*not waited for/) as string,
  });
  expect(not(slow, { waited: false, cutShort: "interrupted" })).toEqual({ [PROCESSED]: "inconclusive: interrupted" });
});

test("a ledger that could not be read is inconclusive, with why", () => {
  expect(not(GAP)).toEqual({
    [PROCESSED]: `inconclusive: ${GAP.error}`,
    [LOST]: `inconclusive: ${GAP.error}`,
    [DEAD]: `inconclusive: ${GAP.error}`,
    [WHOLE]: `inconclusive: ${GAP.error}`,
  });
  expect(not(null, { cutShort: "interrupted" })[LOST]).toBe("inconclusive: interrupted");
  expect(not(null)[LOST]).toBe("inconclusive: the orders were not counted");
  expect(not({ kind: "absent" })[LOST]).toMatch(/^inconclusive/);
});

test("no accepted order proves nothing", () => {
  const none = { accepted: 0, processedOnce: 0 };
  expect(not(none)).toEqual({
    [PROCESSED]: "inconclusive: no order was accepted",
    [LOST]: "inconclusive: no order was accepted",
  });
  const unconfirmed = { total: 7, processed: 7, waiting: 0, deadLettered: 0, nowhere: 0 };
  expect(not({ ...none, unconfirmed })[LOST]).toBe("inconclusive: none of 7 orders was accepted");
});

test("unconfirmed orders are no failure, whatever became of them, and are told", () => {
  const unconfirmed = { total: 10, processed: 4, waiting: 3, deadLettered: 2, nowhere: 1 };
  expect(not({ unconfirmed })).toEqual({});
  const assertions = ordersAreAccountedFor({
    ledger: value({ ...ALL_WELL, unconfirmed }),
    waited: true,
    cutShort: null,
  });
  expect(assertions.at(-1)?.measured).toBe(
    "4000 = 4000 + 0 + 0 + 0 + 0; besides 10 unconfirmed: 4 processed, 3 waiting, 2 dead-lettered, 1 nowhere",
  );
});

test.each([
  ["processedOnce", 3999],
  ["processedAgain", 1],
  ["waiting", 1],
  ["lost", 1],
  ["deadLettered", { total: 1, byReason: { odd: 1 } }],
])("a ledger whose %s does not add up is not believed", (field, wrong) => {
  expect(not({ [field]: wrong })[WHOLE]).toMatch(/^inconclusive: the ledger contradicts itself/);
});

describe("repeats", () => {
  const repeated = { ...ALL_WELL, processedOnce: 3990, processedAgain: 10, duplicatesAbsorbed: 12 };

  test("up to as many as were in flight pass", () => {
    expect(redeliveriesAtMost(value(repeated), 12, "12 in flight in the killed pod")).toMatchObject({
      status: "pass",
      expected: "at most 12 repeats: 12 in flight in the killed pod",
      measured: "12 repeats of 10 orders, absorbed",
    });
  });

  test("more fail, with an example", () => {
    const ledger = { ...repeated, examples: { ...repeated.examples, processedAgain: ["some-id"] } };
    expect(redeliveriesAtMost(value(ledger), 11, "")).toMatchObject({
      status: "fail",
      reason: expect.stringContaining("some-id") as string,
    });
  });

  test("uncounted ones are inconclusive", () => {
    expect(redeliveriesAtMost(GAP, 12, "")).toMatchObject({ status: "inconclusive", reason: GAP.error });
    expect(redeliveriesAtMost(null, 12, "")).toMatchObject({ status: "inconclusive" });
  });
});
