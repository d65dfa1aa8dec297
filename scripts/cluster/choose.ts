import { succeeds } from "../process/command.ts";
import { CliError } from "../process/cliError.ts";
import { embedded } from "./embedded/embedded.ts";
import { existing } from "./existing.ts";
import { kind } from "./kind/kind.ts";
import type { ClusterProvider } from "./provider.ts";

const PROVIDERS: Readonly<Record<string, ClusterProvider>> = { embedded, existing, kind };

/**
 * The provider named by `CLUSTER=`, or the first that fits this machine: kind where Docker answers, else the embedded cluster. The cluster of a person's own kubectl context is never
 * chosen silently.
 * @throws {CliError} when the name is unknown.
 */
export async function chooseProvider(): Promise<ClusterProvider> {
  const named = process.env.CLUSTER ?? "";
  if (named !== "") {
    const provider = PROVIDERS[named];
    if (provider === undefined) {
      throw new CliError(
        `CLUSTER=${named} is not known`,
        `CLUSTER can be ${Object.keys(PROVIDERS).join(" or ")}, or unset`,
      );
    }
    return provider;
  }
  if (await succeeds("docker", ["info"])) return kind;
  return embedded;
}
