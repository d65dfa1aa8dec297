import { loadOf, queueDrains } from "../scenarios/declaration.ts";

/** A scenario's load of orders at a steady rate by way of the API, with reads of one order beside them; all of the orders drain from the queue. */
export function ordersPlaced(of: { ordersPerSecond: number; readsPerSecond?: number; seconds: number }) {
  const { ordersPerSecond, readsPerSecond = 0, seconds } = of;
  const orders = ordersPerSecond * seconds;
  const load = loadOf("steady.ts", {
    environment: {
      ORDERS_PER_SECOND: String(ordersPerSecond),
      READS_PER_SECOND: String(readsPerSecond),
      SECONDS: String(seconds),
    },
    delivered: (ordersPerSecond + readsPerSecond) * seconds,
    seconds,
  });
  return { load, orders, queue: queueDrains(orders) };
}
