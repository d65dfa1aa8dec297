import { inconclusive } from "../model/assertion.ts";
import type { Cause } from "../model/cause.ts";
import type { Sample } from "../model/observed.ts";
import type { Scenario } from "../model/scenario.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";

/** The report of a scenario that did not come to its load. */
export function neverStarted(
  scenario: Pick<ScenarioReport, "name" | "summary"> & Pick<Scenario, "mustScale" | "mustNotScale">,
  samples: readonly Sample[],
  ...causes: readonly Cause[]
): ScenarioReport {
  return {
    name: scenario.name,
    summary: scenario.summary,
    verdict: "inconclusive",
    assertions: [inconclusive({ id: "preconditions-met", subject: "scenario", expected: {} }, {}, ...causes)],
    mustScale: scenario.mustScale.map(({ workload }) => workload),
    mustNotScale: [...scenario.mustNotScale],
    autoscalingConfig: null,
    loadStartedAt: null,
    loadEndedAt: null,
    endedAt: new Date().toISOString(),
    load: null,
    ledger: null,
    timings: [],
    podSeconds: [],
    counters: null,
    pods: [],
    samples,
  };
}
