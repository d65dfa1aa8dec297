import type { ProofOptions } from "../../loadtest/engine/proofOptions.ts";
import type { Report } from "../../loadtest/model/report.ts";
import { openOrdersTarget } from "../../loadtest/targets/orders/ordersTarget.ts";
import { ordersScenarios } from "../../loadtest/targets/orders/ordersProof.ts";
import { ordersFindings, ordersPart, ordersPermissions } from "../../loadtest/targets/orders/permissions.ts";
import { expectedSeconds } from "../../loadtest/targets/orders/scenarios/catalogue.ts";
import { ordersWorkloads } from "../../loadtest/targets/orders/workloads.ts";
import type { Sizes } from "../../loadtest/k6/lib/profiles.ts";
import { DEV_NAMESPACE, ROOT } from "../process/paths.ts";
import { say } from "../process/progress.ts";
import { k6Program } from "../toolsets/onPath.ts";
import { versionOf } from "../toolsets/toolsets.ts";
import { compared, comparisonSeconds } from "./comparison.ts";
import { conductProof, type ReachedSystem, sayIndented } from "./conduct.ts";
import { about } from "../process/about.ts";
import type { ProveRequest } from "./options.ts";
import { proofSystem, type ProofSystem } from "./system.ts";

/**
 * Proves the orders system; sets it up where no cluster is named.
 * @param command the command line, for the report.
 * @returns the exit code.
 */
export async function prove(request: ProveRequest, command: string): Promise<number> {
  const seconds = secondsFor(request);
  announce(request, seconds);
  const { context, namespace, timeoutSeconds, profile, compare } = request;
  const k6Path = async (): Promise<string> => request.k6Path ?? (await k6Program());
  let deployed: ProofSystem["deployed"];
  return conductProof({
    delivery: request,
    whatStays: "; what was started stays: ./scripts/down deletes the cluster, the same command continues",
    named: { context, namespace: namespace ?? DEV_NAMESPACE },
    requested: scenariosOf(request, namespace ?? DEV_NAMESPACE).map((scenario) => ({ scenario, repeat: null })),
    ...{ profile, command, seconds, timeoutSeconds, checkout: ROOT, k6Path, pinnedK6: versionOf("k6") },
    reach: async () => {
      const system = await proofSystem(request);
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

function reachedSystem(request: ProveRequest, { cluster, closing }: ProofSystem, k6Path: string): ReachedSystem {
  const { kubeConfig, namespace, reach, killPod } = cluster;
  const scenarios = scenariosOf(request, namespace);
  return {
    cluster,
    closing,
    runs: scenarios.map((scenario) => ({ scenario, repeat: null })),
    access: {
      ...cluster.access,
      workloads: ordersWorkloads(namespace),
      externalMetrics: false,
      replacesPods: true,
      targetPermissions: ordersPermissions(namespace, scenarios),
    },
    targetFindings: () => ordersFindings(kubeConfig, namespace),
    partOf: ordersPart,
    openTarget: (surroundings) =>
      openOrdersTarget({ kubeConfig, namespace, reach, killPod, k6Path, scenarios }, surroundings),
  };
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
  if (request.context === undefined && request.namespace === undefined) {
    say(`Setup and deployment, about 2 min (about 30 min where nothing has been built yet); then ${proof}.`);
  } else say(`${proof}.`);
  if (request.timeoutSeconds !== undefined && request.timeoutSeconds < seconds) {
    say(`--timeout ${request.timeoutSeconds} s is less than that: what is measured until then is kept.`);
  }
}
