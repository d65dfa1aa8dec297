import { parseArgs } from "node:util";
import { messageOf } from "../../src/shared/messageOf.ts";
import { CliError } from "../../scripts/process/cliError.ts";

const STAGES = ["drain", "proof"] as const;
export type Stage = (typeof STAGES)[number];

const DRAINS = 3;
const PROOFS = 10;
/** Redis keeps each order for a day, and has room for so many. */
const MOST_DRAINS = 5;
const MOST_PROOFS = 100;

export const HELP = `Measures the autoscalers and the proof on a cluster on which ./scripts/prove has run and the overlay dev is deployed, and writes the section of
docs/reference/benchmarks.md. On two cores it has to be the only thing that runs.

  npm run bench:cluster                     drains by 1, 2, 4 and 8 workers, ${DRAINS} of each, and ${PROOFS} smoke proofs: about 1 h 45 min
  npm run bench:cluster -- --only drain     one of the two: drain, proof
  npm run bench:cluster -- --drains 5       so many of each drain, at most ${MOST_DRAINS}
  npm run bench:cluster -- --proofs 20      so many proofs, at most ${MOST_PROOFS}
  npm run bench:cluster -- --table          prints the table of what was measured so far; measures nothing

A line for each measurement goes to out/bench-cluster/results.jsonl. What has a line for the same version of all that it depends on is not measured again: interrupted,
the same command goes on where it was. The page is written when all that was asked for is measured, with both stages and the default counts or more.

Exit code 0: all is measured; 2: not all could be.
`;

export interface ClusterBenchRequest {
  readonly kind: "run" | "table" | "help";
  readonly stages: readonly Stage[];
  readonly drains: number;
  readonly proofs: number;
}

/** @throws {CliError} for an option or a value that cannot be. */
export function parseClusterBenchRequest(args: readonly string[]): ClusterBenchRequest {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        only: { type: "string" },
        drains: { type: "string", default: String(DRAINS) },
        proofs: { type: "string", default: String(PROOFS) },
        table: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }));
  } catch (error) {
    throw new CliError(messageOf(error), "npm run bench:cluster -- --help", { cause: error });
  }
  const { only } = values;
  const stages = STAGES.filter((stage) => only === undefined || stage === only);
  if (stages.length === 0)
    throw new CliError(`--only ${only ?? ""} is nothing to measure`, `name ${STAGES.join(" or ")}`);
  return {
    kind: values.help ? "help" : values.table ? "table" : "run",
    stages,
    drains: count("--drains", values.drains, MOST_DRAINS),
    proofs: count("--proofs", values.proofs, MOST_PROOFS),
  };
}

/** Whether it measures all that the page shows. */
export function isWhole({ stages, drains, proofs }: ClusterBenchRequest): boolean {
  return stages.length === STAGES.length && drains >= DRAINS && proofs >= PROOFS;
}

function count(option: string, text: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new CliError(`${option} ${text} cannot be`, `give a whole number from 1 to ${most}`);
}
