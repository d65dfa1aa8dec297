import { parseArgs } from "node:util";
import { loadScenarioNames } from "../../loadtest/targets/orders/scenarios/names.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { suggest } from "../../src/shared/suggest.ts";
import { CliError } from "../process/cliError.ts";

type LoadScenarioName = (typeof loadScenarioNames)[number];

const REPEATS = 20;
const MOST_REPEATS = 100;

export const HELP = `Proves scenarios of the orders system again and again, each time beside a process that never rests, which the run starts and ends: of a
sound system no proof may say FAIL, whatever the machine does besides. Needs a cluster on which ./scripts/prove has run.

  ./scripts/run series                                       queue-backlog and api-cpu, ${REPEATS} times each, by turns
  ./scripts/run series --scenario api-cpu                    one of them, or several: --scenario a --scenario b
  ./scripts/run series --scenario api-cpu --repeats 5        so many times

A line for each proof goes to out/series/results.jsonl. What has a line for the same version of everything is not run again: interrupted, the same command
goes on where it was.

Exit code 0: of each scenario nine in ten PASS, and none FAILs; 1: one FAILs; 2: fewer PASS, or not all could be run.
`;

export interface SeriesRequest {
  kind: "run" | "help";
  scenarios: readonly LoadScenarioName[];
  repeats: number;
}

/** @throws {CliError} for an option, a name or a number that cannot be. */
export function parseSeriesRequest(args: readonly string[]): SeriesRequest {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        scenario: { type: "string", multiple: true, default: ["queue-backlog", "api-cpu"] },
        repeats: { type: "string", default: String(REPEATS) },
        help: { type: "boolean", short: "h", default: false },
      },
    }));
  } catch (error) {
    throw new CliError(messageOf(error), "./scripts/run series --help", { cause: error });
  }
  const repeats = Number(values.repeats);
  if (!Number.isInteger(repeats) || repeats < 1 || repeats > MOST_REPEATS) {
    throw new CliError(
      `--repeats ${values.repeats} is no number of repeats`,
      `give a whole number from 1 to ${MOST_REPEATS}`,
    );
  }
  return { kind: values.help ? "help" : "run", scenarios: [...new Set(values.scenario.map(scenarioNamed))], repeats };
}

function scenarioNamed(given: string): LoadScenarioName {
  const name = loadScenarioNames.find((one) => one === given);
  if (name !== undefined) return name;
  const near = suggest(given, loadScenarioNames);
  throw new CliError(
    `there is no scenario ${JSON.stringify(given)}`,
    near === undefined ? `there are ${loadScenarioNames.join(", ")}` : `did you mean ${near}?`,
  );
}
