import { createHmac } from "node:crypto";
import { createClaims } from "../../../src/servicebus-emulator/access/claims.ts";
import { createKeys } from "../../../src/servicebus-emulator/access/keys.ts";
import { InvalidTokenError, type SharedAccessKey } from "../../../src/servicebus-emulator/access/sharedAccess.ts";

const KEYS: SharedAccessKey[] = [
  { name: "worker", key: "secret", rights: ["Listen"] },
  { name: "api", key: "other", rights: ["Send"] },
];
const NOW_MS = Date.UTC(2030, 0, 1);

function token(path: string, expiresInSeconds: number): string {
  const resource = encodeURIComponent(`sb://bus.example${path}`);
  const expiry = NOW_MS / 1_000 + expiresInSeconds;
  const signature = createHmac("sha256", "secret").update(`${resource}\n${expiry}`).digest("base64");
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=worker`;
}

it("keeps what tokens grant, each until it ends", () => {
  const claims = createClaims(createKeys(KEYS));
  claims.put("sb://bus.example/orders", token("/orders", 60), NOW_MS);
  claims.put("sb://bus.example/other", token("/other", 30), NOW_MS);
  expect(claims.allow("Listen", "Orders/$DeadLetterQueue", NOW_MS)).toBe(true);
  expect(claims.allow("Send", "orders", NOW_MS)).toBe(false);
  expect(claims.allow("Listen", "another", NOW_MS)).toBe(false);
  expect(claims.nextExpiryMs(NOW_MS)).toBe(NOW_MS + 30_000);
  expect(claims.allow("Listen", "other", NOW_MS + 30_000)).toBe(false);
  expect(claims.nextExpiryMs(NOW_MS + 30_000)).toBe(NOW_MS + 60_000);
  expect(claims.nextExpiryMs(NOW_MS + 60_000)).toBeUndefined();
});

it("replaces a resource's token by its new one", () => {
  const claims = createClaims(createKeys(KEYS));
  claims.put("sb://bus.example/orders", token("/orders", 30), NOW_MS);
  claims.put("sb://bus.example/orders", token("/orders", 90), NOW_MS);
  expect(claims.nextExpiryMs(NOW_MS)).toBe(NOW_MS + 90_000);
  expect(claims.allow("Listen", "orders", NOW_MS + 60_000)).toBe(true);
});

it("takes a key itself, for everything and for ever, and no other text", () => {
  const claims = createClaims(createKeys(KEYS));
  expect(claims.putKey("worker", "other", NOW_MS)).toBe(false);
  expect(claims.putKey("nobody", "", NOW_MS)).toBe(false);
  expect(claims.allow("Listen", "orders", NOW_MS)).toBe(false);
  expect(claims.putKey("worker", "secret", NOW_MS)).toBe(true);
  expect(claims.allow("Listen", "orders", NOW_MS * 2)).toBe(true);
  expect(claims.allow("Send", "orders", NOW_MS)).toBe(false);
  expect(claims.nextExpiryMs(NOW_MS)).toBeUndefined();
});

it("holds tokens for so many resources and no more, those not counted that have ended", () => {
  const claims = createClaims(createKeys(KEYS));
  const all = token("/", 60);
  for (let index = 0; index < 10_000; index += 1) claims.put(`sb://bus.example/q${index}`, all, NOW_MS);
  expect(() => {
    claims.put("sb://bus.example/one-more", all, NOW_MS);
  }).toThrow(InvalidTokenError);
  claims.put("sb://bus.example/q1", all, NOW_MS);
  const later = NOW_MS + 60_000;
  claims.put("sb://bus.example/one-more", token("/", 90), later);
  expect(claims.allow("Listen", "one-more", later)).toBe(true);
});

describe("when the keys are replaced", () => {
  const keys = () => createKeys(KEYS.map((key) => ({ ...key, secondaryKey: `second ${key.name}` })));
  const [worker, api] = KEYS as [SharedAccessKey, SharedAccessKey];

  test("what a key has granted ends that is no longer there, and stays where it is the secondary now", () => {
    const replaced = keys();
    const claims = createClaims(replaced);
    claims.put("sb://bus.example/orders", token("/orders", 60), NOW_MS);
    replaced.replace([{ ...worker, key: "new", secondaryKey: "secret" }, api]);
    claims.recheck();
    expect(claims.allow("Listen", "orders", NOW_MS)).toBe(true);
    replaced.replace([{ ...worker, key: "new" }, api]);
    claims.recheck();
    expect(claims.allow("Listen", "orders", NOW_MS)).toBe(false);
    expect(() => {
      claims.put("sb://bus.example/orders", token("/orders", 60), NOW_MS);
    }).toThrow(InvalidTokenError);
  });

  test("a client that has shown a key itself may do no more than that key may now", () => {
    const replaced = keys();
    const claims = createClaims(replaced);
    expect(claims.putKey("worker", "second worker", NOW_MS)).toBe(true);
    replaced.replace([{ ...worker, secondaryKey: "second worker", rights: ["Send"], maxTokenSeconds: 1 }]);
    claims.recheck();
    expect([claims.allow("Send", "orders", NOW_MS), claims.allow("Listen", "orders", NOW_MS)]).toEqual([true, false]);
    expect(claims.nextExpiryMs(NOW_MS)).toBeUndefined();
  });

  test("tokens that were taken before end as early as those that come", () => {
    const replaced = keys();
    const claims = createClaims(replaced);
    claims.put("sb://bus.example/orders", token("/orders", 60), NOW_MS);
    replaced.replace([{ ...worker, maxTokenSeconds: 10 }]);
    claims.recheck();
    expect(claims.nextExpiryMs(NOW_MS)).toBe(NOW_MS + 10_000);
    claims.put("sb://bus.example/orders", token("/orders", 60), NOW_MS + 5_000);
    expect(claims.nextExpiryMs(NOW_MS + 5_000)).toBe(NOW_MS + 15_000);
  });
});
