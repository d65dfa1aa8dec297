import type { ProofOptions } from "../../loadtest/engine/proofOptions.ts";
import { NEEDS_NODE } from "../../loadtest/engine/nodeFault.ts";
import type { Report } from "../../loadtest/model/report.ts";
import { openOrdersTarget, QUEUE_NAME } from "../../loadtest/targets/orders/ordersTarget.ts";
import { ordersScenarios } from "../../loadtest/targets/orders/ordersProof.ts";
import { environmentFindings } from "../../loadtest/targets/orders/environmentFindings.ts";
import { neededObjects, overlays } from "../../loadtest/targets/orders/overlays.ts";
import { ordersPart, ordersPermissions } from "../../loadtest/targets/orders/permissions.ts";
import { expectedSeconds } from "../../loadtest/targets/orders/catalogue.ts";
import { ordersWorkloads } from "../../loadtest/targets/orders/workloads.ts";
import type { Sizes } from "../../loadtest/k6/lib/profiles.ts";
import { CliError } from "../process/cliError.ts";
import { ROOT } from "../process/paths.ts";
import { say } from "../process/progress.ts";
import { k6Program } from "../toolsets/onPath.ts";
import { versionOf } from "../toolsets/toolsets.ts";
import { compared, comparisonSeconds } from "./comparison.ts";
import { conductProof, type ReachedSystem, sayIndented } from "./conduct.ts";
import { about } from "../process/about.ts";
import type { ProveRequest } from "./options.ts";
import type { ProofCluster } from "./proofCluster.ts";
import { isDeployedHere } from "./named.ts";
import { proofSystem, type ProofSystem } from "./system.ts";
import { type ProofAccess, requiredPermissions } from "../../loadtest/preflight/permissions.ts";
import { rolesFor } from "../../loadtest/preflight/roles.ts";

/**
 * Proves the orders system; sets it up where no cluster is named.
 * @param command the command line, for the report.
 * @returns the exit code.
 */
export async function prove(request: ProveRequest, command: string): Promise<number> {
  const seconds = secondsFor(request);
  announce(request, seconds);
  const { context, timeoutSeconds, profile, compare, seed } = request;
  const namespace = request.namespace ?? overlays[request.overlay].namespace;
  const k6Path = async (): Promise<string> => request.k6Path ?? (await k6Program());
  let deployed: ProofSystem["deployed"];
  return conductProof({
    delivery: request,
    whatStays: "; what was started stays: ./scripts/down deletes the cluster, the same command continues",
    named: { context, namespace },
    requested: scenariosOf(request, namespace).map((scenario) => ({ scenario, repeat: null })),
    ...{ profile, command: withSeed(command, request), seed, seconds, timeoutSeconds },
    ...{ checkout: ROOT, k6Path, pinnedK6: versionOf("k6") },
    ignoreFindings: request.ignoreFindings,
    reach: async (found) => {
      const { ignoreFindings } = request;
      const system = await proofSystem(request, { ignoreFindings, found });
      ({ deployed } = system);
      return reachedSystem(request, system, await k6Path());
    },
    ...(compare === undefined
      ? {}
      : {
          afterwards: async (report: Report, options: ProofOptions) => {
            if (deployed === undefined) return undefined;
            const outcome = await compared(report, { ...deployed, options, log: sayIndented });
            report.comparison = outcome.comparison;
            return outcome.problem;
          },
        }),
  });
}

function reachedSystem(
  request: ProveRequest,
  { cluster, closing, diagnose }: ProofSystem,
  k6Path: string,
): ReachedSystem {
  const { kubeConfig, namespace, reach, killContainer, node } = cluster;
  const overlay = overlays[request.overlay];
  const scenarios = scenariosOf(request, namespace);
  const onNode = scenarios.find(({ faultInjections }) => faultInjections.some(({ action }) => action.kind === "node"));
  if (node === undefined && onNode !== undefined) {
    throw new CliError(
      `scenario ${onNode.name} cannot be run on this cluster: ${NEEDS_NODE}`,
      "leave it out, or run it on the embedded cluster: CLUSTER=embedded ./scripts/prove",
    );
  }
  return {
    cluster,
    closing,
    runs: scenarios.map((scenario) => ({ scenario, repeat: null })),
    access: accessOf(request, namespace, cluster.access),
    targetFindings: () =>
      environmentFindings(overlay, {
        ...{ environment: process.env, queue: QUEUE_NAME, expectedSeconds: secondsFor(request), nowMs: Date.now() },
      }),
    ...(diagnose === undefined ? {} : { diagnose }),
    partOf: ordersPart,
    openTarget: (surroundings) =>
      openOrdersTarget({ kubeConfig, namespace, overlay, reach, killContainer, node, k6Path, scenarios }, surroundings),
  };
}

/** The command that makes the same choices again, where this one left them to chance. */
function withSeed(command: string, request: ProveRequest): string {
  return isLeftToChance(request) && !/ --seed[ =]/.test(command) ? `${command} --seed ${request.seed}` : command;
}

function isLeftToChance(request: ProveRequest): boolean {
  return scenariosOf(request, overlays[request.overlay].namespace).some(({ faultInjections }) =>
    faultInjections.some(({ action }) => action.kind === "kill" && action.which === "random"),
  );
}

function accessOf(
  request: ProveRequest,
  namespace: string,
  cluster: ProofCluster["access"],
): Omit<ProofAccess, "scenarios"> {
  return {
    ...cluster,
    workloads: ordersWorkloads(namespace),
    externalMetrics: false,
    replacesPods: true,
    neededObjects: neededObjects(overlays[request.overlay], { namespace, environment: process.env }),
    targetPermissions: ordersPermissions(namespace, scenariosOf(request, namespace)),
  };
}

/** The Roles that such a proof needs on a cluster of somebody's own, as YAML. The cluster is not asked. */
export function proofRoles(request: ProveRequest): string {
  const namespace = request.namespace ?? overlays[request.overlay].namespace;
  const access = accessOf(request, namespace, { forwardsPorts: true, execsIntoPods: true });
  return rolesFor(requiredPermissions({ ...access, scenarios: scenariosOf(request, namespace) }), "ownsignal");
}

function scenariosOf(request: ProveRequest, namespace: string) {
  const { profile, scenarios } = request;
  return ordersScenarios({ namespace, profile, scenarios, sizes: sizesIn(request) });
}

/** What differs from the profile's sizes. */
function sizesIn({ soakSeconds }: ProveRequest): Partial<Sizes> {
  return soakSeconds === undefined ? {} : { soakSeconds };
}

function secondsFor(request: ProveRequest): number {
  const { profile, scenarios, compare } = request;
  const proofSeconds = expectedSeconds(profile, scenarios, sizesIn(request));
  return proofSeconds + (compare === undefined ? 0 : comparisonSeconds(profile, scenarios));
}

function announce(request: ProveRequest, seconds: number): void {
  const proof = `${request.scenarios.join(", ")}: about ${about(seconds)}`;
  if (isDeployedHere(request)) {
    say(`Setup and deployment, about 2 min, and before it what has not been built yet; then ${proof}.`);
  } else say(`${proof}.`);
  if (isLeftToChance(request))
    say(`Choices by chance follow from seed ${request.seed}: --seed ${request.seed} repeats them.`);
  if (request.timeoutSeconds !== undefined && request.timeoutSeconds < seconds) {
    say(`--timeout ${request.timeoutSeconds} s is less than that: what is measured until then is kept.`);
  }
}
