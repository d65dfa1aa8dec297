import { parseTarget, wholeNumber } from "../../../../src/servicebus-emulator/https/requestTarget.ts";

test.each([
  ["/", ""],
  ["/orders", "orders"],
  ["/orders/?api-version=2021-05", "orders"],
  ["//evil.example/orders", "evil.example/orders"],
  ["/a/../b", "a/../b"],
  ["/txt%2F.-_123", "txt/.-_123"],
  ["/%E2%82%AC", "€"],
  ["https://host:1/orders?x=1", "orders"],
  ["https://host", ""],
  ["/$Resources/Queues?$skip=1", "$Resources/Queues"],
  ["*", "*"],
])("%s asks for %j", (target, path) => {
  expect(parseTarget(target).path).toBe(path);
});

test("keeps the query", () => {
  const { query } = parseTarget("/a?%24skip=3&x=?&&$top=5");
  expect([wholeNumber(query, "$skip"), wholeNumber(query, "$top"), query.get("x")]).toEqual([3, 5, "?"]);
  expect(wholeNumber(query, "none")).toBeUndefined();
});

test.each(["/%E0%A4%A", "/%", "/a%zz"])("refuses %s", (target) => {
  expect(() => parseTarget(target)).toThrow(/is not URL-encoded/);
});

test.each(["x", "-1", "1.5", "", "9999999999"])("refuses %j for a number", (value) => {
  expect(() => wholeNumber(new URLSearchParams({ $skip: value }), "$skip")).toThrow(/\$skip must be a whole number/);
});
