import * as z from "zod";
import { scaledObjectSchema } from "../../../loadtest/observe/scaledObject.ts";
import { finding, type Finding } from "../finding.ts";
import { subjectOf, type Deployed } from "../view.ts";

const horizontal = z.object({
  spec: z.object({
    scaleTargetRef: z.object({ kind: z.string(), name: z.string() }),
    minReplicas: z.int().optional(),
    maxReplicas: z.int(),
    metrics: z.array(z.object({ type: z.string() })).nullish(),
  }),
});

/** Autoscalers that the API server would refuse, such as one with a number where a trigger's metadata has text, and what is left without them. */
export function wellFormed(deployed: Deployed): { findings: Finding[]; deployed: Deployed } {
  const findings: Finding[] = [];
  const kept = <T extends { metadata?: object }>(kind: string, schema: z.ZodType, objects: readonly T[]): T[] =>
    objects.filter((object) => {
      const { success, error } = schema.safeParse({ metadata: {}, ...object });
      if (success) return true;
      const problems = error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
      findings.push(finding("object-malformed", subjectOf(kind, object), { problems }));
      return false;
    });
  return {
    deployed: {
      ...deployed,
      autoscalers: kept("HorizontalPodAutoscaler", horizontal, deployed.autoscalers),
      scaledObjects: kept("ScaledObject", scaledObjectSchema, deployed.scaledObjects),
    },
    findings,
  };
}
