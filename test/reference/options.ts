import { parseArgs } from "node:util";
import { CliError } from "../../scripts/process/cliError.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { type Suite, SUITES } from "../support/simulator/suites.ts";

export const HELP = `Compares the simulator with the unmodified HPA controller of Kubernetes and scale loop of KEDA, which run in virtual time.
Builds the Go programs first where they are not built.

  npm run test:reference                            all suites in full, on fresh random cases
  npm run test:reference -- --suite external        one of ${SUITES.map(({ id }) => id).join(", ")}
  npm run test:reference -- --cases 300 --seed 7    so many cases of each suite, those of a run before
  npm run test:reference -- --record                writes the traces that the unit tests replay

Exit code 0: no mismatch; 1: at least one.
`;

export interface ReferenceRequest {
  readonly kind: "help" | "compare" | "record";
  readonly suites: readonly Suite[];
  /** Of each suite; null for as many as the suite says. */
  readonly cases: number | null;
  /** The first case's seed; null for one that was not used before. */
  readonly seed: number | null;
}

/** @throws {CliError} for an option, a suite or a number that cannot be. */
export function parseReferenceRequest(args: readonly string[]): ReferenceRequest {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        suite: { type: "string", multiple: true },
        cases: { type: "string" },
        seed: { type: "string" },
        record: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }));
  } catch (error) {
    throw new CliError(messageOf(error), "npm run test:reference -- --help", { cause: error });
  }
  const ids = values.suite ?? SUITES.map(({ id }) => id);
  const unknown = ids.filter((id) => !SUITES.some((suite) => suite.id === id));
  if (unknown.length > 0) {
    throw new CliError(`there is no suite ${unknown.join(", ")}`, `there are ${SUITES.map(({ id }) => id).join(", ")}`);
  }
  return {
    kind: values.help === true ? "help" : values.record === true ? "record" : "compare",
    suites: SUITES.filter(({ id }) => ids.includes(id)),
    cases: positive("--cases", values.cases),
    seed: positive("--seed", values.seed),
  };
}

function positive(option: string, value: string | undefined): number | null {
  if (value === undefined) return null;
  if (!/^[1-9]\d{0,8}$/.test(value)) {
    throw new CliError(`${option} ${value} is no positive integer below 10^9`, `${option} 300`);
  }
  return Number(value);
}
