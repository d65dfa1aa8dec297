import * as z from "zod";

/** The two workloads that scale. */
export const workload = z.enum(["api", "worker"]);
export type Workload = z.infer<typeof workload>;
