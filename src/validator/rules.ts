import * as z from "zod";
import defaultRules from "./defaultRules.json" with { type: "json" };
import type { OrderRequest } from "../shared/order.ts";
import type { Violation } from "../shared/problemDetails.ts";

/** What may be ordered, as data. */
export const rules = z
  .strictObject({
    /** What names of customers have to be: at most `maxLength` characters, and as the regular expression says (flag `u`). */
    customerName: z
      .strictObject({ maxLength: z.int().min(1).optional(), pattern: z.string().transform(compiled).optional() })
      .default({}),
    /** Every product on sale, with the least and the most units that one order may ask for. */
    products: z.record(
      z.string().min(1),
      z
        .strictObject({ minAmount: z.int().min(1).default(1), maxAmount: z.int().min(1) })
        .refine(({ minAmount, maxAmount }) => minAmount <= maxAmount, { error: "minAmount is more than maxAmount" }),
    ),
  })
  .readonly();
export type Rules = z.infer<typeof rules>;

/** The rules without a file; a test holds them equal to those that the manifests mount. */
export const DEFAULT_RULES: Rules = rules.parse(defaultRules);

/** An order of which some fields may be missing. */
export type SomeFields = { readonly [Field in keyof OrderRequest]?: OrderRequest[Field] | undefined };

/** Everything about the order that the rules do not allow; empty when it is valid. Missing fields are not checked. */
export function violationsAgainst({ customerName, products }: Rules, order: SomeFields): Violation[] {
  const violations: Violation[] = [];
  const violate = (field: keyof OrderRequest, message: string): void => {
    violations.push({ field, message });
  };
  if (order.customerName !== undefined) {
    const { maxLength = Infinity, pattern } = customerName;
    if (order.customerName.length > maxLength) violate("customerName", `longer than ${maxLength} characters`);
    if (pattern?.test(order.customerName) === false) violate("customerName", `does not match ${pattern.source}`);
  }
  if (order.productId !== undefined) {
    const product = Object.hasOwn(products, order.productId) ? products[order.productId] : undefined;
    if (product === undefined) {
      const known = Object.keys(products).join(", ");
      violate("productId", `${JSON.stringify(order.productId)} is not on sale, there are ${known}`);
    } else if (order.amount !== undefined) {
      const { minAmount, maxAmount } = product;
      const asks = `${order.amount} is %s than one order of ${order.productId} may ask for, `;
      if (order.amount < minAmount) violate("amount", `${asks.replace("%s", "less")}${minAmount}`);
      if (order.amount > maxAmount) violate("amount", `${asks.replace("%s", "more")}${maxAmount}`);
    }
  }
  return violations;
}

function compiled(pattern: string, context: z.RefinementCtx): RegExp {
  try {
    return new RegExp(pattern, "u");
  } catch (error) {
    context.addIssue({ code: "custom", message: error instanceof Error ? error.message : "no regular expression" });
    return z.NEVER;
  }
}
