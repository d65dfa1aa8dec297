import * as z from "zod";

/** What one load is to do, as the argument of load.ts. */
export const loadJob = z.object({
  /** The process whose CPU time is taken. */
  pid: z.int(),
  port: z.int(),
  kind: z.enum(["placeOrders", "readOrders"]),
  connections: z.int(),
  /** Requests a second, evenly and whatever the answers do; without it, each connection sends as soon as it has its answer. */
  perSecond: z.number().optional(),
  warmUpMs: z.int(),
  measureMs: z.int(),
});
export type LoadJob = z.infer<typeof loadJob>;

/** What came of it between warm-up and end. */
export const loadResult = z.object({
  answers: z.int(),
  seconds: z.number(),
  /** CPU time of the server meanwhile. */
  cpuSeconds: z.number(),
  /** From the moment that a request was due to its answer. */
  p50Ms: z.number(),
  p99Ms: z.number(),
});
export type LoadResult = z.infer<typeof loadResult>;

/** Orders that a read load finds in Redis. */
export const STORED_ORDERS = 1_000;

/** Confirmation id of the stored order of this number. */
export function storedOrderId(index: number): string {
  return `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
}

/** An order that the validator takes. */
export function orderOf(index: number): { customerName: string; productId: string; amount: number } {
  return { customerName: `Customer ${index}`, productId: "widget", amount: 1 + (index % 100) };
}
