import * as z from "zod";

/** What a scenario changes in the running system. Its sentences are in report/texts. */
export const faultIds = [
  "cpu-target-out-of-reach",
  "activation-threshold-raised",
  "activation-threshold-restored",
  "max-replicas-lowered",
  "max-replicas-restored",
  "worker-killed",
] as const;
export type FaultId = (typeof faultIds)[number];

export const fault = z
  .object({
    id: z.enum(faultIds),
    params: z.object({ to: z.number().nullable().describe("what a field is set to; null where none is") }),
  })
  .describe("one fault injection");
export type Fault = z.infer<typeof fault>;
