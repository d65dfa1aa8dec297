import type { Random } from "../support/random.ts";
import { BATCH_TYPE } from "../../../bench/support/clients.ts";
import { VICTIM } from "./amqpCases.ts";
import { mutate } from "./mutate.ts";

const METHODS = [
  "GET",
  "POST",
  "PUT",
  "DELETE",
  "HEAD",
  "PATCH",
  "OPTIONS",
  "TRACE",
  "CONNECT",
  "post",
  "\x00",
] as const;

/** An HTTP request that is wrong somewhere: in its line, headers, token, or body. @param token a good one, to be spoilt. */
export function httpCase(random: Random, token: string): Buffer {
  const makers = [
    () => request("POST", `/${VICTIM}/messages`, token, random.bytes(random.below(300)), brokerProperties(random)),
    () =>
      request("POST", `/${VICTIM}/messages`, token, Buffer.from(wrongBatch(random)), { "content-type": BATCH_TYPE }),
    () => request("PUT", `/fuzz-${random.below(20)}`, token, Buffer.from(wrongXml(random)), xmlHeaders(random)),
    () =>
      request("PUT", `/fuzz-${random.below(20)}`, token, mutate(Buffer.from(queueXml()), random), xmlHeaders(random)),
    () => request(random.pick(METHODS), wrongPath(random), token, Buffer.alloc(0)),
    () => request("GET", `/${VICTIM}`, wrongToken(random, token), Buffer.alloc(0)),
    () => request("POST", `/${VICTIM}/messages`, wrongToken(random, token), Buffer.from("x")),
    () => mutate(request("POST", `/${VICTIM}/messages`, token, Buffer.from("x"), brokerProperties(random)), random),
    () =>
      mutate(request("GET", "/$Resources/Queues?api-version=2021-05&$skip=0&$top=5", token, Buffer.alloc(0)), random),
    () => wrongFraming(random, token),
    () => random.bytes(random.between(1, 500)),
  ];
  return random.pick(makers)();
}

