import { randomInt } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Scaler } from "../../loadtest/planner/plannedWorkload.ts";
import { openOrdersTarget } from "../../loadtest/targets/orders/ordersTarget.ts";
import { ordersProof, ordersScenarios } from "../../loadtest/targets/orders/ordersProof.ts";
import { ordersPart } from "../../loadtest/targets/orders/permissions.ts";
import { runProof } from "../../loadtest/engine/runProof.ts";
import type { Report } from "../../loadtest/model/report.ts";
import type { ScenarioReport } from "../../loadtest/model/scenarioReport.ts";
import { readTarget } from "../../loadtest/preflight/target.ts";
import { SYNC_MILLIS } from "../../loadtest/simulator/hpaLoop.ts";
import type { Cluster } from "../cluster/provider.ts";
import { apply, type Rendered } from "../mutants/variant.ts";
import { DEV_NAMESPACE, ROOT } from "../process/paths.ts";
import { say } from "../process/progress.ts";
import { proofClusterOn } from "../proof/proofCluster.ts";
import { rolledOut } from "../setup/rolledOut.ts";
import { toolset } from "../toolsets/toolsets.ts";
import { ORDERS } from "./configurations.ts";
import { WORKLOAD } from "./recording.ts";

/** Full reports; what is kept of them is much less. */
const OUT = join(ROOT, "out/accuracy");

/** Puts a configuration in the place of what is deployed. */
export async function deployObjects(cluster: Cluster, objects: readonly Rendered[]): Promise<void> {
  await apply(cluster, objects);
  for (const { kind, metadata } of objects) {
    if (kind === "Deployment") await rolledOut(cluster, DEV_NAMESPACE, `deployment/${metadata?.name ?? ""}`);
  }
}

/**
 * Waits by chance, so that the load meets polls and syncs at any moment of their periods: the deployment began them anew.
 * @returns for how long, in seconds.
 */
export async function waitByChance(scaler: Scaler): Promise<number> {
  const pollMillis = scaler.kind === "scaled-object" ? scaler.spec.pollingSeconds * 1000 : 0;
  const millis = randomInt(0, Math.max(pollMillis, SYNC_MILLIS));
  await sleep(millis);
  return millis / 1000;
}

/** Sends the load of queue-backlog and records it until the worker is idle again. */
export async function proveRun(cluster: Cluster, name: string): Promise<Report> {
  const { kubeConfig, namespace, reach, journal } = proofClusterOn(cluster, DEV_NAMESPACE);
  const k6Path = (await toolset("k6")).binary("k6");
  const load = { namespace, profile: "smoke", scenarios: ["queue-backlog"], sizes: { backlogOrders: ORDERS } } as const;
  const proof = ordersProof({
    ...{ ...load, kubeConfig, reach, k6Path, journal, seed: 1 },
    outDir: join(OUT, name),
    target: await readTarget(kubeConfig, namespace, { k6Path, checkout: ROOT, partOf: ordersPart }),
    command: "npm run measure:planner",
    log: (line) => {
      say(`    ${line}`);
    },
  });
  const system = { kubeConfig, k6Path, namespace, reach, scenarios: ordersScenarios(load) };
  return runProof({
    ...proof,
    openTarget: async (surroundings) => {
      const target = await openOrdersTarget(system, surroundings);
      // Its ScaledObject says how many replicas it idles at, not the orders system.
      const workloads = target.workloads.map((one) => (one.name === WORKLOAD ? { ...one, idleReplicas: null } : one));
      return { ...target, workloads };
    },
  });
}

/** Why a run shows nothing; undefined where it can be held against its forecast. */
export function whyVoid(scenario: ScenarioReport | undefined, scaler: Scaler): string | undefined {
  if (scenario?.loadStartedAt == null || scenario.loadEndedAt === null) return "its load did not begin and end";
  // A load that was not sent as declared, or replicas that could not be read for seconds.
  if (scenario.assertions.some(({ status }) => status === "inconclusive")) return "its proof is inconclusive";
  const measured = scenario.timings.find(({ id, workload }) => id === "idle" && workload === WORKLOAD);
  if (measured?.measuredSeconds == null) return "it was not seen idle again";
  const live = scenario.autoscalingConfig?.workloads[WORKLOAD];
  if (scaler.kind !== "scaled-object" || live?.keda == null) return "no ScaledObject was seen";
  const { pollingSeconds, cooldownSeconds, minReplicas, maxReplicas } = scaler.spec;
  const isDeployed =
    live.keda.pollingIntervalSeconds === pollingSeconds &&
    live.keda.cooldownSeconds === cooldownSeconds &&
    live.minReplicas === minReplicas &&
    live.maxReplicas === maxReplicas;
  return isDeployed ? undefined : "another configuration was deployed";
}
