import * as z from "zod";

export const target = z
  .object({
    context: z.string(),
    namespace: z.string(),
    kubernetes: z.string().nullable().describe("the API server's version"),
    keda: z.string().nullable(),
    metricsServer: z.string().nullable(),
    k6: z.string().nullable(),
    nodes: z.array(
      z.object({
        name: z.string(),
        kubelet: z.string(),
        cpu: z.string(),
        memory: z.string(),
        architecture: z.string(),
      }),
    ),
    images: z.array(z.object({ workload: z.string(), container: z.string(), image: z.string(), digest: z.string() })),
    revision: z
      .string()
      .nullable()
      .describe("the checkout's commit, with -dirty where it was changed; of the npm package its version"),
  })
  .describe("what was proven, and where");
export type Target = z.infer<typeof target>;
