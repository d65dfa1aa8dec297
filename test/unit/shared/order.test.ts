import { orderMessage, orderRequest } from "../../../src/shared/order.ts";
import { violationsOf } from "../../../src/shared/problemDetails.ts";

const order = { customerName: "Ada", productId: "widget", amount: 1 };

function violatedFields(given: unknown): string[] {
  const parsed = orderRequest.safeParse(given);
  return parsed.success ? [] : violationsOf(parsed.error).map(({ field }) => field);
}

test("an order is accepted, with the customer's name trimmed", () => {
  expect(orderRequest.parse({ ...order, customerName: " Ada " })).toEqual(order);
});

test.each([
  ["no amount", { customerName: "Ada", productId: "widget" }, "amount"],
  ["an amount as text", { ...order, amount: "1" }, "amount"],
  ["a broken amount", { ...order, amount: 1.5 }, "amount"],
  ["an amount of 0", { ...order, amount: 0 }, "amount"],
  ["an amount over a million", { ...order, amount: 1_000_001 }, "amount"],
  ["a name of blanks", { ...order, customerName: "  " }, "customerName"],
  ["a name over 200 characters", { ...order, customerName: "a".repeat(201) }, "customerName"],
  ["no product", { ...order, productId: "" }, "productId"],
])("%s is rejected", (_what, given, field) => {
  expect(violatedFields(given)).toEqual([field]);
});

test("an unknown field is rejected and named", () => {
  const parsed = orderRequest.safeParse({ ...order, price: 1 });
  expect(parsed.error && violationsOf(parsed.error)[0]?.message).toContain("price");
});

test("every violation is listed", () => {
  expect(violatedFields({ customerName: "", productId: "", amount: 0 })).toEqual([
    "customerName",
    "productId",
    "amount",
  ]);
});

test("a message without a UUID as confirmation id is rejected", () => {
  expect(orderMessage.safeParse({ ...order, confirmationId: "1" }).success).toBe(false);
  expect(orderMessage.safeParse({ ...order, confirmationId: crypto.randomUUID() }).success).toBe(true);
});
