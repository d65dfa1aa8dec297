import * as z from "zod";
import { type ById, byId } from "./byId.ts";
import { workload } from "./workload.ts";

/** What a scenario does to the running system, by id, with what its sentence needs. Its sentences are in report/texts. */
export const faultShapes = {
  "field-set": z.object({
    object: z.string().describe("as kubectl names it, for example scaledobject/worker"),
    field: z.string().describe("the last part of its path"),
    to: z.union([z.number(), z.string(), z.boolean()]),
  }),
  "pod-killed": z.object({ workload, how: z.enum(["sigkill", "delete"]) }),
  "rollout-restarted": z.object({ workload }),
  "changes-reverted": z.object({}),
} as const satisfies Record<string, z.ZodObject>;
export type FaultId = keyof typeof faultShapes;
export type Fault = ById<typeof faultShapes>;

export const fault = byId(faultShapes).describe("one fault injection");
