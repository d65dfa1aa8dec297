import { inconclusive } from "../model/assertion.ts";
import type { Cause } from "../model/cause.ts";
import type { Sample } from "../model/observed.ts";
import type { Scenario } from "../model/scenario.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";

/** The report of a scenario that did not come to its load. */
export function neverStarted(
  scenario: Pick<Scenario, "name" | "summary" | "mustScale" | "mustNotScale">,
  repeat: number | null,
  samples: readonly Sample[],
  ...causes: readonly Cause[]
): ScenarioReport {
  return {
    name: scenario.name,
    summary: scenario.summary,
    repeat,
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
    elasticity: [],
    counters: null,
    pods: [],
    samples,
  };
}
