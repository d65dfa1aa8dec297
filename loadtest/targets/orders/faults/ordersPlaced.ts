import type { Load } from "../../../model/scenario.ts";
import { loadOf } from "../scenarios/declaration.ts";

/** Orders at a steady rate by way of the API, and reads of one order beside them. */
export function ordersPlaced(of: { ordersPerSecond: number; readsPerSecond?: number; seconds: number }): Load {
  const { ordersPerSecond, readsPerSecond = 0, seconds } = of;
  return loadOf("steady.ts", {
    environment: {
      ORDERS_PER_SECOND: String(ordersPerSecond),
      READS_PER_SECOND: String(readsPerSecond),
      SECONDS: String(seconds),
    },
    delivered: (ordersPerSecond + readsPerSecond) * seconds,
    seconds,
  });
}
