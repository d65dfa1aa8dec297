import type { Kubectl } from "../diagnosis/rendered.ts";
import { CliError } from "../process/cliError.ts";
import { run, succeeds } from "../process/command.ts";
import { CHECKOUT } from "./checkout.ts";

/**
 * What renders an overlay without a cluster: the kustomize that `KUSTOMIZE` names, kubectl or kustomize from PATH, in a clone the pinned one.
 * @throws {CliError} where there is none.
 */
export async function findRenderer(): Promise<Kubectl> {
  const named = process.env.KUSTOMIZE ?? "";
  if (named !== "") return building(named);
  if (await succeeds("kubectl", ["version", "--client"])) return (args) => run("kubectl", args);
  if (await succeeds("kustomize", ["version"])) return building("kustomize");
  if (CHECKOUT !== undefined) return building(await CHECKOUT.kustomize());
  throw new CliError(
    "neither kubectl nor kustomize can be run, which render the overlay",
    "install one of them and put it on PATH, or let KUSTOMIZE name a kustomize",
  );
}

/** `kubectl kustomize` is `kustomize build`. */
function building(kustomize: string): Kubectl {
  return ([, ...folders]) => run(kustomize, ["build", ...folders]);
}
