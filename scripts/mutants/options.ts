import { parseArgs } from "node:util";
import type { Mutant } from "./catalogue.ts";
import { CliError } from "../process/cliError.ts";
import { messageOf } from "../../src/shared/messageOf.ts";

export const HELP = `Deploys each broken set-up of the catalogue in the place of kustomize/overlays/dev and hears whether the one who has to object does, and
names the cause. The system is put back after each. Wants a cluster on which ./scripts/prove has run.

  npm run test:mutants                          the whole catalogue
  npm run test:mutants -- --list                what is in it, and who has to object; touches nothing
  npm run test:mutants -- --only wrong-queue    one of them, or several: --only a --only b
  npm run test:mutants -- --no-cluster          only what can be heard without a cluster

Exit code 0: all were caught; 1: one got away; 2: not all could be judged.
`;

export interface MutantsRequest {
  kind: "run" | "list" | "help";
  mutants: readonly Mutant[];
  /** Whether objections that take a cluster are heard. */
  cluster: boolean;
}

/** @throws {CliError} for an option or a name that there is not. */
export function parseMutantsRequest(args: readonly string[], catalogue: readonly Mutant[]): MutantsRequest {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        only: { type: "string", multiple: true },
        list: { type: "boolean" },
        help: { type: "boolean", short: "h" },
        "no-cluster": { type: "boolean" },
      },
    }));
  } catch (error) {
    throw new CliError(messageOf(error), "npm run test:mutants -- --help", { cause: error });
  }
  const names = values.only ?? catalogue.map(({ name }) => name);
  const unknown = names.filter((name) => !catalogue.some((mutant) => mutant.name === name));
  if (unknown.length > 0) {
    throw new CliError(
      `the catalogue has no ${unknown.join(", ")}`,
      `it has ${catalogue.map(({ name }) => name).join(", ")}`,
    );
  }
  return {
    kind: values.help === true ? "help" : values.list === true ? "list" : "run",
    mutants: catalogue.filter(({ name }) => names.includes(name)),
    cluster: values["no-cluster"] !== true,
  };
}
