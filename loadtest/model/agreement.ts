import * as z from "zod";
import { count } from "./count.ts";

export const agreement = z
  .object({
    curve: z.string(),
    query: z.string(),
    sampled: count.describe("samples that hold a value"),
    compared: count.describe("samples that had a counterpart, but for values too short-lived to be scraped"),
    agreed: count.describe("samples whose value the dashboard shows within one scrape of them"),
    worst: z
      .object({ atMs: z.number(), sampled: z.number(), shown: z.number().nullable() })
      .nullable()
      .describe("the first sample that has no like in the dashboard's curve within a scrape"),
  })
  .describe("one curve of the autoscaling dashboard beside the proof's own samples");
export type Agreement = z.infer<typeof agreement>;
