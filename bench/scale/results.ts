import * as z from "zod";

/** How many ScaledObjects there are beside the worker's own. */
export const OBJECTS = [1, 10, 30, 100] as const;

/** KEDA's settings: its own, and the recommended ones. */
export const SETTINGS = ["default", "recommended"] as const;
export type Settings = (typeof SETTINGS)[number];

/** Over a window in which nothing changes. */
const rates = z.object({
  /** Requests of Service Bus's management API, of the worker's own ScaledObject too. */
  managementPerSecond: z.number(),
  /** CPU time a second of KEDA's operator and of its metrics adapter. */
  operatorCores: z.number(),
  adapterCores: z.number(),
  operatorMiB: z.number(),
  adapterMiB: z.number(),
  /** All requests that the API server has answered. */
  apiRequestsPerSecond: z.number(),
});
export type Rates = z.infer<typeof rates>;

/** One measurement, as a line of results.jsonl. */
export const scaleResult = z.object({
  objects: z.number().int().positive(),
  settings: z.enum(SETTINGS),
  inputs: z.string(),
  startedAt: z.iso.datetime(),
  /** From their creation until every ScaledObject is ready. */
  readySeconds: z.number(),
  /** Of each: from its message's acceptance to a replica desired. */
  firstScaleSeconds: z.array(z.number()),
  /** All at 0, and all at 1. */
  idle: rates,
  awake: rates,
});
export type ScaleResult = z.infer<typeof scaleResult>;
export type ScaleKey = Pick<ScaleResult, "objects" | "settings" | "inputs">;

export function isSame(one: ScaleKey, other: ScaleKey): boolean {
  return one.objects === other.objects && one.settings === other.settings && one.inputs === other.inputs;
}
