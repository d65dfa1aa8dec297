import type { OrderMessage } from "../../src/shared/order.ts";
import type { TestMessage } from "./emulator.ts";

export const order = { customerName: "Ada", productId: "widget", amount: 2 };

/** An order as the API would queue it. */
export function orderMessage(): TestMessage & { readonly body: OrderMessage } {
  const confirmationId = crypto.randomUUID();
  return { messageId: confirmationId, body: { confirmationId, ...order } };
}

/** `POST /api/v1/orders`. */
export function placeOrder(
  apiUrl: string,
  body: unknown = order,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${apiUrl}/api/v1/orders`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

/** Places an order that is to be accepted; its confirmation id. */
export async function acceptedOrder(apiUrl: string): Promise<string> {
  const response = await placeOrder(apiUrl);
  if (response.status !== 202) throw new Error(`want 202, got ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { confirmationId: string }).confirmationId;
}

/** `GET /api/v1/orders/{confirmationId}`. */
export async function lookUp(
  apiUrl: string,
  confirmationId: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${apiUrl}/api/v1/orders/${confirmationId}`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
