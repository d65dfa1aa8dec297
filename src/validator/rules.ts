import type { OrderRequest } from "../shared/order.ts";
import type { Violation } from "../shared/problem.ts";

/** What may be ordered, as data. */
export interface Rules {
  /** Every product on sale, with the most units that one order may ask for. */
  readonly products: Readonly<Record<string, { readonly maxAmount: number }>>;
}

export const DEFAULT_RULES: Rules = {
  products: {
    widget: { maxAmount: 1_000 },
    gadget: { maxAmount: 100 },
    gizmo: { maxAmount: 10 },
  },
};

/** Everything about the order that the rules do not allow; empty when it may pass. */
export function violationsAgainst(rules: Rules, order: OrderRequest): Violation[] {
  const product = Object.hasOwn(rules.products, order.productId) ? rules.products[order.productId] : undefined;
  if (product === undefined) {
    const known = Object.keys(rules.products).join(", ");
    return [{ field: "productId", message: `${JSON.stringify(order.productId)} is not on sale, there are ${known}` }];
  }
  if (order.amount > product.maxAmount) {
    return [
      {
        field: "amount",
        message: `${order.amount} is more than one order of ${order.productId} may ask for, ${product.maxAmount}`,
      },
    ];
  }
  return [];
}
