import { parseArgs } from "node:util";
import type { Mutant } from "./catalogue.ts";
import { CliError } from "../process/cliError.ts";
import { messageOf } from "../../src/shared/messageOf.ts";

export const HELP = `Deploys each broken configuration of the catalogue in the place of kustomize/overlays/dev and checks that its detectors report it with
the cause. The baseline is restored after each. Needs a cluster on which ./scripts/prove has run.

  npm run test:mutants                          the whole catalogue
  npm run test:mutants -- --list                what is in it, and what has to detect it; changes nothing
  npm run test:mutants -- --only wrong-queue    one of them, or several: --only a --only b
  npm run test:mutants -- --no-cluster          only what is detected without a cluster
  npm run test:mutants -- --again               what an earlier call has decided, too

Interrupted, the same command goes on where it was, as long as nothing that a mutant depends on has changed.
Exit code 0: all were detected; 1: one survived; 2: not all could be tried.
`;

export interface MutantsRequest {
  kind: "run" | "list" | "help";
  mutants: readonly Mutant[];
  /** Whether detections that take a cluster are tried. */
  cluster: boolean;
  /** Whether what an earlier call has decided is tried again. */
  again: boolean;
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
        again: { type: "boolean" },
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
    again: values.again === true,
  };
}
