import { causeText } from "../../../report/texts/causeTexts.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../../../../src/shared/messageOf.ts";
import type { AutoscalingConfig } from "../../../model/autoscaling.ts";
import type { Comparison } from "../../../model/comparison.ts";
import type { PodSeconds } from "../../../model/podSeconds.ts";
import type { ScenarioReport } from "../../../model/scenarioReport.ts";
import { sameTiming } from "../../../model/timing.ts";
import { formatSeen } from "../../../report/format.ts";
import { timingName } from "../../../report/texts/timingTexts.ts";
import type { AutoscalerSwap } from "./swapAutoscaler.ts";
import { WORKER_ON_CPU, writeWorkerOnCpuOverlay } from "./workerOnCpu.ts";

/** The load for both: a backlog is what the worker scales on. */
export const COMPARED_SCENARIO = "queue-backlog";

/** The deployed autoscaler could not be restored; what was measured is kept. */
export class NotRestoredError extends Error {
  override readonly name = "NotRestoredError";
  /** Null where the comparison had not come to its end. */
  readonly comparison: Comparison | null;

  constructor(comparison: Comparison | null, revertCommands: readonly string[], cause: unknown) {
    super(
      `the deployed autoscaler could not be restored (${messageOf(cause)}); to restore it:\n${revertCommands.map((line) => `  ${line}`).join("\n")}`,
      { cause },
    );
    this.comparison = comparison;
  }
}

/**
 * Runs the same load with an HPA on CPU as the worker's autoscaler, on the same cluster, and restores the deployed autoscaler, whatever happens
 * meanwhile. The other one is a counter-example: its verdict does not count for the proof.
 * @param baseline the scenario as the proof has run it with the deployed autoscaler; it is run here first where it is not given.
 * @param swap made from the effective configuration of the baseline.
 * @param run runs the scenario by itself, at whatever is deployed then.
 * @throws {NotRestoredError} with the commands for a person where the deployed autoscaler could not be restored; else what `apply` or `run` threw, or that
 * the baseline never ran.
 */
export async function compareWithWorkerOnCpu(options: {
  overlay: string;
  namespace: string;
  baseline?: ScenarioReport | undefined;
  swap: (live: AutoscalingConfig) => AutoscalerSwap;
  run: (scenario: typeof COMPARED_SCENARIO) => Promise<ScenarioReport>;
  log: (line: string) => void;
  signal: AbortSignal;
}): Promise<Comparison> {
  const { overlay, namespace, log } = options;
  const interrupted = (): boolean => options.signal.aborted;
  const baseline = options.baseline ?? (await options.run(COMPARED_SCENARIO));
  if (baseline.autoscalingConfig === null) {
    throw new Error(
      `nothing to compare with: ${baseline.name} did not start its load with the deployed autoscaler (${reasonOf(baseline)})`,
    );
  }
  if (interrupted()) throw new Error("interrupted before the comparison changed anything");
  const swap = options.swap(baseline.autoscalingConfig);
  const folder = await mkdtemp(join(tmpdir(), "ownsignal-compare-"));
  let outcome: { comparison: Comparison } | { error: unknown };
  try {
    const path = await writeWorkerOnCpuOverlay({ overlay, namespace, live: baseline.autoscalingConfig, folder });
    log(
      `${WORKER_ON_CPU}: replaces the worker's autoscaler for one run of ${COMPARED_SCENARIO}; if this ends before it is restored:`,
    );
    for (const line of swap.revertCommands) log(`  ${line}`);
    await swap.apply(path);
    if (interrupted()) throw new Error("interrupted before the load of the comparison");
    const result = await options.run(COMPARED_SCENARIO);
    outcome = { comparison: comparisonOf(baseline, result) };
  } catch (error) {
    outcome = { error };
  }
  try {
    log(`${WORKER_ON_CPU}: restoring the deployed autoscaler`);
    await swap.restore();
  } catch (error) {
    const failed = "error" in outcome ? new AggregateError([outcome.error, error], messageOf(error)) : error;
    throw new NotRestoredError("comparison" in outcome ? outcome.comparison : null, swap.revertCommands, failed);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if ("error" in outcome) throw outcome.error;
  for (const line of comparedLines(outcome.comparison)) log(line);
  return outcome.comparison;
}

function comparisonOf(baseline: ScenarioReport, result: ScenarioReport): Comparison {
  const {
    verdict,
    assertions,
    mustScale,
    mustNotScale,
    loadStartedAt,
    loadEndedAt,
    endedAt,
    timings,
    podSeconds,
    samples,
  } = result;
  return {
    variant: WORKER_ON_CPU,
    scenario: baseline.name,
    restReplicas: {
      baseline: baseline.autoscalingConfig?.workloads.worker?.idleReplicas ?? 0,
      variant: result.autoscalingConfig?.workloads.worker?.idleReplicas ?? null,
    },
    baseline: { timings: baseline.timings, podSeconds: baseline.podSeconds },
    variantResult: {
      ...{ verdict, assertions, mustScale, mustNotScale, loadStartedAt, loadEndedAt, endedAt },
      ...{ timings, podSeconds, samples: [...samples] },
    },
  };
}

/** The two beside each other, a line each, for a terminal. */
export function comparedLines({ variant, scenario, restReplicas, baseline, variantResult }: Comparison): string[] {
  const cost = (of: readonly PodSeconds[]): string => {
    const worker = of.find(({ workload }) => workload === "worker");
    return worker === undefined ? "not measured" : `${worker.measured} in ${worker.windowSeconds} s`;
  };
  const worker = baseline.timings.filter(({ workload }) => workload === "worker");
  return [
    `${scenario} with the deployed autoscaler | with ${variant} (${variantResult.verdict}; not part of the verdict)`,
    ...worker.map((timing) => {
      const varied = sameTiming(variantResult.timings, timing)?.measuredSeconds;
      return `  ${timingName(timing)}: ${formatSeen(timing.measuredSeconds)} | ${formatSeen(varied)}`;
    }),
    `  pod-seconds of the worker: ${cost(baseline.podSeconds)} | ${cost(variantResult.podSeconds)}`,
    ...(restReplicas === undefined
      ? []
      : [`  idle replicas of the worker: ${restReplicas.baseline} | ${restReplicas.variant ?? "not seen"}`]),
  ];
}

function reasonOf(report: ScenarioReport): string {
  const [cause] = report.assertions.flatMap(({ causes }) => causes);
  return cause === undefined ? report.verdict : causeText(cause);
}
