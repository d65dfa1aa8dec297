import * as z from "zod";
import { count } from "./count.ts";
import { workload } from "./workload.ts";

export const podSeconds = z.object({
  workload,
  windowSeconds: z.number().describe("from the load's start until everything was back"),
  measured: z.number().describe("existing pods, integrated over the window"),
  clairvoyant: z
    .number()
    .nullable()
    .describe("computed: of somebody who knew the load beforehand and kept just enough pods ready at each moment"),
  fixed: z.number().describe("computed: of `fixedReplicas` all the time"),
  fixedReplicas: count.describe(
    "the most that were ready in this run: what one would have to keep without an autoscaler",
  ),
  assumptions: z.string(),
});
export type PodSeconds = z.infer<typeof podSeconds>;
