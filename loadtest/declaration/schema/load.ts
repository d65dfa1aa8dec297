import * as z from "zod";
import { serviceAddress } from "./address.ts";
import { explained } from "./explained.ts";
import { command, duration, file, objectName, positiveCount, text } from "./scalars.ts";

const dataKey = explained(z.string().regex(/^[A-Za-z0-9._-]+$/), {
  what: "a key of a Secret's data",
  example: "token",
});

const secretKey = explained(
  z.strictObject({
    secret: objectName.describe("name of a Secret in the file's namespace"),
    key: dataKey.describe("key of its data"),
  }),
  { what: "a key of a Secret", example: "{ secret: tokens, key: token }" },
);

const plainValue = explained(
  z.strictObject({ value: text.describe("a text that is no secret, although its name or its look may suggest one") }),
  { what: "a value that is no secret", example: "{ value: customer-42 }" },
);

export const environmentValue = explained(z.union([z.string(), z.number(), serviceAddress, secretKey, plainValue]), {
  what: "a text, a number, an address of a Service or a key of a Secret",
  example: "{ service: web, port: 8080, scheme: http }",
  exactlyOne: ["service", "secret", "value"],
  advise: (value) =>
    typeof value === "boolean"
      ? { message: `${value} is a boolean, and variables are texts`, fix: `write "${value}"` }
      : undefined,
});

const variableName = explained(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), {
  what: "a variable's name, of letters, digits and _",
  example: "BASE_URL",
});

const environment = explained(z.record(variableName, environmentValue), {
  what: "a map of variables",
  example: "{ RATE: 200 }",
})
  .optional()
  .describe("environment variables of the program");

const simulated = explained(z.record(z.string().min(1), text), {
  what: "a map of workloads to curves",
  example: "{ worker: 2000@0s }",
})
  .optional()
  .describe(
    "what `ownsignal plan -f` simulates in its place: by WORKLOAD, or WORKLOAD.METRIC where it scales on several, a curve as of `--load`; docs/how-to/planner.md",
  );

const timeout = duration.optional().describe("after which it is stopped and counts as broken; default 10m");

export const deliveredIterations = explained(
  z.strictObject({ iterations: positiveCount.describe("iterations that k6 must have completed") }),
  { what: "what a k6 load must deliver", example: "{ iterations: 12000 }" },
).describe("when the load was delivered as declared");

export function deliveredCount(where: string) {
  return explained(z.strictObject({ count: positiveCount.describe(`N of the last line "delivered N" of ${where}`) }), {
    what: "what the load must deliver",
    example: "{ count: 2000 }",
  }).describe("when the load was delivered as declared");
}

/** One kind of load each. */
export const k6Load = z.strictObject({
  k6: file.describe("a k6 script, relative to this file"),
  environment,
  delivered: deliveredIterations,
  timeout,
  simulated,
});

export const commandLoad = z.strictObject({
  command: command.describe("a program and its arguments, run in this file's folder"),
  environment,
  delivered: deliveredCount("standard output"),
  timeout,
  simulated,
});

export const jobLoad = z.strictObject({
  job: file.describe(
    "the manifest of a Kubernetes Job, relative to this file; created under a generated name and deleted afterwards",
  ),
  delivered: deliveredCount("its pod's log"),
  timeout,
  simulated,
});

export const noLoad = z.strictObject({ none: duration.describe("how long to wait; nothing is sent"), simulated });

export const load = explained(z.union([k6Load, commandLoad, jobLoad, noLoad]), {
  what: "a load",
  example: "{ k6: load.js, delivered: { iterations: 12000 } }",
  exactlyOne: ["k6", "command", "job", "none"],
});
