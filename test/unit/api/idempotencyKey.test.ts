import { confirmationIdOf, idempotencyKey } from "../../../src/api/idempotencyKey.ts";
import { confirmationId } from "../../../src/shared/order.ts";

test.each([
  ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', "8e03978e-40d5-43dd-bc93-6894a57f9324"],
  ["8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"],
  ['"with a blank, and more; of it"', "with a blank, and more; of it"],
  ['"\\"quoted\\" and \\\\"', '"quoted" and \\'],
  ["a".repeat(255), "a".repeat(255)],
  [`"${"a".repeat(255)}"`, "a".repeat(255)],
])("the header %s is the key %s", (header, key) => {
  expect(idempotencyKey.parse(header)).toBe(key);
});

test.each([
  "",
  '""',
  '"',
  '"a',
  'a"',
  "a b",
  "a,b",
  "a;b",
  "a\\b",
  '"\\a"',
  "\t",
  "ü",
  "a".repeat(256),
  `"${"a".repeat(256)}"`,
])("the header %j is not a valid key", (header) => {
  expect(idempotencyKey.safeParse(header).success).toBe(false);
});

test("a key's confirmation id is a UUID and never changes", () => {
  // Another value here would mean that a rollout breaks the promise for every key in use.
  expect(confirmationIdOf("k")).toBe("53d9a29a-d513-8748-8060-a029e7eac74c");
  expect(confirmationId.safeParse(confirmationIdOf("k")).success).toBe(true);
});

test("different keys have different confirmation ids", () => {
  const ids = new Set(Array.from({ length: 1_000 }, (_, index) => confirmationIdOf(String(index))));
  expect(ids.size).toBe(1_000);
  for (const id of ids) expect(confirmationId.safeParse(id).success).toBe(true);
});
