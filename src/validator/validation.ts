import { orderRequest } from "../shared/order.ts";
import { problem, violationsOf, type Problem, type Violation } from "../shared/problem.ts";
import { violationsAgainst, type Rules } from "./rules.ts";

/** What the validator answers. */
export type Verdict = { readonly valid: true } | Problem;

/** Judges one order as it came over the wire. */
export function judge(rules: Rules, body: string): Verdict {
  let given: unknown;
  try {
    given = JSON.parse(body);
  } catch {
    return problem(400, "malformed-json", "The body is not JSON");
  }
  const order = orderRequest.safeParse(given);
  const violations: Violation[] = order.success ? violationsAgainst(rules, order.data) : violationsOf(order.error);
  if (violations.length === 0) return { valid: true };
  return problem(422, "order-not-allowed", "The order is not allowed", { violations });
}
