import {
  EXTERNAL_METRICS,
  formatInstallation,
  RESOURCE_METRICS,
  type Installation,
  type Keda,
} from "../../../loadtest/observe/controllers.ts";
import type { Cluster } from "../../cluster/provider.ts";
import { CliError } from "../../process/cliError.ts";
import { say } from "../../process/progress.ts";
import { READY_TIMEOUT_SECONDS } from "../rolledOut.ts";
import { kubeConfigOf } from "../../cluster/kubeConfig.ts";
import type { FoundControllers } from "./discover.ts";
import { admissionAnswers, installKeda, installMetricsServer } from "./install.ts";
import { readAuthoritySources } from "./readTrust.ts";
import { distrustText, trustOf, type ReadSource } from "./trust.ts";

/**
 * Installs KEDA and metrics-server where they are missing, brings this project's own to the declared state, uses everybody else's as
 * it is, and waits until both answer.
 * @param authority PEM of the certificate authority that KEDA must trust to reach the bus.
 * @throws {CliError} where somebody's KEDA does not trust it, with what its owner has to change.
 */
export async function ensureControllers(
  cluster: Cluster,
  found: FoundControllers,
  authority: string,
  readSources: (keda: Keda) => Promise<readonly ReadSource[]> = (keda) =>
    readAuthoritySources(kubeConfigOf(cluster), keda),
): Promise<void> {
  const { keda, metricsServer, absent } = found;
  if (isForeign(keda)) sayInUse("KEDA", keda);
  else await installKeda(cluster, authority, absent.keda);
  if (isForeign(metricsServer)) sayInUse("metrics-server", metricsServer);
  else await installMetricsServer(cluster, absent.metricsServer);
  for (const apiService of [RESOURCE_METRICS, EXTERNAL_METRICS]) {
    await cluster.kubectl([
      ...["wait", "--for=condition=Available", `apiservice/${apiService}`],
      `--timeout=${READY_TIMEOUT_SECONDS}s`,
    ]);
  }
  await admissionAnswers(cluster);
  if (isForeign(keda)) {
    const distrust = distrustText(keda, trustOf(keda, await readSources(keda), authority));
    if (distrust !== undefined) {
      throw new CliError(distrust.what, `its owner has to: ${distrust.fix}; then run the same command again`);
    }
  }
}

function isForeign<T extends Installation>(found: T | undefined): found is T {
  return found !== undefined && found.origin !== "ownsignal";
}

function sayInUse(title: string, installation: Installation): void {
  say(`    ${title} ${formatInstallation(installation)} is used as it is`);
}
