import rhea from "rhea";
import { createBroker } from "../../../src/servicebus-emulator/broker/broker.ts";
import type { Broker } from "../../../src/servicebus-emulator/broker/contract.ts";
import { incoming } from "../../../src/servicebus-emulator/message/incoming.ts";
import { queueDefinition } from "../../../src/servicebus-emulator/model/properties.ts";
import { openDataFile } from "../../../src/servicebus-emulator/store/dataFile.ts";
import { eventually } from "../../conformance/support/testBus.ts";
import { NO_RESERVE } from "../../../src/servicebus-emulator/store/reserve.ts";

const IDLE_MS = 300_000;

let nowMs: number;
let broker: Broker;

const nothing = (): void => undefined;

beforeEach(() => {
  nowMs = 1_000;
  broker = createBroker({
    db: openDataFile(undefined),
    reserve: NO_RESERVE,
    unsupported: new Map(),
    events: { opened: nothing, deleted: nothing, operation: nothing, lockLost: nothing },
    onFailure: nothing,
    now: () => nowMs,
  });
});

afterEach(() => broker.close());

const names = (): string => broker.queues.map(({ name }) => name).join(" ");

it("deletes queues that nobody has used for as long as they may be idle, and no others", async () => {
  for (const name of ["idle", "received", "later"]) {
    if (name === "later") nowMs += 1;
    await broker.createQueue(queueDefinition(name, { autoDeleteOnIdleMs: IDLE_MS }));
  }
  await broker.createQueue(queueDefinition("kept"));
  const consumer = { hasRoom: () => false, deliver: nothing, end: nothing };
  broker.find("received")?.dispatcher.add(consumer);
  nowMs += IDLE_MS - 1;
  await eventually("the idle one goes", () => names() === "kept later received");
  broker.find("received")?.dispatcher.remove(consumer);
  await eventually("the other goes with its receiver", () => names() === "kept later");
  nowMs += 1;
  await eventually("the later one goes", () => names() === "kept");
});

it("counts the idle time of a queue from its last receive, by the broker's clock", async () => {
  await broker.createQueue(queueDefinition("received", { autoDeleteOnIdleMs: IDLE_MS }));
  const { queue } = broker.find("received") ?? {};
  await queue?.enqueue([incoming(rhea.message.encode({ body: "" }))], nowMs);
  nowMs += 1;
  queue?.main.lock(nowMs);
  expect(queue?.accessedAtMs).toBe(nowMs);
  nowMs += IDLE_MS;
  await eventually("it goes", () => names() === "");
});
