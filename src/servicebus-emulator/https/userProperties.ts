/** Values that a message's application properties have over REST. */
export type UserValue = string | number | bigint | boolean | Date | null;

/** Headers of HTTP itself, of the service and of proxies. Every other one on a single send is a property of the message. */
const HEADERS_OF_HTTP = new Set([
  ...[
    "accept",
    "accept-charset",
    "accept-datetime",
    "accept-encoding",
    "accept-language",
    "authorization",
    "brokerproperties",
  ],
  ...[
    "cache-control",
    "connection",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-md5",
  ],
  ...["content-type", "cookie", "date", "dnt", "expect", "forwarded", "from", "host", "if-match", "if-modified-since"],
  ...["if-none-match", "if-range", "if-unmodified-since", "keep-alive", "max-forwards", "origin", "pragma", "priority"],
  ...["proxy-authorization", "proxy-connection", "range", "referer", "te", "trailer", "transfer-encoding", "upgrade"],
  ...["upgrade-insecure-requests", "user-agent", "via", "warning"],
]);
const PREFIXES_OF_HTTP = ["access-control-", "sec-", "x-forwarded-", "x-ms-"];

const INT64_LIMIT = 2n ** 63n;

/** As in `Sun, 06 Nov 1994 08:49:37 GMT`. */
export const HTTP_DATE = /^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * The application properties of a single send: a header each, the same one twice joined with a comma. A value in double quotes is a string;
 * without, it is the number, the boolean or the date that it looks like, else a string too. See the samples of
 * {@link https://learn.microsoft.com/en-us/rest/api/servicebus/send-message-to-queue}.
 * @param rawHeaders names, with their case, and values in turn.
 */
export function userPropertiesOf(rawHeaders: readonly string[]): Map<string, UserValue> {
  const texts = new Map<string, { name: string; value: string }>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = "", value = ""] = rawHeaders.slice(index, index + 2);
    const lower = name.toLowerCase();
    if (HEADERS_OF_HTTP.has(lower) || PREFIXES_OF_HTTP.some((prefix) => lower.startsWith(prefix))) continue;
    const before = texts.get(lower);
    texts.set(lower, before === undefined ? { name, value } : { ...before, value: `${before.value},${value}` });
  }
  return new Map([...texts.values()].map(({ name, value }) => [name, userValue(headerText(value))]));
}

/** A header's text: HTTP's parser takes each byte for a character, while clients send UTF-8. */
export function headerText(value: string): string {
  const bytes = Buffer.from(value, "latin1");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return value;
  }
}

function userValue(text: string): UserValue {
  const quoted = /^"(.*)"$/s.exec(text)?.[1];
  if (quoted !== undefined) return quoted.replaceAll('\\"', '"');
  if (/^[+-]?\d{1,19}$/.test(text)) {
    const whole = BigInt(text.replace("+", ""));
    if (whole >= -INT64_LIMIT && whole < INT64_LIMIT) return whole;
  }
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
  if (HTTP_DATE.test(text)) {
    const date = new Date(text);
    if (!Number.isNaN(date.getTime())) return date;
  }
  return text;
}
