import { DEFAULT_RULES, violationsAgainst } from "../../../src/validator/rules.ts";
import { judge } from "../../../src/validator/validation.ts";

const order = { customerName: "Ada", productId: "gizmo", amount: 10 };

test.each(Object.entries(DEFAULT_RULES.products))(
  "%s up to its limit, and not one more",
  (productId, { maxAmount }) => {
    expect(violationsAgainst(DEFAULT_RULES, { ...order, productId, amount: maxAmount })).toEqual([]);
    const [violation] = violationsAgainst(DEFAULT_RULES, { ...order, productId, amount: maxAmount + 1 });
    expect(violation).toMatchObject({ field: "amount", message: expect.stringContaining(String(maxAmount)) as string });
  },
);

test.each(["sprocket", "toString", "__proto__"])("%s is not on sale", (productId) => {
  expect(violationsAgainst(DEFAULT_RULES, { ...order, productId })).toMatchObject([{ field: "productId" }]);
});

test("an order that the rules allow is valid", () => {
  expect(judge(DEFAULT_RULES, JSON.stringify(order))).toEqual({ valid: true });
});

test("all violations come at once", () => {
  expect(judge(DEFAULT_RULES, JSON.stringify({ customerName: "", productId: "gizmo", amount: 0.5 }))).toMatchObject({
    status: 422,
    violations: [{ field: "customerName" }, { field: "amount" }],
  });
});

test("what is not JSON is said to be so", () => {
  expect(judge(DEFAULT_RULES, "{")).toMatchObject({ status: 400, type: "urn:ownsignal:problem:malformed-json" });
});
