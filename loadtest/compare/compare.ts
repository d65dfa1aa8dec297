import { causeText } from "../report/texts/causeTexts.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../../src/shared/messageOf.ts";
import type { AutoscalingConfig } from "../model/autoscaling.ts";
import type { Comparison } from "../model/comparison.ts";
import type { PodSeconds } from "../model/podSeconds.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";
import type { Timing } from "../model/timing.ts";
import type { Exchange } from "./swapAutoscaler.ts";
import { type Variant, writeVariantOverlay } from "./variant.ts";

/** The load that both are given: a backlog is what the worker's signal is about. */
export const COMPARED_SCENARIO = "queue-backlog";

/** The deployed autoscaler could not be put back; what was measured is kept. */
export class NotRestoredError extends Error {
  override readonly name = "NotRestoredError";
  /** Null where the comparison had not come to its end. */
  readonly comparison: Comparison | null;

  constructor(comparison: Comparison | null, byHand: readonly string[], cause: unknown) {
    super(
      `the deployed autoscaler could not be put back (${messageOf(cause)}); by hand:\n${byHand.map((line) => `  ${line}`).join("\n")}`,
      { cause },
    );
    this.comparison = comparison;
  }
}

/**
 * Runs the same load with another autoscaler in the worker's place, really, on the same cluster, and puts the deployed one back, whatever happens
 * meanwhile. What the variant did is told, not judged: it is a counter-example, and its verdict is none of the proof's.
 * @param baseline the scenario as the proof has run it with the deployed autoscaler; it is run here first where it is not given.
 * @param exchange made from what the live objects said at the baseline.
 * @param run runs the scenario by itself, at whatever is deployed then.
 * @throws {NotRestoredError} with the commands for a person where the deployed autoscaler could not be put back; else what `apply` or `run` threw, or that
 * the baseline never ran.
 */
export async function compareWith(
  variant: Variant,
  options: {
    overlay: string;
    namespace: string;
    baseline?: ScenarioReport | undefined;
    exchange: (live: AutoscalingConfig) => Exchange;
    run: (scenario: typeof COMPARED_SCENARIO) => Promise<ScenarioReport>;
    log: (line: string) => void;
    signal: AbortSignal;
  },
): Promise<Comparison> {
  const { overlay, namespace, log } = options;
  const interrupted = (): boolean => options.signal.aborted;
  const baseline = options.baseline ?? (await options.run(COMPARED_SCENARIO));
  if (baseline.live === null) {
    throw new Error(
      `nothing to compare with: ${baseline.name} did not come to its load with the deployed autoscaler (${reasonOf(baseline)})`,
    );
  }
  if (interrupted()) throw new Error("interrupted before the comparison changed anything");
  const exchange = options.exchange(baseline.live);
  const folder = await mkdtemp(join(tmpdir(), "ownsignal-compare-"));
  let outcome: { comparison: Comparison } | { error: unknown };
  try {
    const path = await writeVariantOverlay(variant, { overlay, namespace, live: baseline.live, folder });
    log(
      `${variant}: in the place of the worker's autoscaler for one run of ${COMPARED_SCENARIO}; should this end before it is put back:`,
    );
    for (const line of exchange.byHand) log(`  ${line}`);
    await exchange.apply(path);
    if (interrupted()) throw new Error("interrupted before the load of the comparison");
    const result = await options.run(COMPARED_SCENARIO);
    outcome = { comparison: comparisonOf(variant, baseline, result) };
  } catch (error) {
    outcome = { error };
  }
  try {
    log(`${variant}: putting the deployed autoscaler back`);
    await exchange.restore();
  } catch (error) {
    const failed = "error" in outcome ? new AggregateError([outcome.error, error], messageOf(error)) : error;
    throw new NotRestoredError("comparison" in outcome ? outcome.comparison : null, exchange.byHand, failed);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if ("error" in outcome) throw outcome.error;
  for (const line of comparedLines(outcome.comparison)) log(line);
  return outcome.comparison;
}

function comparisonOf(variant: Variant, baseline: ScenarioReport, result: ScenarioReport): Comparison {
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
    variant,
    scenario: baseline.name,
    restReplicas: {
      baseline: baseline.live?.workerIdleReplicas ?? 0,
      variant: result.live?.workerIdleReplicas ?? null,
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
  const seconds = (timings: readonly Timing[], name: string): string => {
    const measured = timings.find((timing) => timing.name === name)?.measuredSeconds ?? null;
    return measured === null ? "not seen" : `${measured} s`;
  };
  const cost = (of: readonly PodSeconds[]): string => {
    const worker = of.find(({ workload }) => workload === "worker");
    return worker === undefined ? "not measured" : `${worker.measured} in ${worker.windowSeconds} s`;
  };
  const names = baseline.timings.filter(({ workload }) => workload === "worker").map(({ name }) => name);
  return [
    `${scenario} with the deployed autoscaler | with ${variant} (${variantResult.verdict}; told, not judged)`,
    ...names.map((name) => `  ${name}: ${seconds(baseline.timings, name)} | ${seconds(variantResult.timings, name)}`),
    `  pod-seconds of the worker: ${cost(baseline.podSeconds)} | ${cost(variantResult.podSeconds)}`,
    ...(restReplicas === undefined
      ? []
      : [`  workers kept without work: ${restReplicas.baseline} | ${restReplicas.variant ?? "not seen"}`]),
  ];
}

function reasonOf(report: ScenarioReport): string {
  const [cause] = report.assertions.flatMap(({ causes }) => causes);
  return cause === undefined ? report.verdict : causeText(cause);
}
