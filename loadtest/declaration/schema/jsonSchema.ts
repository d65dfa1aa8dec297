import * as z from "zod";
import { serviceAddress } from "./address.ts";
import { autoscalingFile } from "./autoscalingFile.ts";
import { fault } from "./fault.ts";
import { load } from "./load.ts";
import { command, duration } from "./scalars.ts";
import { objectives, mustScale, scenario } from "./scenario.ts";
import { workload } from "./workload.ts";

/** Parts with a name of their own in the published schema; the others stand where they are used. */
const NAMED = {
  Command: command,
  Duration: duration,
  Fault: fault,
  Load: load,
  MustScale: mustScale,
  Objectives: objectives,
  Scenario: scenario,
  ServiceAddress: serviceAddress,
  Workload: workload,
} as const;

/** The JSON Schema of autoscaling.yaml, draft 2020-12, by which editors complete and check it. */
export function autoscalingJsonSchema(): Record<string, unknown> {
  const metadata = z.registry<z.GlobalMeta>();
  for (const [id, named] of Object.entries(NAMED)) metadata.add(named, { id });
  return {
    $comment: "Generated from loadtest/declaration/schema by `npm run schemas:write`.",
    title: "ownsignal autoscaling.yaml",
    ...z.toJSONSchema(autoscalingFile, {
      metadata,
      io: "input",
      // Descriptions stand in zod's own registry.
      override: ({ zodSchema, jsonSchema }) => {
        const description = z.globalRegistry.get(zodSchema)?.description;
        if (description !== undefined) jsonSchema.description ??= description;
      },
    }),
  };
}
