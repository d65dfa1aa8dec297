import { parseArgs } from "node:util";
import { messageOf } from "../../src/shared/messageOf.ts";
import { CliError } from "../process/cliError.ts";
import { CONFIGURATIONS } from "./configurations.ts";
import { MOST_REPEATS, type Share } from "./runs.ts";

export const HELP = `Measures how well the planner forecasts: for each run the forecast is written down first, then the load is sent to a real cluster.
Needs a cluster on which ./scripts/prove has run.

  npm run measure:planner                        8 configurations, 5 runs of each
  npm run measure:planner -- --only dev          one of them, or several: --only a --only b
  npm run measure:planner -- --repeats 10        each so many times
  npm run measure:planner -- --share 1/2         every second run, where two clusters measure side by side: --share 2/2 on the other
  npm run measure:planner -- --list              the configurations; measures nothing
  npm run measure:planner -- --recommendations   4 recommendations, 5 pairs of each: the current settings and the recommended ones by turns
  npm run measure:planner:table                  writes the tables of docs/how-to/planner.md from the recorded runs; measures nothing

Forecasts go to test/accuracy/events.jsonl, recordings to test/accuracy/recordings. What is recorded is not run again: interrupted, the same command goes
on where it was.

Exit code 0: all are recorded; 2: not all could be.
`;

export type AccuracyRequest =
  | { kind: "help" }
  | { kind: "list" }
  | { kind: "table" }
  | { kind: "pairs"; repeats: number; share: Share }
  | { kind: "run"; names: readonly string[]; repeats: number; share: Share };

const REPEATS = 5;

/** @throws {CliError} for an option, a name or a number that cannot be. */
export function parseAccuracyRequest(args: readonly string[]): AccuracyRequest {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        only: { type: "string", multiple: true },
        repeats: { type: "string" },
        share: { type: "string" },
        recommendations: { type: "boolean" },
        list: { type: "boolean" },
        table: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }));
  } catch (error) {
    throw new CliError(messageOf(error), "npm run measure:planner -- --help", { cause: error });
  }
  if (values.help === true) return { kind: "help" };
  if (values.list === true) return { kind: "list" };
  if (values.table === true) return { kind: "table" };
  const [repeats, share] = [repeatsValue(values.repeats), shareValue(values.share)];
  if (values.recommendations === true) {
    if (values.only === undefined) return { kind: "pairs", repeats, share };
    throw new CliError("--only is for forecasts, and not for recommendations", "leave out one or the other");
  }
  const known = CONFIGURATIONS.map(({ name }) => name);
  const names = values.only ?? known;
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new CliError(`there is no configuration ${unknown.join(", ")}`, `there are ${known.join(", ")}`);
  }
  return { kind: "run", names, repeats, share };
}

function repeatsValue(text: string | undefined): number {
  const repeats = text === undefined ? REPEATS : Number(text);
  if (Number.isInteger(repeats) && repeats >= 1 && repeats <= MOST_REPEATS) return repeats;
  throw new CliError(
    `--repeats ${text ?? ""} is no number of repeats`,
    `give a whole number from 1 to ${MOST_REPEATS}`,
  );
}

function shareValue(text = "1/1"): Share {
  const [, index, of] = /^([1-9])\/([1-9])$/.exec(text) ?? [];
  const share = { index: Number(index), of: Number(of) };
  if (share.index <= share.of) return share;
  throw new CliError(`--share ${text} cannot be`, "give the number of the cluster and of all: --share 1/2");
}
