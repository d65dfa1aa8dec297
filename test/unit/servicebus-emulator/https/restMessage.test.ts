import rhea from "rhea";
import { HttpError } from "../../../../src/servicebus-emulator/https/answer.ts";
import { batchMessages } from "../../../../src/servicebus-emulator/https/restMessage.ts";
import { incoming } from "../../../../src/servicebus-emulator/message/incoming.ts";

const NOW_MS = Date.UTC(2026, 0, 1);

interface Decoded {
  readonly body: { readonly content: Buffer };
  readonly [property: string]: unknown;
}

const decode = (stored: Buffer): Decoded => rhea.message.decode(stored) as unknown as Decoded;

/** The one message of a batch of one. */
function sent(entry: Record<string, unknown>) {
  const [message] = batchMessages(Buffer.from(JSON.stringify([{ Body: "b", ...entry }])), NOW_MS);
  if (message === undefined) throw new Error("no message");
  return message;
}

const decoded = (entry: Record<string, unknown>): Decoded => decode(sent(entry).stored);

function refused(make: () => unknown): HttpError {
  try {
    make();
  } catch (error) {
    if (error instanceof HttpError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

describe("a batch", () => {
  test("becomes messages that the broker would read in the same way had they come over AMQP", () => {
    const batch = Array.from({ length: 500 }, (_, index) => ({
      Body: JSON.stringify({ index, text: "é€𝄞".repeat(index % 90) }),
      BrokerProperties: {
        ...(index % 2 === 0 ? { MessageId: `m-${index}`, Label: "é".repeat(index % 120) } : {}),
        ...(index % 3 === 0 ? { TimeToLive: index + 1 } : {}),
        ...(index % 5 === 0 ? { ScheduledEnqueueTimeUtc: "Wed, 01 Jan 2031 00:00:00 GMT", PartitionKey: "p" } : {}),
      },
      UserProperties: { index, [`k${index}`]: "x".repeat(index) },
    }));
    const messages = batchMessages(Buffer.from(JSON.stringify(batch)), NOW_MS);
    for (const [index, message] of messages.entries()) {
      const again = incoming(message.stored);
      expect({ ...again, stored: again.stored.toString("hex") }).toEqual({
        ...message,
        stored: message.stored.toString("hex"),
      });
      expect(decode(message.stored).body.content.toString()).toBe(batch[index]?.Body);
      expect(decode(message.stored).subject ?? undefined).toBe(batch[index]?.BrokerProperties.Label);
    }
    expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(500);
  });

  test("keeps every property that the service documents", () => {
    expect(
      decoded({
        BrokerProperties: {
          MessageId: "m",
          CorrelationId: "c",
          SessionId: "s",
          PartitionKey: "s",
          ViaPartitionKey: "v",
          Label: "l",
          ReplyTo: "r",
          ReplyToSessionId: "rs",
          To: "t",
          ContentType: "text/plain",
          TimeToLive: 1.5,
          ScheduledEnqueueTimeUtc: "2031-01-01T00:00:00.5Z",
          ForcePersistence: true,
          SequenceNumber: 9,
          State: "Active",
        },
      }),
    ).toMatchObject({
      message_id: "m",
      correlation_id: "c",
      group_id: "s",
      subject: "l",
      reply_to: "r",
      reply_to_group_id: "rs",
      to: "t",
      content_type: "text/plain",
      ttl: 1_500,
      message_annotations: {
        "x-opt-partition-key": "s",
        "x-opt-via-partition-key": "v",
        "x-opt-scheduled-enqueue-time": new Date(Date.UTC(2031, 0, 1, 0, 0, 0, 500)),
      },
    });
  });

  test("leaves out what is not there", () => {
    const message = decoded({ BrokerProperties: { MessageId: "m", Label: null }, UserProperties: null });
    for (const name of ["subject", "to", "group_id", "ttl", "application_properties", "message_annotations"]) {
      expect(message[name] ?? undefined).toBeUndefined();
    }
  });

  test("types its user properties", () => {
    const UserProperties = {
      small: -1,
      int: 2_147_483_647,
      long: 2_147_483_648,
      negative: -8_555_111_000,
      double: 3.25,
      large: 1e300,
      yes: true,
      no: false,
      none: null,
      text: "é",
    };
    const { stored } = sent({ UserProperties });
    expect(decode(stored).application_properties).toEqual(UserProperties);
    // Types that the receiver sees: int, long, double.
    expect(stored.includes(Buffer.from([0x71, 0xff, 0xff, 0xff, 0xff]))).toBe(true);
    expect(stored.includes(Buffer.from([0x81, 0, 0, 0, 0, 0x80, 0, 0, 0]))).toBe(true);
    expect(stored.includes(Buffer.from([0x82, 0x40, 0x0a, 0, 0, 0, 0, 0, 0]))).toBe(true);
  });

  test.each([
    ["seconds", { TimeToLive: 40 }, 40_000],
    ["seconds as text", { TimeToLive: "40" }, 40_000],
    ["less than a millisecond", { TimeToLive: 0.0001 }, 1],
    ["a time span", { TimeToLiveTimeSpan: "0.00:00:40" }, 40_000],
    ["a time span without days", { TimeToLiveTimeSpan: "01:02:03.5" }, 3_723_500],
    ["a time span of days", { TimeToLiveTimeSpan: "1.00:00" }, 86_400_000],
    [".NET's longest time span", { TimeToLiveTimeSpan: "10675199.02:48:05.4775807" }, undefined],
    ["as long, in seconds", { TimeToLive: 922_337_203_685.47754 }, undefined],
    ["nothing", {}, undefined],
  ])("has a time to live of %s", (_, BrokerProperties, timeToLiveMs) => {
    expect(sent({ BrokerProperties }).lifetime.timeToLiveMs).toBe(timeToLiveMs);
  });

  test("gives a time to live that the header cannot hold by its end", () => {
    const days = 100 * 86_400;
    expect(decoded({ BrokerProperties: { TimeToLive: days } })).toMatchObject({
      ttl: 0xffff_ffff,
      creation_time: new Date(NOW_MS),
      absolute_expiry_time: new Date(NOW_MS + days * 1_000),
    });
  });

  test.each([
    ["Sun, 06 Nov 2033 08:49:37 GMT", Date.UTC(2033, 10, 6, 8, 49, 37)],
    [" Sun, 6 Nov 2033 08:49:37 GMT ", Date.UTC(2033, 10, 6, 8, 49, 37)],
    ["2033-11-06T08:49:37Z", Date.UTC(2033, 10, 6, 8, 49, 37)],
    ["2033-11-06T08:49:37.1234567Z", Date.UTC(2033, 10, 6, 8, 49, 37, 123)],
    ["2033-11-06T08:49:37", Date.UTC(2033, 10, 6, 8, 49, 37)],
    ["2033-11-06T08:49:37+01:00", Date.UTC(2033, 10, 6, 7, 49, 37)],
  ])("is scheduled for %s", (ScheduledEnqueueTimeUtc, timeMs) => {
    const message = sent({ BrokerProperties: { ScheduledEnqueueTimeUtc } });
    expect(message.scheduledAtMs).toBe(timeMs);
    expect(incoming(message.stored).scheduledAtMs).toBe(timeMs);
  });

  test.each([
    ["no JSON", "[{", /^BadRequest: The batch must be JSON: /],
    ["no array", "{}", /must be a JSON array/],
    ["empty", "[]", /has no message/],
    ["of something else", `["a"]`, /Message 0 of the batch must be an object/],
    ["without a body", `[{"Body":"a"},{"BrokerProperties":{}}]`, /Message 1: Body must be a string/],
    ["with an object for body", `[{"Body":{}}]`, /Message 0: Body must be a string/],
    [
      "with a text for properties",
      `[{"Body":"a","BrokerProperties":"x"}]`,
      /Message 0: BrokerProperties must be an object/,
    ],
    ["with a nested property", `[{"Body":"a","UserProperties":{"a":[1]}}]`, /UserProperties\.a must be .* got \[1\]/],
    ["with a list of properties", `[{"Body":"a","UserProperties":[1]}]`, /UserProperties must be an object/],
  ])("that is %s is refused", (_, body, message) => {
    expect(refused(() => batchMessages(Buffer.from(body), NOW_MS))).toMatchObject({
      status: 400,
      message: expect.stringMatching(message) as string,
    });
  });

  test.each([
    [{ MessageId: 7 }, /MessageId must be a string, got 7/],
    [{ MessageId: "" }, /MessageId must not be empty/],
    [{ MessageId: "x".repeat(129) }, /MessageId must have at most 128 characters, got 129/],
    [{ SessionId: "x".repeat(129) }, /SessionId must have at most 128/],
    [{ SessionId: "a", PartitionKey: "b" }, /must be the same .* got "a" and "b"/],
    [{ TimeToLive: "long" }, /TimeToLive must be a number of seconds above 0, got "long"/],
    [{ TimeToLive: 0 }, /TimeToLive must be .* got 0/],
    [{ TimeToLiveTimeSpan: "PT1M" }, /TimeToLiveTimeSpan must be a time span/],
    [{ TimeToLiveTimeSpan: "25:00:00" }, /TimeToLiveTimeSpan must be a time span/],
    [{ ScheduledEnqueueTimeUtc: "tomorrow" }, /ScheduledEnqueueTimeUtc must be a time .* got "tomorrow"/],
    [{ ScheduledEnqueueTimeUtc: "1" }, /ScheduledEnqueueTimeUtc must be a time/],
    [{ ScheduledEnqueueTimeUtc: "2033-13-06T08:49:37Z" }, /ScheduledEnqueueTimeUtc must be a time/],
    [{ ScheduledEnqueueTimeUtc: 5 }, /ScheduledEnqueueTimeUtc must be a time .* got 5/],
  ])("with %j is refused", (BrokerProperties, message) => {
    expect(refused(() => sent({ BrokerProperties }))).toMatchObject({
      status: 400,
      message: expect.stringMatching(message) as string,
    });
  });

  test("that takes more as AMQP than as JSON has room all the same", () => {
    const UserProperties = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, 0.5]));
    const batch = Array.from({ length: 20 }, (_, index) => ({ Body: `${index}`, UserProperties }));
    const messages = batchMessages(Buffer.from(JSON.stringify(batch)), NOW_MS);
    expect(messages.map(({ stored }) => decode(stored).body.content.toString())).toEqual(batch.map(({ Body }) => Body));
    expect(decode(messages[19]?.stored ?? Buffer.of()).application_properties).toEqual(UserProperties);
  });
});
