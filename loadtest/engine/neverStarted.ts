import { inconclusive } from "../model/assertion.ts";
import type { Cause } from "../model/cause.ts";
import type { Sample } from "../model/observed.ts";
import type { Scenario } from "../model/scenario.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";

/** The report of a scenario that did not come to its load. */
export function neverStarted(
  scenario: Pick<Scenario, "name" | "summary" | "mustScale" | "mustNotScale" | "queue">,
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
    queue: queueOfReport(scenario),
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
    // Those of now: the sampler goes on.
    samples: [...samples],
  };
}

/** The scenario's queue as the report has it. */
export function queueOfReport({ queue }: Pick<Scenario, "queue">): ScenarioReport["queue"] {
  return queue === null ? null : { name: queue.name, workload: queue.workload };
}
