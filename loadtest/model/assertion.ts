import * as z from "zod";
import { verdict } from "./verdict.ts";

export const assertion = z.object({
  name: z.string(),
  status: verdict,
  expected: z.string().describe("what was claimed"),
  measured: z.string().describe("what was seen"),
  reason: z
    .string()
    .optional()
    .describe("why it is no pass, with the likely cause where the cluster's own objects tell"),
});
/** One thing that was claimed, and what was measured. */
export type Assertion = z.infer<typeof assertion>;
