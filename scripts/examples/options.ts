import { parseArgs } from "node:util";
import { formatCount } from "../../loadtest/report/format.ts";
import { CliError } from "../process/cliError.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { GATE } from "./catalogue.ts";

export const HELP = `Deploys each workload of examples/, proves its autoscaling.yaml, and deletes it again; then the same with its broken variant, whose proof
has to FAIL with the cause that it names. Needs a cluster that ./scripts/up has brought up.

  npm run test:examples                            all of them
  npm run test:examples -- --only redis-list       one of them, or several: --only a --only b
  npm run test:examples -- --repeats 20            each so many times
  npm run test:examples -- --gate                  ${GATE.join(" and ")} only
  npm run test:examples:table                      writes the table of docs/reference/examples.md from the results; runs nothing

A line for each run goes to out/examples/results.jsonl. What has a line for the same example and the same proof is not run again: interrupted, the same
command goes on where it was.

Exit code 0: every verdict was the expected one; 1: one was not; 2: not all could be run.
`;

export type ExamplesRequest =
  { kind: "help" } | { kind: "table" } | { kind: "run"; names: readonly string[]; repeats: number };

const MOST_REPEATS = 100;

/**
 * @param known the names of all examples.
 * @throws {CliError} for an option, a name or a number that cannot be.
 */
export function parseExamplesRequest(args: readonly string[], known: readonly string[]): ExamplesRequest {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        only: { type: "string", multiple: true },
        repeats: { type: "string", default: "1" },
        gate: { type: "boolean", default: false },
        table: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }));
  } catch (error) {
    throw new CliError(messageOf(error), "npm run test:examples -- --help", { cause: error });
  }
  if (values.help) return { kind: "help" };
  if (values.table) return { kind: "table" };
  if (values.gate && values.only !== undefined) {
    throw new CliError("--gate and --only both say which examples are run", "give one of them");
  }
  const names = values.gate ? GATE : (values.only ?? known);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new CliError(`there is no example ${unknown.join(", ")}`, `there are ${known.join(", ")}`);
  }
  const repeats = Number(values.repeats);
  if (!Number.isInteger(repeats) || repeats < 1 || repeats > MOST_REPEATS) {
    throw new CliError(
      `--repeats ${values.repeats} is no number of repeats`,
      `give a whole number from 1 to ${formatCount(MOST_REPEATS, "repeat")}`,
    );
  }
  return { kind: "run", names: known.filter((name) => names.includes(name)), repeats };
}
