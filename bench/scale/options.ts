import { parseArgs } from "node:util";
import { messageOf } from "../../src/shared/messageOf.ts";
import { CliError } from "../../scripts/process/cliError.ts";
import { OBJECTS } from "./results.ts";

export const HELP = `Measures what 1, 10, 30 and 100 ScaledObjects like the worker's cost on the embedded cluster, with KEDA's default settings and with those that
docs/reference/scale.md recommends, and writes its table. Needs ./scripts/up and kustomize/overlays/dev deployed; on two cores it has to be the only thing that runs.

  npm run bench:scale                                 ${OBJECTS.length * 2} measurements of about 4 min each
  npm run bench:scale -- --objects 1 --objects 10     some of ${OBJECTS.join(", ")}
  npm run bench:scale -- --table                      prints the table of what was measured so far; measures nothing

It makes queues on the dev bus and a namespace scale-bench, changes KEDA's operator, and takes all of it back; an interrupted run leaves them to the next. A line for each measurement goes to
out/bench-scale/results.jsonl. What has a line for the same version is not measured again: interrupted, the same command goes on where it was.

Exit code 0: all is measured; 2: not all could be.
`;

export interface ScaleRequest {
  readonly kind: "run" | "table" | "help";
  readonly objects: readonly number[];
}

/** @throws {CliError} for an option or a number that cannot be. */
export function parseScaleRequest(args: readonly string[]): ScaleRequest {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        objects: { type: "string", multiple: true, default: OBJECTS.map(String) },
        table: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }));
  } catch (error) {
    throw new CliError(messageOf(error), "npm run bench:scale -- --help", { cause: error });
  }
  const unknown = values.objects.find((text) => !OBJECTS.map(String).includes(text));
  if (unknown !== undefined) {
    throw new CliError(`--objects ${unknown} is not measured`, `there are ${OBJECTS.join(", ")}`);
  }
  return {
    kind: values.help ? "help" : values.table ? "table" : "run",
    objects: OBJECTS.filter((count) => values.objects.includes(String(count))),
  };
}
