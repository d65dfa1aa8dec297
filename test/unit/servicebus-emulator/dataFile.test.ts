import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createBroker } from "../../../src/servicebus-emulator/broker/broker.ts";
import type { Broker } from "../../../src/servicebus-emulator/broker/contract.ts";
import { queueDefinition } from "../../../src/servicebus-emulator/model/properties.ts";
import { incoming } from "../../../src/servicebus-emulator/message/incoming.ts";
import { DataFileError, openDataFile } from "../../../src/servicebus-emulator/store/dataFile.ts";
import { NO_RESERVE } from "../../../src/servicebus-emulator/store/reserve.ts";

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "data-file-"));
  file = join(directory, "bus.db");
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

const MESSAGE = incoming(Buffer.concat([Buffer.from("005375b0000003e8", "hex"), Buffer.alloc(1_000, 7)]));

const nothing = (): void => undefined;
const NO_EVENTS = { opened: nothing, deleted: nothing, operation: nothing, lockLost: nothing };

function openBroker(): Broker {
  return createBroker({
    db: openDataFile(file),
    reserve: NO_RESERVE,
    unsupported: new Map(),
    events: NO_EVENTS,
    onFailure: (error) => {
      throw error;
    },
  });
}

async function makeFile(): Promise<void> {
  const broker = openBroker();
  const queue = await broker.createQueue(queueDefinition("orders"));
  await queue.enqueue(Array<typeof MESSAGE>(200).fill(MESSAGE), 0);
  await broker.close();
}

function digest(): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

/** Refused with the file's name and a reason, and left byte for byte as it is. */
function expectRefusal(reason: RegExp): void {
  const before = digest();
  expect(() => openDataFile(file)).toThrow(DataFileError);
  expect(() => openDataFile(file)).toThrow(reason);
  expect(() => openDataFile(file)).toThrow(file);
  expect(digest()).toBe(before);
}

it("keeps queues and messages from one start to the next", async () => {
  await makeFile();
  const broker = openBroker();
  const { queue } = broker.find("ORDERS") ?? {};
  expect(queue?.main.counts).toMatchObject({ active: 200, sizeBytes: 200 * MESSAGE.stored.length });
  expect(queue?.main.lock(0)?.stored).toEqual(MESSAGE.stored);
  await broker.close();
});

it("has one owner at a time", async () => {
  const broker = openBroker();
  expect(() => openDataFile(file)).toThrow(/in use by another process; stop that process, or name another file/);
  await broker.close();
  await openBroker().close();
});

