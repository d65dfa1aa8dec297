import * as z from "zod";

/** What a client orders. `amount` is a count of units. */
export const orderRequest = z.strictObject({
  customerName: z.string().trim().min(1).max(200),
  productId: z.string().min(1).max(64),
  amount: z.int().min(1).max(1_000_000),
});
export type OrderRequest = z.infer<typeof orderRequest>;

export const confirmationId = z.uuid();

/** The queue's message, the same from the API and from a load; its Service Bus message id is `confirmationId`. */
export const orderMessage = orderRequest.extend({ confirmationId });
export type OrderMessage = z.infer<typeof orderMessage>;

/** `accepted` by the broker, then `processed`: fulfilled by the provider and committed; a status never goes back. */
export const orderStatus = z.enum(["accepted", "processed"]);
export type OrderStatus = z.infer<typeof orderStatus>;

/** Redis key of an order's hash. */
export function orderKey(confirmationId: string): string {
  return `order:${confirmationId}`;
}

/** How long the status of an order is kept, at least 24 h: it is what makes a redelivered message a duplicate. */
export const ORDER_RETENTION_SECONDS = 48 * 60 * 60;
