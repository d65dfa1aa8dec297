import { succeeds } from "../command.ts";
import { Problem } from "../problem.ts";
import { embedded } from "./embedded/embedded.ts";
import { existing } from "./existing.ts";
import type { ClusterProvider } from "./provider.ts";

const PROVIDERS: Readonly<Record<string, ClusterProvider>> = { embedded, existing };

/**
 * The provider named by `CLUSTER=`, or the first that fits this machine. The cluster of a person's own kubectl context is never
 * chosen silently.
 * @throws {Problem} when none fits, or the name is unknown.
 */
export async function chooseProvider(named: string | undefined = process.env.CLUSTER): Promise<ClusterProvider> {
  if (named !== undefined && named !== "") {
    const provider = PROVIDERS[named];
    if (provider === undefined) {
      throw new Problem(
        `CLUSTER=${named} is not known`,
        `CLUSTER can be ${Object.keys(PROVIDERS).join(" or ")}, or unset`,
      );
    }
    return provider;
  }
  if (await succeeds("docker", ["info"])) {
    throw new Problem(
      "Docker answers here, and a cluster in Docker (kind) is not supported yet",
      "CLUSTER=embedded (Linux, root) or CLUSTER=existing (your kubectl context)",
    );
  }
  return embedded;
}
