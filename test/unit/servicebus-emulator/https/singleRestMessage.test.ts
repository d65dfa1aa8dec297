import rhea from "rhea";
import { HttpError } from "../../../../src/servicebus-emulator/https/answer.ts";
import { singleMessage } from "../../../../src/servicebus-emulator/https/restMessage.ts";

const NOW_MS = Date.UTC(2026, 0, 1);

interface Decoded {
  readonly body: { readonly content: Buffer };
  readonly [property: string]: unknown;
}

const decode = (stored: Buffer): Decoded => rhea.message.decode(stored) as unknown as Decoded;

function refused(make: () => unknown): HttpError {
  try {
    make();
  } catch (error) {
    if (error instanceof HttpError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

describe("a single message", () => {
  const single = (options: {
    body?: Buffer;
    contentType?: string;
    brokerProperties?: string;
    rawHeaders?: string[];
  }): Decoded => {
    const { body = Buffer.from("b"), contentType, brokerProperties, rawHeaders = [] } = options;
    return decode(singleMessage(body, { contentType, brokerProperties }, rawHeaders, NOW_MS).stored);
  };

  test("keeps its bytes and content type", () => {
    const message = single({ body: Buffer.of(0, 255, 1), contentType: "image/x" });
    expect(message.body.content).toEqual(Buffer.of(0, 255, 1));
    expect(message.content_type).toBe("image/x");
    expect(message.message_id).toMatch(/^[\da-f-]{36}$/);
  });

  test("takes every header that is not HTTP's for a property, by the type that it looks like", () => {
    const rawHeaders = [
      ...[
        "Host",
        "h",
        "User-Agent",
        "k6",
        "Accept",
        "*/*",
        "Content-Type",
        "x",
        "Authorization",
        "a",
        "X-Ms-Retrypolicy",
        "NoRetry",
      ],
      ...[
        "Priority2",
        `"High"`,
        "Quoted",
        `"This \\"should\\" work"`,
        "number",
        "42",
        "large",
        "8555111000",
        "floating",
        "-3.14",
      ],
      ...[
        "Active",
        "true",
        "deceased",
        "False",
        "dob",
        "Wed, 14 Dec 2011 00:00:00 GMT",
        "text",
        `"42"`,
        "Bare",
        "High",
      ],
      ...["Customer", "12345", "customer", "ABC", "utf8", Buffer.from(`"é€"`).toString("latin1"), "latin", `"\u00e9"`],
    ];
    expect(single({ rawHeaders }).application_properties).toEqual({
      Priority2: "High",
      Quoted: `This "should" work`,
      number: 42,
      large: 8_555_111_000,
      floating: -3.14,
      Active: true,
      deceased: false,
      dob: new Date(Date.UTC(2011, 11, 14)),
      text: "42",
      Bare: "High",
      Customer: "12345,ABC",
      utf8: "é€",
      latin: "é",
    });
  });

  test.each([
    ["9223372036854775807", 2n ** 63n - 1n],
    ["-9223372036854775808", -(2n ** 63n)],
  ])("keeps all digits of %s", (value, number) => {
    const { stored } = singleMessage(
      Buffer.from("b"),
      { contentType: undefined, brokerProperties: undefined },
      ["n", value],
      NOW_MS,
    );
    const expected = Buffer.alloc(9, 0x81);
    expected.writeBigInt64BE(number, 1);
    expect(stored.includes(expected)).toBe(true);
  });

  test.each([
    ["MessageId=1", /^BadRequest: The header BrokerProperties must be JSON/],
    ["[]", /must be a JSON object/],
    [`{"TimeToLive":-1}`, /BrokerProperties\.TimeToLive/],
  ])("refuses BrokerProperties of %s", (brokerProperties, message) => {
    expect(refused(() => single({ brokerProperties })).message).toMatch(message);
  });

  test("reads BrokerProperties as UTF-8", () => {
    const brokerProperties = Buffer.from(`{"Label":"é€"}`).toString("latin1");
    expect(single({ brokerProperties }).subject).toBe("é€");
  });

  test("that is too large with its properties is refused", () => {
    expect(refused(() => single({ body: Buffer.alloc(1024 * 1024) }))).toMatchObject({
      status: 403,
      message: expect.stringMatching(/1048\d{3} bytes, 1048576 bytes/) as string,
    });
  });
});
