import { randomUUID } from "node:crypto";
import { readCommitted } from "../../loadtest/targets/orders/ledger/orders.ts";
import { parseRedisUrl, type RedisAccess } from "../../loadtest/targets/orders/ledger/redisAccess.ts";
import { orderKey } from "../../src/shared/order.ts";
import { certificateFor, localhostCertificate } from "../support/certificate.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

/** With what a URL would take for something else. */
const KEY = "k+y/of:Redis=";

let redis: TestRedis;
let authority: string;
const id = randomUUID();

beforeAll(async () => {
  const certificate = await localhostCertificate();
  ({ authority } = certificate);
  redis = await startRedis({ certificate, key: KEY });
  await redis.client.hset(orderKey(id), "status", "processed", "repeats", "2");
});

afterAll(() => redis.close());

function access(url = redis.url, ca = authority): RedisAccess {
  return { ...parseRedisUrl(url, "REDIS_URL"), tls: { ca } };
}

/** What the ledger says, and the cause that it names. */
async function reason(of: RedisAccess): Promise<string> {
  try {
    await readCommitted(of, [id]);
    return "read";
  } catch (error) {
    const { message, cause } = error as Error;
    return `${message}: ${String(cause)}`;
  }
}

test("the ledger reads a Redis that takes TLS and a key alone", async () => {
  expect(await readCommitted(access(), [id, randomUUID()])).toEqual(new Map([[id, 2]]));
});

test("a certificate of an unknown CA is refused, whatever the environment says", async () => {
  const { authority: another } = await certificateFor(["localhost"]);
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  try {
    expect(await reason(access(redis.url, another))).toMatch(/certificate|signature/i);
    expect(await reason(parseRedisUrl(redis.url, "REDIS_URL"))).toMatch(/certificate/i);
  } finally {
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
  }
});

test("a certificate for another host is refused", async () => {
  expect(await reason(access(redis.url.replace("localhost", "127.0.0.1")))).toContain("does not match");
});

test("a wrong key is refused, and is in no message", async () => {
  const wrong = access(redis.url.replace(/:[^/]*@/, ":wrong-key@"));
  const said = await reason(wrong);
  expect(said).toMatch(/WRONGPASS|NOAUTH/);
  expect(said).not.toContain("wrong-key");
});

test("without TLS it is not read", async () => {
  const { host, port, password = "" } = access();
  expect(await reason({ host, port, password })).not.toBe("read");
});

test.each([
  ["redis://cache:6379", { host: "cache", port: 6379 }],
  [
    "rediss://:a%2Bkey%3D@shop.redis.azure.net:10000",
    { host: "shop.redis.azure.net", port: 10000, password: "a+key=", tls: {} },
  ],
  ["rediss://me:key@[::1]", { host: "::1", port: 6379, username: "me", password: "key", tls: {} }],
])("%s is an address of Redis", (url, expected) => {
  expect(parseRedisUrl(url, "REDIS_URL")).toEqual(expected);
});

test.each(["", "shop:10000", "https://:secret@shop", "rediss://:secret%ZZ@shop"])(
  "%s is none, and the error shows no key",
  (url) => {
    expect(() => parseRedisUrl(url, "key url of Secret redis-url-api")).toThrow(
      "key url of Secret redis-url-api is no address of Redis",
    );
    expect(() => parseRedisUrl(url, "REDIS_URL")).not.toThrow("secret");
  },
);
