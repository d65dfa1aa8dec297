import { createLedger, effects, ViolationError, type Ledger, type Sighting } from "../../slow/crash/ledger.ts";

const MAX_DELIVERY_COUNT = 3;

let nowMs: number;
let ledger: Ledger;

beforeEach(() => {
  nowMs = 1_000;
  ledger = createLedger(MAX_DELIVERY_COUNT, () => nowMs);
});

function add(id: string, dueAtMs?: number): void {
  ledger.add({ id, queue: "orders", body: `body of ${id}`, ...(dueAtMs === undefined ? {} : { dueAtMs }) });
}

function sent(id: string): void {
  add(id);
  ledger.begin("send", [id], effects.send).acknowledged();
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

it("takes an acknowledged send that is there, and none that is lost", () => {
  sent("1");
  ledger.seeAll("orders", [sighting("1")]);
  expect(() => {
    ledger.seeAll("orders", []);
  }).toThrow(ViolationError);
});

it("takes a send in doubt either way, and holds the emulator to what was seen first", () => {
  add("1");
  ledger.begin("send", ["1"], effects.send);
  ledger.crash();
  ledger.seeAll("orders", []);
  expect(() => {
    ledger.seeAll("orders", [sighting("1")]);
  }).toThrow(/could only be .*unsent/);
});

it("knows of a send that was seen before it was acknowledged", () => {
  add("1");
  const send = ledger.begin("send", ["1"], effects.send);
  ledger.see(sighting("1", { delivered: true }));
  ledger.begin("complete", ["1"], effects.complete).acknowledged();
  send.acknowledged();
  ledger.seeAll("orders", []);
});

it("takes no message that was completed, that is there twice, or that nobody has sent", () => {
  sent("1");
  sent("2");
  ledger.begin("complete", ["1"], effects.complete).acknowledged();
  expect(() => {
    ledger.see(sighting("1"));
  }).toThrow(/could only be .*gone/);
  expect(() => {
    ledger.seeAll("orders", [sighting("2"), sighting("2")]);
  }).toThrow(/twice/);
  expect(() => {
    ledger.see(sighting("3"));
  }).toThrow(/nobody has ever sent/);
});

it("excludes what was refused", () => {
  sent("1");
  ledger.begin("complete", ["1"], effects.complete).refused();
  expect(() => {
    ledger.seeAll("orders", []);
  }).toThrow(/not there/);
});

it("holds a dead letter to its reason, and a message to what was written on it", () => {
  sent("1");
  ledger.begin("abandon", ["1"], effects.abandon(7), true).acknowledged();
  expect(() => {
    ledger.see(sighting("1", { deliveryCount: 1 }));
  }).toThrow(ViolationError);
  sent("2");
  ledger.begin("dead-letter", ["2"], effects.deadLetter("because")).acknowledged();
  expect(() => {
    ledger.see(sighting("2", { place: "dead", reason: "for another reason" }));
  }).toThrow(/because/);
  ledger.see(sighting("2", { place: "dead", reason: "because" }));
});

it("holds the delivery count between the abandons and the deliveries", () => {
  sent("1");
  ledger.see(sighting("1", { delivered: true }));
  ledger.begin("abandon", ["1"], effects.abandon(1), true).acknowledged();
  expect(() => {
    ledger.see(sighting("1", { mark: 1, deliveryCount: 0 }));
  }).toThrow(/delivery count is 0, not between 1 and 1/);
  expect(() => {
    ledger.see(sighting("1", { mark: 1, deliveryCount: 2 }));
  }).toThrow(/delivery count is 2/);
  ledger.see(sighting("1", { mark: 1, deliveryCount: 1 }));
});

it("lets a scheduled message come when it is due, and not before", () => {
  add("1", 2_000);
  ledger.begin("schedule", ["1"], effects.schedule).acknowledged();
  expect(() => {
    ledger.see(sighting("1"));
  }).toThrow(/scheduled/);
  nowMs = 2_000;
  ledger.see(sighting("1"));
});

it("takes no sequence number twice, and no lower one for what was sent later", () => {
  sent("1");
  sent("2");
  ledger.see(sighting("1"));
  expect(() => {
    ledger.see(sighting("2", { sequenceNumber: 1 }));
  }).toThrow(/was message 1's/);
  nowMs += 1;
  sent("0");
  ledger.see(sighting("0"));
  expect(() => {
    ledger.checkOrder("orders");
  }).toThrow(/has the higher number/);
});
