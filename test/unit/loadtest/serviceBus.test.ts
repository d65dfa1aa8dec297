import { createHmac } from "node:crypto";
import {
  authorizationOf,
  busLogin,
  httpsOrigin,
  parseConnectionString,
  sharedAccessSignature,
} from "../../../loadtest/k6/lib/serviceBus.ts";
import { allows, verifyToken } from "../../../src/servicebus-emulator/access/sharedAccess.ts";

const TEXT =
  "Endpoint=sb://Bus.example.net/;SharedAccessKeyName=loadtest;SharedAccessKey=c2Vj/cmV0+w==;UseDevelopmentEmulator=true";

test("a connection string keeps the key's padding and dials 443, emulator or not", () => {
  expect(parseConnectionString(TEXT)).toEqual({
    host: "Bus.example.net",
    port: 443,
    keyName: "loadtest",
    key: "c2Vj/cmV0+w==",
  });
});

test("a port of the Endpoint is used and shown", () => {
  const connection = parseConnectionString("Endpoint=sb://localhost:8443;SharedAccessKeyName=a;SharedAccessKey=b");
  expect(connection.port).toBe(8443);
  expect(httpsOrigin(connection)).toBe("https://localhost:8443");
  expect(httpsOrigin(parseConnectionString(TEXT))).toBe("https://Bus.example.net");
});

test.each([
  ["Endpoint", "SharedAccessKeyName=a;SharedAccessKey=secret"],
  ["Endpoint", "Endpoint=https://bus;SharedAccessKeyName=a;SharedAccessKey=secret"],
  ["SharedAccessKeyName", "Endpoint=sb://bus;SharedAccessKey=secret"],
  ["SharedAccessKey", "Endpoint=sb://bus;SharedAccessKeyName=secret"],
])("without %s the error names the field and shows no value", (field, text) => {
  expect(() => parseConnectionString(text)).toThrow(`has no ${field}`);
  expect(() => parseConnectionString(text)).not.toThrow("secret");
});

describe("a signature", () => {
  const nowSeconds = 1_800_000_000;
  const token = (key: string): string =>
    sharedAccessSignature({
      uri: "https://Bus.example.net/orders",
      keyName: "load test",
      key,
      expiresAtSeconds: nowSeconds + 60,
      hmacSha256: (secret, data) => createHmac("sha256", secret).update(data).digest("base64"),
    });

  test("is what the documented algorithm gives", () => {
    // base64(HMAC-SHA256(key, "https%3a…" + "\n" + se)), computed with openssl.
    expect(token("c2VjcmV0")).toBe(
      "SharedAccessSignature sr=https%3A%2F%2Fbus.example.net%2Forders&sig=%2FKXFb9PmWyapixwPkQZU1yOkND3xlxx3bEYorBEVSsY%3D&se=1800000060&skn=load%20test",
    );
  });

  test("is taken by the emulator for this queue and what is under it, and for no other", () => {
    const keys = [{ name: "load test", key: "c2VjcmV0", rights: ["Send" as const] }];
    const grant = verifyToken(token("c2VjcmV0"), keys, nowSeconds * 1000);
    expect(allows(grant, "Send", "orders/messages", nowSeconds * 1000)).toBe(true);
    expect(allows(grant, "Send", "others/messages", nowSeconds * 1000)).toBe(false);
    expect(() => verifyToken(token("another"), keys, nowSeconds * 1000)).toThrow("InvalidSignature");
  });
});

describe("a login from the environment", () => {
  const signing = { uri: "https://bus.example/orders", expiresAtSeconds: 1, hmacSha256: () => "c2ln" };

  test("is a connection string's key, or a token as it is", () => {
    const key = busLogin({ SERVICEBUS_CONNECTION_STRING: TEXT, SERVICEBUS_NAMESPACE: "ignored.example" });
    expect(authorizationOf(key, signing)).toMatch(/^SharedAccessSignature .*skn=loadtest$/);
    const token = busLogin({ SERVICEBUS_NAMESPACE: "bus.example", SERVICEBUS_ACCESS_TOKEN: "a.b-_.c=" });
    expect(token).toEqual({ kind: "token", host: "bus.example", port: 443, token: "a.b-_.c=" });
    expect(authorizationOf(token, signing)).toBe("Bearer a.b-_.c=");
  });

  test.each([
    [{}, "neither SERVICEBUS_CONNECTION_STRING is set nor SERVICEBUS_ACCESS_TOKEN"],
    [{ SERVICEBUS_CONNECTION_STRING: "", SERVICEBUS_ACCESS_TOKEN: "" }, "neither"],
    [{ SERVICEBUS_CONNECTION_STRING: TEXT, SERVICEBUS_ACCESS_TOKEN: "secret" }, "both set"],
    [{ SERVICEBUS_ACCESS_TOKEN: "secret" }, 'SERVICEBUS_NAMESPACE is ""'],
    [{ SERVICEBUS_ACCESS_TOKEN: "secret", SERVICEBUS_NAMESPACE: "shop" }, 'SERVICEBUS_NAMESPACE is "shop"'],
    [{ SERVICEBUS_ACCESS_TOKEN: "Bearer secret", SERVICEBUS_NAMESPACE: "shop.example" }, "is no token"],
  ])("%j is none: %s", (variables, message) => {
    expect(() => busLogin(variables)).toThrow(message);
    expect(() => busLogin(variables)).not.toThrow("secret");
  });
});
