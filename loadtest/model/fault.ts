import * as z from "zod";
import { type ById, byId } from "./byId.ts";
import { nodeFault } from "./nodeFault.ts";
import { workload } from "./workload.ts";

/** What a scenario does to the running system, by id, with what its sentence needs. Its sentences are in report/texts. */
export const faultShapes = {
  "field-set": z.object({
    object: z.string().describe("as kubectl names it, for example scaledobject/worker"),
    field: z.string().describe("the last part of its path"),
    to: z.union([z.number(), z.string(), z.boolean()]),
  }),
  "pod-killed": z.object({
    workload: workload.describe("whose pods, or the labels that select them"),
    how: z.enum(["sigkill", "delete", "evict"]),
    which: z.enum(["first", "random", "all"]).optional(),
    container: z.string().optional().describe("which one SIGKILL ends; left out: the workload's main container"),
  }),
  "command-run": z.object({ workload, command: z.string() }),
  "nodes-cordoned": z.object({ workload: workload.describe("on whose pods' nodes, or the labels that select them") }),
  "node-fault": z.object({ fault: nodeFault }),
  "target-fault": z.object({ name: z.string(), what: z.string() }),
  "rollout-restarted": z.object({ workload }),
  "changes-reverted": z.object({
    only: z.literal("last").optional().describe("of the last fault that changed something; left out: all changes"),
  }),
} as const satisfies Record<string, z.ZodObject>;
export type FaultId = keyof typeof faultShapes;
export type Fault = ById<typeof faultShapes>;

export const fault = byId(faultShapes).describe("one fault injection");
