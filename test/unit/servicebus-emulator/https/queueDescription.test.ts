import { openDataFile } from "../../../../src/servicebus-emulator/store/dataFile.ts";
import { NO_RESERVE } from "../../../../src/servicebus-emulator/store/reserve.ts";
import { createBroker } from "../../../../src/servicebus-emulator/broker/broker.ts";
import type { Broker } from "../../../../src/servicebus-emulator/broker/contract.ts";
import { queueDefinition, UNLIMITED_MS } from "../../../../src/servicebus-emulator/model/properties.ts";
import { HttpError } from "../../../../src/servicebus-emulator/https/answer.ts";
import {
  readQueueDescription,
  writeQueueDescription,
} from "../../../../src/servicebus-emulator/https/queueDescription.ts";
import { readQueueEntry } from "../../../../src/servicebus-emulator/https/queueEntry.ts";

const nothing = (): void => undefined;

const read = (xml: string) => readQueueDescription(readQueueEntry(xml));

const entry = (elements: string, root = "QueueDescription"): string =>
  `<entry xmlns="http://www.w3.org/2005/Atom"><content type="application/xml">` +
  `<${root} xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">${elements}</${root}></content></entry>`;

function refusal(xml: string): { status: number; message: string } {
  try {
    read(xml);
  } catch (error) {
    if (error instanceof HttpError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

describe("an entry", () => {
  test("is read as the JavaScript client writes it", () => {
    expect(
      read(
        `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><entry xmlns="http://www.w3.org/2005/Atom"><updated>2026-01-01T00:00:00.000Z</updated>` +
          `<content type="application/xml"><QueueDescription xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect" ` +
          `xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><LockDuration>PT30S</LockDuration><MaxDeliveryCount>3</MaxDeliveryCount>` +
          `<UserMetadata>a &lt; b &amp;&amp; &quot;c&quot;</UserMetadata></QueueDescription></content></entry>`,
      ),
    ).toEqual({ lockDurationMs: 30_000, maxDeliveryCount: 3, userMetadata: `a < b && "c"` });
  });

  test("is read as the Go client writes it, with characters by number", () => {
    expect(
      read(
        `<entry xmlns="http://www.w3.org/2005/Atom"><content type="application/xml">` +
          `<QueueDescription xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">` +
          `<UserMetadata>it&#39;s &#34;x&#34;&#x20AC;</UserMetadata></QueueDescription></content></entry>`,
      ),
    ).toEqual({ userMetadata: `it's "x"€` });
  });

  test("is read as the Python client writes it, with a prefix and white space", () => {
    expect(
      read(
        `<?xml version='1.0' encoding='utf-8'?>\n<ns0:entry xmlns:ns0="http://www.w3.org/2005/Atom" ` +
          `xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">\n  <ns0:content type="application/xml">\n` +
          `<QueueDescription>\n<LockDuration>\n PT1M </LockDuration> </QueueDescription></ns0:content></ns0:entry>`,
      ),
    ).toEqual({ lockDurationMs: 60_000 });
  });

  test("may leave everything to its default", () => {
    expect(read(entry(""))).toEqual({});
    expect(read(entry("").replace(/<QueueDescription.*QueueDescription>/, "<QueueDescription/>"))).toEqual({});
  });

  test("sets every property", () => {
    expect(
      read(
        entry(
          "<LockDuration>PT5M</LockDuration><MaxSizeInMegabytes>2048</MaxSizeInMegabytes><RequiresDuplicateDetection>true</RequiresDuplicateDetection>" +
            "<DefaultMessageTimeToLive>P1DT2H</DefaultMessageTimeToLive><DeadLetteringOnMessageExpiration>1</DeadLetteringOnMessageExpiration>" +
            "<DuplicateDetectionHistoryTimeWindow>PT30S</DuplicateDetectionHistoryTimeWindow><MaxDeliveryCount>2147483647</MaxDeliveryCount>" +
            "<Status>SendDisabled</Status><UserMetadata></UserMetadata>",
        ),
      ),
    ).toEqual({
      lockDurationMs: 300_000,
      maxSizeMegabytes: 2_048,
      requiresDuplicateDetection: true,
      defaultTimeToLiveMs: 26 * 3_600_000,
      deadLetteringOnExpiration: true,
      duplicateDetectionWindowMs: 30_000,
      maxDeliveryCount: 2_147_483_647,
      status: "SendDisabled",
      userMetadata: "",
    });
  });

  test("takes what is without effect here", () => {
    expect(
      read(
        entry(
          "<EnableExpress>true</EnableExpress><SupportOrdering>false</SupportOrdering>" +
            "<AuthorizationRules/><RequiresSession>false</RequiresSession><EnablePartitioning>0</EnablePartitioning><ForwardTo/>" +
            "<MaxMessageSizeInKilobytes>256</MaxMessageSizeInKilobytes>" +
            "<MessageCount>7</MessageCount><CountDetails><a/></CountDetails>",
        ),
      ),
    ).toEqual({});
  });

  test.each([
    ["nothing", "", 400, /empty; want <entry/],
    ["no XML", "queue", 400, /not XML/],
    ["cut off", entry("").slice(0, -10), 400, /not XML: line 1, column/],
    ["mixed up", entry("<LockDuration>PT1M</Lock></LockDuration>"), 400, /not XML/],
    ["with a document type", `<!DOCTYPE a [<!ENTITY b "c">]>${entry("")}`, 400, /must not have a document type/],
    ["another root", "<feed/>", 400, /no <entry>/],
    ["two contents", "<entry><content/><content/></entry>", 400, /more than one <content>/],
    ["no content", "<entry><title>x</title></entry>", 400, /no <content>/],
    ["an empty content", "<entry><content></content></entry>", 400, /no <content>|must have one element/],
    ["text for content", "<entry><content>QueueDescription</content></entry>", 400, /no <content>/],
    ["two descriptions", "<entry><content><QueueDescription/><B/></content></entry>", 400, /one element, got 2/],
    ["something else", entry("", "Relay"), 400, /<content> has <Relay>/],
    ["a topic", entry("", "TopicDescription"), 501, /^Topics are not implemented/],
    ["a subscription", entry("", "SubscriptionDescription"), 501, /^Subscriptions are not implemented/],
    ["a rule", entry("", "RuleDescription"), 501, /^Rules are not implemented/],
    ["an unknown element", entry("<LockTime>PT1M</LockTime>"), 400, /no element LockTime/],
    ["an element of Object's", entry("<constructor>PT1M</constructor>"), 400, /no element|not XML/],
    ["an element twice", entry("<Status>Active</Status><Status>Active</Status>"), 400, /<Status> is there 2 times/],
    ["too long a lock", entry("<LockDuration>P25D</LockDuration>"), 400, /LockDuration must be at most PT5M.*was P25D/],
    ["no lock", entry("<LockDuration>PT0S</LockDuration>"), 400, /LockDuration must be at least PT0.001S.*was PT0S/],
    ["no duration", entry("<LockDuration>300</LockDuration>"), 400, /a duration as in PT1M.*was 300/],
    [
      "elements for a text",
      entry("<LockDuration><a/></LockDuration>"),
      400,
      /a duration as in PT1M.*a list of elements/,
    ],
    ["no number", entry("<MaxDeliveryCount>ten</MaxDeliveryCount>"), 400, /a whole number.*was ten/],
    ["a fraction", entry("<MaxDeliveryCount>1.5</MaxDeliveryCount>"), 400, /a whole number.*was 1.5/],
    ["too small a number", entry("<MaxDeliveryCount>-1</MaxDeliveryCount>"), 400, /at least 1.*was -1/],
    ["no boolean", entry("<RequiresDuplicateDetection>yes</RequiresDuplicateDetection>"), 400, /a boolean.*was yes/],
    ["no status", entry("<Status>Sleeping</Status>"), 400, /one of Active, Disabled.*was Sleeping/],
    ["long metadata", entry(`<UserMetadata>${"x".repeat(1_025)}</UserMetadata>`), 400, /at most 1024 characters/],
    ["large messages", entry("<MaxMessageSizeInKilobytes>2048</MaxMessageSizeInKilobytes>"), 400, /at most 1024.*2048/],
    ["sessions", entry("<RequiresSession>true</RequiresSession>"), 501, /Sessions \(RequiresSession\) are not/],
    ["partitions", entry("<EnablePartitioning>true</EnablePartitioning>"), 501, /EnablePartitioning/],
    ["forwarding", entry("<ForwardTo>sb://h/b</ForwardTo>"), 501, /Forwarding \(ForwardTo\) is not/],
    [
      "forwarding of dead letters",
      entry("<ForwardDeadLetteredMessagesTo>b</ForwardDeadLetteredMessagesTo>"),
      501,
      /ForwardDeadLetteredMessagesTo/,
    ],
    [
      "an end when idle too soon",
      entry("<AutoDeleteOnIdle>PT4M</AutoDeleteOnIdle>"),
      400,
      /AutoDeleteOnIdle must be at least PT5M/,
    ],
    [
      "keys of its own",
      entry("<AuthorizationRules><AuthorizationRule><KeyName>k</KeyName></AuthorizationRule></AuthorizationRules>"),
      501,
      /AuthorizationRules/,
    ],
    ["access for all", entry("<IsAnonymousAccessible>true</IsAnonymousAccessible>"), 501, /IsAnonymousAccessible/],
  ])("that is or has %s is refused by name", (_, xml, status, message) => {
    expect(refusal(xml)).toMatchObject({ status, message: expect.stringMatching(message) as string });
  });

  test("with entities of its own is not expanded", () => {
    expect(read(entry("<UserMetadata>&lol;&#x110000;</UserMetadata>"))).toEqual({ userMetadata: "&lol;&#x110000;" });
  });
});

test("a message size is not known to an API version before 2021-05", () => {
  const elements = readQueueEntry(entry("<MaxMessageSizeInKilobytes>256</MaxMessageSizeInKilobytes>"));
  expect(() => readQueueDescription(elements, "2017-04")).toThrow(/not known to api-version 2017-04/);
  expect(readQueueDescription(elements, "2021-05")).toEqual({});
});

describe("a description", () => {
  let broker: Broker;

  beforeEach(() => {
    broker = createBroker({
      db: openDataFile(undefined),
      reserve: NO_RESERVE,
      unsupported: new Map(),
      events: { opened: nothing, deleted: nothing, operation: nothing, lockLost: nothing },
      onFailure: (error) => {
        throw error;
      },
    });
  });

  afterEach(async () => {
    await broker.close();
  });

  test("that is read again is what was written", async () => {
    const { properties } = queueDefinition("a", {
      lockDurationMs: 90_500,
      maxDeliveryCount: 4,
      defaultTimeToLiveMs: 3 * 86_400_000,
      deadLetteringOnExpiration: true,
      requiresDuplicateDetection: true,
      duplicateDetectionWindowMs: 20_000,
      maxSizeMegabytes: 5,
      autoDeleteOnIdleMs: 300_000,
      enableBatchedOperations: false,
      status: "ReceiveDisabled",
      userMetadata: `<&"'>\u20ac`,
    });
    const xml = writeQueueDescription(await broker.createQueue({ name: "a", properties }));
    expect(read(`<entry><content>${xml}</content></entry>`)).toEqual(properties);
  });

  test("says what the service says of a queue with the defaults", async () => {
    const xml = writeQueueDescription(await broker.createQueue(queueDefinition("a")));
    expect(queueDefinition("a").properties.defaultTimeToLiveMs).toBe(UNLIMITED_MS);
    expect(xml).toMatch(
      "<LockDuration>PT1M</LockDuration><MaxSizeInMegabytes>1024</MaxSizeInMegabytes><RequiresDuplicateDetection>false</RequiresDuplicateDetection>" +
        "<RequiresSession>false</RequiresSession><DefaultMessageTimeToLive>P10675199DT2H48M5.4775807S</DefaultMessageTimeToLive>" +
        "<DeadLetteringOnMessageExpiration>false</DeadLetteringOnMessageExpiration><DuplicateDetectionHistoryTimeWindow>PT10M</DuplicateDetectionHistoryTimeWindow>" +
        "<MaxDeliveryCount>10</MaxDeliveryCount><EnableBatchedOperations>true</EnableBatchedOperations><SizeInBytes>0</SizeInBytes><MessageCount>0</MessageCount>" +
        "<IsAnonymousAccessible>false</IsAnonymousAccessible><AuthorizationRules></AuthorizationRules><Status>Active</Status><CreatedAt>",
    );
  });

  test("counts locked and deferred messages as active, and all of them together", async () => {
    const queue = await broker.createQueue(queueDefinition("a"));
    const message = {
      stored: Buffer.from("005375a00178", "hex"),
      lifetime: { timeToLiveMs: undefined, absoluteExpiryMs: undefined },
      scheduledAtMs: undefined,
    };
    const nowMs = broker.now();
    await queue.enqueue(
      ["1", "2", "3", "4"].map((messageId) => ({ ...message, messageId })),
      nowMs,
    );
    await queue.enqueue([{ ...message, messageId: "5", scheduledAtMs: nowMs + 3_600_000 }], nowMs);
    const [, deferred, dead] = [1, 2, 3].map(() => queue.main.lock(nowMs)?.lockToken ?? "");
    await queue.main.defer(deferred ?? "", nowMs);
    await queue.main.deadLetter?.(dead ?? "", nowMs, new Map());
    const xml = writeQueueDescription(queue);
    const counts: Record<string, string | undefined> = {};
    for (const [, name = "", count] of xml.matchAll(/<(?:d2p1:)?(\w*Count)>(\d+)</g)) counts[name] = count;
    expect(counts).toEqual({
      MaxDeliveryCount: "10",
      MessageCount: "5",
      ActiveMessageCount: "3",
      DeadLetterMessageCount: "1",
      ScheduledMessageCount: "1",
      TransferMessageCount: "0",
      TransferDeadLetterMessageCount: "0",
    });
  });
});
