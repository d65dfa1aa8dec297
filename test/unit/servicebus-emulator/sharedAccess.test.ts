import { createHmac } from "node:crypto";
import {
  allows,
  InvalidTokenError,
  resourcePath,
  verifyToken,
  type SharedAccessKey,
} from "../../../src/servicebus-emulator/access/sharedAccess.ts";

const KEYS: SharedAccessKey[] = [
  { name: "keda", key: "c2VjcmV0+/=", rights: ["Manage"] },
  { name: "api", key: "other", rights: ["Send"] },
];
const NOW_MS = Date.UTC(2030, 0, 1);
const LATER = String(NOW_MS / 1_000 + 60);

function signature(resource: string, expiry: string, key = "c2VjcmV0+/="): string {
  return encodeURIComponent(createHmac("sha256", key).update(`${resource}\n${expiry}`).digest("base64"));
}

describe("verifyToken", () => {
  it("takes the Go SDK's: lower-cased escapes, the whole URL with its query, sr first", () => {
    const resource = "https%3a%2f%2fbus.example%2forders%3fapi-version%3d2021-05";
    const token = `SharedAccessSignature sr=${resource}&sig=${signature(resource, LATER)}&se=${LATER}&skn=keda`;
    expect(verifyToken(token, KEYS, NOW_MS)).toMatchObject({
      path: "orders",
      rights: ["Manage"],
      expiresAtMs: NOW_MS + 60_000,
    });
  });

  it("takes the JavaScript admin client's: sig first, sr last", () => {
    const resource = "https%3a%2f%2fbus.example%2f%24resources%2fqueues";
    const token = `SharedAccessSignature sig=${signature(resource, LATER)}&se=${LATER}&skn=keda&sr=${resource}`;
    expect(verifyToken(token, KEYS, NOW_MS).path).toBe("$resources/queues");
  });

  it("takes one that the secondary key has signed", () => {
    const resource = encodeURIComponent("sb://bus.example/");
    const token = `SharedAccessSignature sr=${resource}&sig=${signature(resource, LATER, "second")}&se=${LATER}&skn=keda`;
    expect(() => verifyToken(token, KEYS, NOW_MS)).toThrow(/InvalidSignature/);
    const both = KEYS.map((key) => ({ ...key, secondaryKey: "second" }));
    expect(verifyToken(token, both, NOW_MS).rights).toEqual(["Manage"]);
  });

  it("takes one for the whole namespace", () => {
    const resource = encodeURIComponent("sb://bus.example/");
    const token = `SharedAccessSignature sr=${resource}&sig=${signature(resource, LATER)}&se=${LATER}&skn=keda`;
    expect(verifyToken(token, KEYS, NOW_MS).path).toBe("");
  });

  const resource = encodeURIComponent("sb://bus.example/orders");
  const good = signature(resource, LATER);
  const earlier = String(NOW_MS / 1_000);
  it.each([
    ["another scheme", "Bearer x", /MalformedToken/],
    ["a missing field", `SharedAccessSignature sr=${resource}&se=${LATER}&skn=keda`, /field sig is missing/],
    [
      "an expiry that is no number",
      `SharedAccessSignature sr=${resource}&sig=${good}&se=soon&skn=keda`,
      /se must be seconds/,
    ],
    [
      "an unknown key name",
      `SharedAccessSignature sr=${resource}&sig=${good}&se=${LATER}&skn=none`,
      /InvalidSignature/,
    ],
    [
      "another key's signature",
      `SharedAccessSignature sr=${resource}&sig=${good}&se=${LATER}&skn=api`,
      /InvalidSignature/,
    ],
    ["a short signature", `SharedAccessSignature sr=${resource}&sig=AAAA&se=${LATER}&skn=keda`, /InvalidSignature/],
    [
      "a later expiry than was signed",
      `SharedAccessSignature sr=${resource}&sig=${good}&se=${LATER}0&skn=keda`,
      /InvalidSignature/,
    ],
    [
      "another resource than was signed",
      `SharedAccessSignature sr=x&sig=${good}&se=${LATER}&skn=keda`,
      /InvalidSignature/,
    ],
    ["broken escapes", `SharedAccessSignature sr=${resource}&sig=%E0%A4&se=${LATER}&skn=keda`, /not URL-encoded/],
    [
      "an expiry that is now",
      `SharedAccessSignature sr=${resource}&sig=${signature(resource, earlier)}&se=${earlier}&skn=keda`,
      /ExpiredToken.*2030-01-01T00:00:00.000Z/,
    ],
  ])("refuses %s", (_, token, reason) => {
    expect(() => verifyToken(token, KEYS, NOW_MS)).toThrow(InvalidTokenError);
    expect(() => verifyToken(token, KEYS, NOW_MS)).toThrow(reason);
  });
});

describe("allows", () => {
  const grant = { path: "orders", rights: ["Send"], expiresAtMs: NOW_MS + 1 } as const;

  it.each([
    ["the entity", "orders", true],
    ["in any case", "Orders", true],
    ["what is under it", "orders/$deadletterqueue", true],
    ["another whose name starts so", "orders2", false],
    ["the namespace", "", false],
  ])("covers %s", (_, path, expected) => {
    expect(allows(grant, "Send", path, NOW_MS)).toBe(expected);
  });

  it("gives Send no Listen, and Manage both", () => {
    expect(allows(grant, "Listen", "orders", NOW_MS)).toBe(false);
    expect(allows({ ...grant, rights: ["Manage"] }, "Listen", "orders", NOW_MS)).toBe(true);
    expect(allows({ ...grant, rights: ["Manage"] }, "Send", "orders", NOW_MS)).toBe(true);
    expect(allows(grant, "Manage", "orders", NOW_MS)).toBe(false);
  });

  it("ends when the token expires", () => {
    expect(allows(grant, "Send", "orders", NOW_MS + 1)).toBe(false);
  });
});

describe("resourcePath", () => {
  it.each([
    ["sb://bus.example:5672/Orders/$management", "orders/$management"],
    ["https://bus.example/orders/?api-version=2021-05", "orders"],
    ["bus.example", ""],
    ["sb://bus.example", ""],
  ])("%s → %s", (uri, path) => {
    expect(resourcePath(uri)).toBe(path);
  });
});
