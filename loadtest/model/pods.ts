import * as z from "zod";
import { count } from "./count.ts";
import { workload } from "./workload.ts";

export const podTrouble = z
  .object({
    kind: z.enum(["crash-loop", "image", "cannot-be-created", "unschedulable"]),
    container: z.string().nullable().describe("null where no node has taken the pod"),
    reason: z.string().describe("of the container's state waiting, or of the condition PodScheduled"),
    message: z.string().describe("of the same; of a crash loop how the container ended"),
  })
  .describe("why a pod does not start, as it says itself");
export type PodTrouble = z.infer<typeof podTrouble>;

export const podRecord = z
  .object({
    name: z.string(),
    workload,
    createdMs: z.number(),
    startedMs: z
      .number()
      .nullable()
      .optional()
      .describe("when the workload's own container first ran; null where it never did"),
    readyMs: z.number().nullable().describe("when it first became ready; null where it never did"),
    goneMs: z.number().nullable().describe("when it was first seen no more; null where it was there at the end"),
    endedBecause: z
      .string()
      .nullable()
      .describe("for a pod that went otherwise than by its autoscaler: evicted, preempted, killed, with the reason"),
    restarts: count,
    trouble: podTrouble
      .nullable()
      .optional()
      .describe("why it was not ready when it was last seen; null where it was, or did not say"),
  })
  .describe("the life of one pod of a workload during the scenario");
export type PodRecord = z.infer<typeof podRecord>;

/** The life of a pod, with what else the assertions need of its end. */
export interface PodLife extends PodRecord {
  /** Somebody else took it away: evicted, preempted, or deleted while its autoscaler asked for no fewer. */
  removedExternally: boolean;
  /** Exit code of its main container at its end; null while it is there, and where nobody saw it. */
  exitCode: number | null;
}
