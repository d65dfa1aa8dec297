import { attachToContext } from "../cluster/context.ts";
import type { ReachedCluster } from "../cluster/provider.ts";
import { CHECKOUT } from "./checkout.ts";

/**
 * The cluster of a kubectl context. Without one: in a clone the cluster that `CLUSTER` names or that is up, else that of the current context.
 * @throws {CliError} when there is no such context, or the cluster does not answer.
 */
export async function reachCluster(context: string | undefined): Promise<ReachedCluster> {
  return context === undefined && CHECKOUT !== undefined ? CHECKOUT.attach() : attachToContext(context);
}
