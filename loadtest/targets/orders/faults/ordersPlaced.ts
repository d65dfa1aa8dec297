import { loadOf, queueDrains } from "../scenarios/declaration.ts";

/** A scenario's load of orders at a steady rate by way of the API, with reads of one order and invalid orders beside them; all of the orders drain from the queue, and no scaling is claimed. */
export function ordersPlaced(of: {
  ordersPerSecond: number;
  readsPerSecond?: number;
  invalidPerSecond?: number;
  seconds: number;
}) {
  const { ordersPerSecond, readsPerSecond = 0, invalidPerSecond = 0, seconds } = of;
  const orders = ordersPerSecond * seconds;
  const load = loadOf("steady.ts", {
    environment: {
      ORDERS_PER_SECOND: String(ordersPerSecond),
      READS_PER_SECOND: String(readsPerSecond),
      INVALID_PER_SECOND: String(invalidPerSecond),
      SECONDS: String(seconds),
    },
    delivered: (ordersPerSecond + readsPerSecond + invalidPerSecond) * seconds,
    seconds,
  });
  return {
    load,
    needs: "api",
    reaches: ["api"],
    orders,
    queue: queueDrains(orders),
    mustScale: [],
    mustNotScale: [],
  } as const;
}