it("is not another program's database", () => {
  const db = new DatabaseSync(file);
  db.exec("CREATE TABLE mine (a)");
  db.close();
  expectRefusal(/another program's database/);
});

it.each(["", "not a database at all ".repeat(100)])("is not some other file (%#)", (content) => {
  writeFileSync(file, content);
  expectRefusal(/no SQLite database/);
});

it("is not of a version that is not known", async () => {
  await makeFile();
  const db = new DatabaseSync(file);
  db.exec("PRAGMA user_version = 99");
  db.close();
  expectRefusal(/version 99, this emulator knows version 1/);
});

it("is not cut off", async () => {
  await makeFile();
  truncateSync(file, readFileSync(file).length - 4_096);
  expectRefusal(/is damaged: it has \d+ bytes, by its own header it should have \d+/);
});

it("is taken when a checkpoint was killed before it had written all pages", async () => {
  const broker = openBroker();
  const queue = await broker.createQueue(queueDefinition("orders"));
  await queue.enqueue(Array<typeof MESSAGE>(200).fill(MESSAGE), 0);
  const log = readFileSync(`${file}-wal`);
  // With this the last page is in the file, and the log is away.
  await broker.close();
  truncateSync(file, readFileSync(file).length - 4_096);
  writeFileSync(`${file}-wal`, log);
  const reopened = openBroker();
  expect(reopened.find("orders")?.entity.counts.active).toBe(200);
  await reopened.close();
});

it("is not damaged in its middle", async () => {
  await makeFile();
  const bytes = readFileSync(file);
  bytes.fill(0xff, bytes.length / 2, bytes.length / 2 + 4_096);
  writeFileSync(file, bytes);
  expectRefusal(/is damaged/);
});

it("is in a directory that exists", () => {
  file = join(directory, "missing", "bus.db");
  expect(() => openDataFile(file)).toThrow(
    /cannot make the data file .*missing.bus\.db: .*; give a file in a directory/,
  );
});

it("is made whole: what an interrupted start left is made anew", async () => {
  writeFileSync(`${file}.new`, "half");
  await makeFile();
  await openBroker().close();
});

describe("queues", () => {
  it("come and go, and a new one of an old name is empty", async () => {
    const broker = openBroker();
    const orders = await broker.createQueue(queueDefinition("Orders"));
    await orders.enqueue([MESSAGE], 0);
    await expect(broker.createQueue(queueDefinition("oRDERS"))).rejects.toMatchObject({ reason: "already-exists" });
    const twice = await Promise.allSettled(["x", "X"].map((name) => broker.createQueue(queueDefinition(name))));
    expect(twice.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    await broker.createQueue(queueDefinition("a/b"));
    expect(broker.queues.map(({ name }) => name)).toEqual(["a/b", "Orders", "x"]);

    await broker.deleteQueue(orders);
    await expect(broker.deleteQueue(orders)).rejects.toMatchObject({ reason: "entity-gone" });
    await expect(broker.updateQueue(orders, orders.properties)).rejects.toMatchObject({ reason: "entity-gone" });
    expect(broker.find("orders")).toBeUndefined();
    expect(broker.find("orders/$deadletterqueue")).toBeUndefined();
    const again = await broker.createQueue(queueDefinition("orders", { maxDeliveryCount: 5 }));
    expect(again.main.counts.active).toBe(0);
    expect(await again.enqueue([MESSAGE], 0)).toEqual([1]);
    await broker.close();

    const reopened = openBroker();
    expect(reopened.queues.map(({ name, properties }) => [name, properties.maxDeliveryCount])).toEqual([
      ["a/b", 10],
      ["orders", 5],
      ["x", 10],
    ]);
    await reopened.close();
  });

  it("keep what was changed of them", async () => {
    const broker = openBroker();
    const queue = await broker.createQueue(queueDefinition("orders"));
    await broker.updateQueue(queue, { ...queue.properties, lockDurationMs: 5_000 });
    expect(queue.properties.lockDurationMs).toBe(5_000);
    await broker.close();
    const reopened = openBroker();
    expect(reopened.find("orders")?.queue.properties.lockDurationMs).toBe(5_000);
    await reopened.close();
  });
});

describe("what is not supported", () => {
  it("hides a queue that the file still has", async () => {
    await makeFile();
    const broker = createBroker({
      db: openDataFile(file),
      reserve: NO_RESERVE,
      unsupported: new Map([["orders", "sessions"]]),
      events: NO_EVENTS,
      onFailure: () => undefined,
    });
    expect(broker.find("Orders")).toBeUndefined();
    expect(broker.find("orders/$DeadLetterQueue")).toBeUndefined();
    expect(broker.unsupportedAt("orders")).toBe("sessions");
    await broker.close();
  });

  it("is named at its address and below", async () => {
    const broker = createBroker({
      db: openDataFile(undefined),
      reserve: NO_RESERVE,
      unsupported: new Map([
        ["events", "topics"],
        ["chats", "sessions"],
      ]),
      events: NO_EVENTS,
      onFailure: () => undefined,
    });
    expect(
      [
        "Events",
        "events/Subscriptions/s",
        "chats",
        "chats/$DeadLetterQueue",
        "any/subscriptions/s",
        "any/$Transfer/$DeadLetterQueue",
        "orders",
        "eventsandmore",
      ].map((path) => broker.unsupportedAt(path)),
    ).toEqual([
      "topics",
      "topics",
      "sessions",
      "sessions",
      "topics",
      "transfer dead-letter queues",
      undefined,
      undefined,
    ]);
    await broker.close();
  });
});