function request(
  method: string,
  path: string,
  token: string,
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  const lines = Object.entries({
    host: "localhost",
    authorization: token,
    "content-length": String(body.length),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`), body]);
}

function brokerProperties(random: Random): Record<string, string> {
  const name = random.pick([
    "MessageId",
    "TimeToLive",
    "TimeToLiveTimeSpan",
    "ScheduledEnqueueTimeUtc",
    "SessionId",
    "X",
  ]);
  const given = { [name]: wrongJson(random, 2) };
  const json = JSON.stringify(given);
  return {
    brokerproperties: random.chance(0.7)
      ? json
      : mutate(Buffer.from(json), random)
          .toString("latin1")
          .replaceAll(/[^ -~]/g, "?"),
    "content-type": random.pick(["text/plain", "application/json", BATCH_TYPE, "", "x".repeat(1_000)]),
    [random.pick(["priority", "x-user", "a".repeat(300)])]: random.pick([
      '"text"',
      "1",
      "1e999",
      '"',
      '"\\"',
      "",
      "Sat, 31 Feb 2026 99:00:00 GMT",
    ]),
  };
}

function wrongJson(random: Random, depth: number): unknown {
  const leaves = [
    null,
    true,
    0,
    -1,
    1e308,
    1e21,
    2 ** 53,
    "",
    "x",
    "\u0000",
    "x".repeat(2_000),
    "9999-12-31T23:59:59Z",
    "PT-1S",
    "__proto__",
  ];
  if (depth === 0 || random.chance(0.6)) return random.pick(leaves);
  const items = Array.from({ length: random.below(4) }, () => wrongJson(random, depth - 1));
  return random.chance(0.5)
    ? items
    : Object.fromEntries(items.map((item, index) => [random.pick(["Body", "__proto__", String(index)]), item]));
}

function wrongBatch(random: Random): string {
  const makers = [
    () => JSON.stringify(wrongJson(random, 3)),
    () =>
      JSON.stringify(
        Array.from({ length: random.below(20) }, () => ({
          Body: wrongJson(random, random.below(2)),
          BrokerProperties: {
            [random.pick(["MessageId", "TimeToLive", "ScheduledEnqueueTimeUtc"])]: wrongJson(random, 1),
          },
          UserProperties: { [random.pick(["a", "__proto__", "constructor", ""])]: wrongJson(random, 1) },
        })),
      ),
    () => "[".repeat(random.pick([10, 100_000])),
    () => `[${'{"Body":"x"},'.repeat(random.pick([1, 5_000]))}`,
    () => mutate(Buffer.from('[{"Body":"x","BrokerProperties":{"MessageId":"1"}}]'), random).toString("latin1"),
  ];
  return random.pick(makers)();
}

function queueXml(properties = "<LockDuration>PT30S</LockDuration><MaxDeliveryCount>5</MaxDeliveryCount>"): string {
  return (
    '<entry xmlns="http://www.w3.org/2005/Atom"><content type="application/xml"><QueueDescription' +
    ` xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">${properties}</QueueDescription></content></entry>`
  );
}

function wrongXml(random: Random): string {
  const element = random.pick([
    "LockDuration",
    "MaxDeliveryCount",
    "MaxSizeInMegabytes",
    "RequiresSession",
    "Status",
    "Unknown",
    "UserMetadata",
    "__proto__",
  ]);
  const makers = [
    () =>
      queueXml(
        `<${element}>${random.pick(["", "-1", "1e9", "PT0S", "P1Y", "true", "&#0;", "&#xFFFFFFFF;", "x".repeat(5_000), "<a/>"])}</${element}>`,
      ),
    () => queueXml(`<${element}>1</${element}>`.repeat(random.pick([2, 2_000]))),
    () => `<!DOCTYPE a [<!ENTITY b "${"b".repeat(100)}">${entities()}]><entry>&b9;</entry>`,
    () => '<!DOCTYPE a SYSTEM "file:///etc/passwd"><entry>&a;</entry>',
    () => `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${queueXml("<UserMetadata>&x;</UserMetadata>")}`,
    () => "<a>".repeat(random.pick([10, 50_000])),
    () => `<entry ${'a="1" '.repeat(random.pick([2, 10_000]))}/>`,
    () => `<entry><![CDATA[${"]]".repeat(1_000)}</entry>`,
    () => `<!--${"-".repeat(5_000)}`,
    () => queueXml().slice(0, random.below(200)),
    () => "",
  ];
  return random.pick(makers)();
}

/** Ten of each in the next: a thousand million characters, for who expands them. */
function entities(): string {
  return Array.from({ length: 9 }, (_, index) => {
    const inner = index === 0 ? "&b;" : `&b${index};`;
    return `<!ENTITY b${index + 1} "${inner.repeat(10)}">`;
  }).join("");
}

function xmlHeaders(random: Random): Record<string, string> {
  return {
    "content-type": random.pick([
      "application/atom+xml;type=entry;charset=utf-8",
      "application/xml",
      "text/plain",
      "application/xml; charset=utf-16",
    ]),
    ...(random.chance(0.4) ? { "if-match": random.pick(["*", '"x"', ""]) } : {}),
  };
}

function wrongPath(random: Random): string {
  return random.pick([
    "/",
    "//",
    "/%",
    "/%00",
    "/%ff%fe",
    `/${"a".repeat(9_000)}`,
    "/../../etc/passwd",
    `/${VICTIM}/messages/head`,
    `/${VICTIM}/subscriptions/x`,
    `/${VICTIM}/$DeadLetterQueue`,
    "/$namespaceinfo",
    "/$Resources/Queues?$skip=-1",
    "/$Resources/Queues?$skip=99999999999999999999",
    "/$Resources/Queues?$top=0",
    "/$Resources/topics",
    "http://other/x",
    "*",
    "/?api-version=%",
  ]);
}

function wrongToken(random: Random, token: string): string {
  return random.pick([
    "",
    "Bearer x",
    "SharedAccessSignature",
    "SharedAccessSignature sr=&sig=&se=&skn=",
    token.replace(/se=\d+/, `se=${random.pick(["0", "-1", "1e9", "9".repeat(30), "NaN"])}`),
    token.replace(/sig=[^&]+/, `sig=${random.pick(["", "%", "%25", "AAAA", "x".repeat(10_000)])}`),
    token.replace(/skn=.*$/, `skn=${random.pick(["", "%", "__proto__", "nobody"])}`),
    `${token}&${token}`,
    mutate(Buffer.from(token), random)
      .toString("latin1")
      .replaceAll(/[^ -~]/g, "?"),
  ]);
}

/** Bodies that are not what the headers say. */
function wrongFraming(random: Random, token: string): Buffer {
  const head = `POST /${VICTIM}/messages HTTP/1.1\r\nhost: localhost\r\nauthorization: ${token}\r\n`;
  return Buffer.from(
    random.pick([
      `${head}content-length: 100\r\n\r\nshort`,
      `${head}content-length: -1\r\n\r\nx`,
      `${head}content-length: 1\r\ncontent-length: 2\r\n\r\nxx`,
      `${head}content-length: 99999999999999999999\r\n\r\n`,
      `${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      `${head}transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\nx`,
      `${head}transfer-encoding: chunked\r\n\r\n${"1\r\nx\r\n".repeat(3_000)}0\r\n\r\n`,
      `${head}transfer-encoding: gzip\r\n\r\nx`,
      `${head}expect: 100-continue\r\ncontent-length: 1\r\n\r\n`,
      `${head}upgrade: websocket\r\nconnection: upgrade\r\n\r\n`,
      `${head}x: ${"a".repeat(70_000)}\r\n\r\n`,
      `${head}${"x: y\r\n".repeat(3_000)}\r\n`,
      `${head.repeat(3)}\r\n`,
      `GET /${VICTIM} HTTP/9.9\r\n\r\n`,
      `GET /${VICTIM}\r\n\r\n`,
    ]),
  );
}
