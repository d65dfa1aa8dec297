import { effects } from "../../slow/crash/effects.ts";
import {
  createExpectedState,
  ViolationError,
  type ExpectedState,
  type Sighting,
} from "../../slow/crash/expectedState.ts";

const MAX_DELIVERY_COUNT = 3;

let nowMs: number;
let expected: ExpectedState;

beforeEach(() => {
  nowMs = 1_000;
  expected = createExpectedState(MAX_DELIVERY_COUNT, () => nowMs);
});

function add(id: string, dueAtMs?: number): void {
  expected.add({ id, queue: "orders", body: `body of ${id}`, ...(dueAtMs === undefined ? {} : { dueAtMs }) });
}

function sent(id: string): void {
  add(id);
  expected.begin("send", [id], effects.send).acknowledged();
}

function sighting(id: string, fields: Partial<Sighting> = {}): Sighting {
  return {
    entity: "orders",
    id,
    place: "active",
    sequenceNumber: Number(id),
    deliveryCount: 0,
    mark: undefined,
    reason: undefined,
    body: `body of ${id}`,
    delivered: false,
    ...fields,
  };
}

it("an acknowledged send: the message is accepted when present, a violation when absent", () => {
  sent("1");
  expected.seeAll("orders", [sighting("1")]);
  expect(() => {
    expected.seeAll("orders", []);
  }).toThrow(ViolationError);
});

it("a send in doubt: either outcome is accepted, and then fixed by the first sighting", () => {
  add("1");
  expected.begin("send", ["1"], effects.send);
  expected.crash();
  expected.seeAll("orders", []);
  expect(() => {
    expected.seeAll("orders", [sighting("1")]);
  }).toThrow(/could only be .*unsent/);
});

it("a message received and completed before its send is acknowledged is no violation", () => {
  add("1");
  const send = expected.begin("send", ["1"], effects.send);
  expected.see(sighting("1", { delivered: true }));
  expected.begin("complete", ["1"], effects.complete).acknowledged();
  send.acknowledged();
  expected.seeAll("orders", []);
});

it("a completed message that returns, a message seen twice and one never sent are violations", () => {
  sent("1");
  sent("2");
  expected.begin("complete", ["1"], effects.complete).acknowledged();
  expect(() => {
    expected.see(sighting("1"));
  }).toThrow(/could only be .*gone/);
  expect(() => {
    expected.seeAll("orders", [sighting("2"), sighting("2")]);
  }).toThrow(/twice/);
  expect(() => {
    expected.see(sighting("3"));
  }).toThrow(/nobody has ever sent/);
});

it("a refused complete leaves the message: its absence is a violation", () => {
  sent("1");
  expected.begin("complete", ["1"], effects.complete).refused();
  expect(() => {
    expected.seeAll("orders", []);
  }).toThrow(/not there/);
});

it("a wrong dead-letter reason and a wrong application property are violations", () => {
  sent("1");
  expected.begin("abandon", ["1"], effects.abandon(7), true).acknowledged();
  expect(() => {
    expected.see(sighting("1", { deliveryCount: 1 }));
  }).toThrow(ViolationError);
  sent("2");
  expected.begin("dead-letter", ["2"], effects.deadLetter("because")).acknowledged();
  expect(() => {
    expected.see(sighting("2", { place: "dead", reason: "for another reason" }));
  }).toThrow(/because/);
  expected.see(sighting("2", { place: "dead", reason: "because" }));
});

it("a delivery count below the abandons or above the deliveries is a violation", () => {
  sent("1");
  expected.see(sighting("1", { delivered: true }));
  expected.begin("abandon", ["1"], effects.abandon(1), true).acknowledged();
  expect(() => {
    expected.see(sighting("1", { mark: 1, deliveryCount: 0 }));
  }).toThrow(/delivery count is 0, not between 1 and 1/);
  expect(() => {
    expected.see(sighting("1", { mark: 1, deliveryCount: 2 }));
  }).toThrow(/delivery count is 2/);
  expected.see(sighting("1", { mark: 1, deliveryCount: 1 }));
});

it("a scheduled message is a violation before it is due, and accepted from then on", () => {
  add("1", 2_000);
  expected.begin("schedule", ["1"], effects.schedule).acknowledged();
  expect(() => {
    expected.see(sighting("1"));
  }).toThrow(/scheduled/);
  nowMs = 2_000;
  expected.see(sighting("1"));
});

it("a sequence number that is reused, or lower for a message sent later, is a violation", () => {
  sent("1");
  sent("2");
  expected.see(sighting("1"));
  expect(() => {
    expected.see(sighting("2", { sequenceNumber: 1 }));
  }).toThrow(/was message 1's/);
  nowMs += 1;
  sent("0");
  expected.see(sighting("0"));
  expect(() => {
    expected.checkOrder("orders");
  }).toThrow(/has the higher number/);
});
