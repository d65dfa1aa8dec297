import { DEV_NAMESPACE } from "../process/paths.ts";
import { runWatch } from "../watch/command.ts";
import { CHECKOUT } from "./checkout.ts";
import { reachCluster } from "./reach.ts";

/** `ownsignal watch`, and `npm run watch` in a clone. */
export function runWatchSubcommand(args: readonly string[], command = "ownsignal watch"): Promise<number> {
  return runWatch(args, {
    command,
    reach: reachCluster,
    defaultNamespace: CHECKOUT === undefined ? "default" : DEV_NAMESPACE,
  });
}
