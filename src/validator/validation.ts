import { orderRequest } from "../shared/order.ts";
import { problem, violationsOf, type ProblemDetails } from "../shared/problemDetails.ts";
import { violationsAgainst, type Rules, type SomeFields } from "./rules.ts";

/** What the validator says of an order. */
export type Verdict = { readonly valid: true } | ProblemDetails;

const VALID: Verdict = { valid: true };

/** Each field for itself, so that a field that is malformed does not hide what the rules hold against the others. */
const fields = orderRequest.partial().shape;

/** Validates one order as it came over the wire; a rejection names every violation. */
export function validateOrder(rules: Rules, given: unknown): Verdict {
  const order = orderRequest.safeParse(given);
  const violations = order.success
    ? violationsAgainst(rules, order.data)
    : [...violationsOf(order.error), ...violationsAgainst(rules, wellFormedFields(given))];
  return violations.length === 0
    ? VALID
    : problem(422, "order-not-allowed", "The order is not allowed", { violations });
}

function wellFormedFields(given: unknown): SomeFields {
  if (typeof given !== "object" || given === null) return {};
  const { customerName, productId, amount } = given as Record<string, unknown>;
  return {
    customerName: fields.customerName.safeParse(customerName).data,
    productId: fields.productId.safeParse(productId).data,
    amount: fields.amount.safeParse(amount).data,
  };
}
