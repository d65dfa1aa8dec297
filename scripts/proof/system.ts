import type { Cluster, Deployable } from "../cluster/provider.ts";
import { diagnose, diagnoseSettled } from "../diagnosis/diagnose.ts";
import { hasErrors } from "../diagnosis/finding.ts";
import { formatFinding, whatIn } from "../diagnosis/texts.ts";
import { overlays } from "../../loadtest/targets/orders/overlays.ts";
import { CliError } from "../process/cliError.ts";
import { DEV_NAMESPACE } from "../process/paths.ts";
import { say, step } from "../process/progress.ts";
import { prepare } from "../setup/prepare.ts";
import { deploy } from "../setup/rollout.ts";
import { isDeployedHere, type NamedSystem } from "./named.ts";
import { namedProofCluster, proofClusterOn, type ProofCluster } from "./proofCluster.ts";

/** For how long an error after a deployment may pass by itself: KEDA asks the bus every few seconds. */
const SETTLING_MS = 90_000;

/** The deployed system that a proof is about. */
export interface ProofSystem {
  cluster: ProofCluster;
  /** What to tell a person at the end. */
  closing: string[];
  /** Where it was deployed from here. */
  deployed?: { cluster: Cluster; deployable: Deployable };
}

/** What is deployed already, as the person named it; else a cluster with the dev overlay on it. */
export async function proofSystem(named: NamedSystem): Promise<ProofSystem> {
  if (isDeployedHere(named)) return deployDevelopment();
  const cluster = await namedProofCluster(named, overlays[named.overlay].namespace);
  const context = cluster.kubeConfig.getCurrentContext();
  say(`==> proving what is deployed in namespace ${cluster.namespace}, context ${context}`);
  return { cluster, closing: [] };
}

/** @throws {CliError} when the doctor finds an error in what was deployed. */
async function deployDevelopment(): Promise<ProofSystem> {
  const { cluster, deployable } = await prepare();
  await step("deploying kustomize/overlays/dev", () => deploy(cluster, deployable));
  const findings = await step("diagnosing the setup", () =>
    diagnoseSettled(() => diagnose(cluster, deployable.overlay), SETTLING_MS),
  );
  for (const finding of findings) say(`    ${formatFinding(finding)}`);
  if (hasErrors(findings)) {
    throw new CliError(
      `no load was run, since the setup has errors: ${findings
        .filter(({ accepted }) => accepted === undefined)
        .map(whatIn)
        .join("; ")}`,
      "fix them, then run the same command again",
    );
  }
  return {
    cluster: proofClusterOn(cluster, DEV_NAMESPACE),
    deployed: { cluster, deployable },
    closing: [`${cluster.takeDown} To look around: ${cluster.shellLine}`],
  };
}
