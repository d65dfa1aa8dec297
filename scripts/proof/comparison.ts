import { join } from "node:path";
import {
  compareWithWorkerOnCpu,
  COMPARED_SCENARIO,
  NotRestoredError,
} from "../../loadtest/targets/orders/compare/compare.ts";
import { workerAutoscalerSwap } from "../../loadtest/targets/orders/compare/swapAutoscaler.ts";
import { WORKER_ON_CPU } from "../../loadtest/targets/orders/compare/workerOnCpu.ts";
import { abortReason } from "../../loadtest/model/abortReason.ts";
import type { ProofOptions, ScenarioRun } from "../../loadtest/engine/proofOptions.ts";
import { runProof } from "../../loadtest/engine/runProof.ts";
import { type Profile, sizesOf } from "../../loadtest/k6/lib/profiles.ts";
import type { Comparison } from "../../loadtest/model/comparison.ts";
import type { Report } from "../../loadtest/model/report.ts";
import { expectedSeconds, ordersScenario } from "../../loadtest/targets/orders/catalogue.ts";
import type { ScenarioName } from "../../loadtest/targets/orders/scenarios/names.ts";
import { DEV_NAMESPACE } from "../process/paths.ts";
import type { Cluster, Deployable } from "../cluster/provider.ts";
import { messageOf } from "../../src/shared/messageOf.ts";

/** To swap the autoscalers, and back. */
const SWAP_SECONDS = 120;

/** About how much longer a proof with a comparison takes: its load once more, twice where the proof has not run it. */
export function comparisonSeconds(profile: Profile, scenarios: readonly ScenarioName[]): number {
  const runs = scenarios.includes(COMPARED_SCENARIO) ? 1 : 2;
  return runs * expectedSeconds(profile, [COMPARED_SCENARIO]) + SWAP_SECONDS;
}

/**
 * Runs the comparison after a proof, in the folder `compare` of its own. Never throws.
 * @returns `problem` where it is not complete, or the deployed autoscaler could not be restored.
 */
export async function compared(
  report: Report,
  at: { cluster: Cluster; deployable: Deployable; options: ProofOptions; log: (line: string) => void },
): Promise<{ comparison: Comparison | null; problem?: string }> {
  const { cluster, deployable, options, log } = at;
  const { overlay } = deployable;
  // A forecast is of what is deployed, not of a variant.
  const unforecast: ProofOptions = { ...options, forecastOf: () => undefined };
  let runs = 0;
  const runsOf = (scenario: string): ScenarioRun[] => {
    const run = options.runs.find((one) => one.scenario.name === scenario);
    return [run ?? { scenario: ordersScenario(COMPARED_SCENARIO, sizesOf.smoke, DEV_NAMESPACE), repeat: null }];
  };
  try {
    const comparison = await compareWithWorkerOnCpu({
      overlay,
      namespace: DEV_NAMESPACE,
      baseline: report.scenarios.find(({ name }) => name === COMPARED_SCENARIO),
      swap: (live) =>
        workerAutoscalerSwap({ kubectl: (args) => cluster.kubectl(args), namespace: DEV_NAMESPACE, overlay, live }),
      run: async (scenario) => {
        const outDir = join(options.outDir, `compare-${++runs}`);
        const [result] = (await runProof({ ...unforecast, outDir, runs: runsOf(scenario) })).scenarios;
        if (result === undefined) throw new Error(`${scenario} left no result`);
        return result;
      },
      log,
      signal: options.signal ?? new AbortController().signal,
    });
    if (options.signal?.aborted !== true) return { comparison };
    return {
      comparison,
      problem: `the comparison with ${WORKER_ON_CPU} was interrupted: ${abortReason(options.signal)}`,
    };
  } catch (error) {
    return {
      comparison: error instanceof NotRestoredError ? error.comparison : null,
      problem: `the comparison with ${WORKER_ON_CPU}: ${messageOf(error)}`,
    };
  }
}
