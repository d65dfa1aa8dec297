import * as z from "zod";
import { workload } from "./workload.ts";

export const timing = z.object({
  name: z.string().describe("for example: backlog to first ready worker"),
  workload,
  measuredSeconds: z.number().nullable().describe("null where it was not seen"),
  lowerBoundSeconds: z
    .number()
    .nullable()
    .describe("the least that the live configuration allows; null where there is no such bound"),
  ratio: z.number().nullable().describe("measured / best"),
  lowerBoundReason: z.string().describe("how the best comes about, in figures of the configuration"),
  uncertaintySeconds: z.number().describe("how much the sampling may be off"),
});
export type Timing = z.infer<typeof timing>;
