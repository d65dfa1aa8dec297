import { messageOf } from "../../../src/shared/messageOf.ts";

test.each([
  ["an error's own message", new Error("refused"), "refused"],
  ["the name of an error without a message", new TypeError(), "TypeError"],
  [
    "the causes after it",
    new Error("fetch failed", { cause: new Error("ECONNREFUSED") }),
    "fetch failed: ECONNREFUSED",
  ],
  ["no cause twice", new Error("no cluster: refused", { cause: new Error("refused") }), "no cluster: refused"],
  ["the text of what is no error", "refused", "refused"],
])("the message is %s", (_, thrown, message) => {
  expect(messageOf(thrown)).toBe(message);
});
