import { DEFAULT_RULES, rules, violationsAgainst } from "../../../src/validator/rules.ts";
import { validateOrder } from "../../../src/validator/validation.ts";

const order = { customerName: "Ada", productId: "gizmo", amount: 10 };

test.each(Object.entries(DEFAULT_RULES.products))(
  "%s is allowed up to its limit, and not one unit more",
  (productId, { maxAmount }) => {
    expect(violationsAgainst(DEFAULT_RULES, { ...order, productId, amount: maxAmount })).toEqual([]);
    const [violation] = violationsAgainst(DEFAULT_RULES, { ...order, productId, amount: maxAmount + 1 });
    expect(violation).toMatchObject({ field: "amount", message: expect.stringContaining(String(maxAmount)) as string });
  },
);

test("an amount below a product's minimum is rejected", () => {
  const dozens = rules.parse({ products: { egg: { minAmount: 6, maxAmount: 12 } } });
  expect(violationsAgainst(dozens, { ...order, productId: "egg", amount: 6 })).toEqual([]);
  expect(violationsAgainst(dozens, { ...order, productId: "egg", amount: 5 })).toMatchObject([{ field: "amount" }]);
});

test.each(["sprocket", "toString", "__proto__"])("product %s is rejected as not on sale", (productId) => {
  expect(violationsAgainst(DEFAULT_RULES, { ...order, productId })).toMatchObject([{ field: "productId" }]);
});

test("a customer name beyond its length or against its pattern is rejected", () => {
  const short = rules.parse({
    customerName: { maxLength: 3, pattern: "^\\p{Lu}" },
    products: { gizmo: { maxAmount: 10 } },
  });
  expect(violationsAgainst(short, order)).toEqual([]);
  expect(violationsAgainst(short, { ...order, customerName: "Élan" })).toHaveLength(1);
  expect(violationsAgainst(short, { ...order, customerName: "élan" })).toHaveLength(2);
  expect(violationsAgainst(DEFAULT_RULES, { ...order, customerName: "a\nb" })).toMatchObject([
    { field: "customerName" },
  ]);
});

test("an order that the rules allow is valid", () => {
  expect(validateOrder(DEFAULT_RULES, order)).toEqual({ valid: true });
});

test("all violations are reported at once", () => {
  expect(validateOrder(DEFAULT_RULES, { customerName: "a\nb", productId: "gizmo", amount: 11 })).toMatchObject({
    status: 422,
    type: "urn:ownsignal:problem:order-not-allowed",
    violations: [{ field: "customerName" }, { field: "amount" }],
  });
});

test("a malformed field does not hide violations of the others", () => {
  expect(validateOrder(DEFAULT_RULES, { customerName: "", productId: "sprocket", amount: 0.5 })).toMatchObject({
    violations: [{ field: "customerName" }, { field: "amount" }, { field: "productId" }],
  });
});

test.each([null, 1, "order", [], undefined])("%j is rejected as no order", (given) => {
  expect(validateOrder(DEFAULT_RULES, given)).toMatchObject({ status: 422 });
});
