import { ordersWorkloads } from "../../loadtest/targets/orders/workloads.ts";
import type { Cluster, Deployable } from "../cluster/provider.ts";
import { diagnose, diagnoseSettled } from "../diagnosis/diagnose.ts";
import { type Finding, hasErrors, isOpenError } from "../diagnosis/finding.ts";
import { findingsAbout } from "../diagnosis/proofFindings.ts";
import { formatFinding, whatIn } from "../diagnosis/texts.ts";
import { overlays } from "../../loadtest/targets/orders/overlays.ts";
import { restoreLeft } from "../faults/restoreLeft.ts";
import { CliError } from "../process/cliError.ts";
import { DEV_NAMESPACE } from "../process/paths.ts";
import { say, step } from "../process/progress.ts";
import { prepare } from "../setup/prepare.ts";
import { deploy } from "../setup/rollout.ts";
import { isDeployedHere, type NamedSystem } from "./named.ts";
import { namedProofCluster, proofClusterOn, type ProofCluster } from "./proofCluster.ts";

/** For how long an error of what was deployed before may pass by itself: two of KEDA's polls. */
const PASSING_MS = 30_000;
/** For how long an error after a deployment may pass by itself: KEDA asks the bus every few seconds. */
const SETTLING_MS = 90_000;

/** The deployed system that a proof is about. */
export interface ProofSystem {
  cluster: ProofCluster;
  /** What to tell a person at the end. */
  closing: string[];
  /** Where it was deployed from here. */
  deployed?: { cluster: Cluster; deployable: Deployable };
  /** Where the doctor has not been asked yet. */
  diagnose?: () => Promise<Finding[]>;
}

/** How a system is looked at before its proof. */
interface Looking {
  ignoreFindings: boolean;
  /** Takes what the doctor has found so far. */
  found: (findings: readonly Finding[]) => void;
}

/** What is deployed already, as the person named it; else a cluster with the dev overlay on it. */
export async function proofSystem(named: NamedSystem, looking: Looking): Promise<ProofSystem> {
  if (isDeployedHere(named)) return deployDevelopment(looking);
  const cluster = await namedProofCluster(named, overlays[named.overlay].namespace);
  await restoreLeft(cluster);
  const context = cluster.kubeConfig.getCurrentContext();
  say(`==> proving what is deployed in namespace ${cluster.namespace}, context ${context}`);
  const { kubeConfig, namespace, reach } = cluster;
  const ask = (): Promise<Finding[]> =>
    findingsAbout(ordersWorkloads(namespace), kubeConfig, (_, service, port) => reach(service, port));
  return { cluster, closing: [], diagnose: () => diagnoseSettled(() => telling(ask(), looking.found), PASSING_MS) };
}

async function telling(asked: Promise<Finding[]>, found: Looking["found"]): Promise<Finding[]> {
  const findings = await asked;
  found(findings);
  return findings;
}

/** @throws {CliError} when the doctor finds an error in what was deployed. */
async function deployDevelopment({ ignoreFindings, found }: Looking): Promise<ProofSystem> {
  const { cluster, deployable } = await prepare();
  await step("deploying kustomize/overlays/dev", () => deploy(cluster, deployable));
  const findings = await step("diagnosing the setup", () =>
    diagnoseSettled(() => telling(diagnose(cluster, deployable.overlay), found), SETTLING_MS),
  );
  for (const finding of findings) say(`    ${formatFinding(finding)}`);
  if (hasErrors(findings) && !ignoreFindings) {
    throw new CliError(
      `no load was run, since the setup has errors: ${findings.filter(isOpenError).map(whatIn).join("; ")}`,
      "fix them, then run the same command again; --ignore-findings runs it all the same",
    );
  }
  return {
    cluster: proofClusterOn(cluster, DEV_NAMESPACE),
    deployed: { cluster, deployable },
    closing: [`${cluster.takeDown} To look around: ${cluster.shellLine}`],
  };
}
