import { inconclusive } from "../model/assertion.ts";
import { causeOf } from "../model/cause.ts";
import { type Report, SCHEMA_VERSION } from "../model/report.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";
import type { Target } from "../model/target.ts";

/** The report of a proof that ran no load: inconclusive, with the reason under each scenario that was requested. */
export function notRunReport(run: {
  scenarios: readonly { name: string; summary: string }[];
  problems: readonly string[];
  startedAt: string;
  profile: Report["profile"];
  command: string;
  target: Target;
}): Report {
  const endedAt = new Date().toISOString();
  return {
    schemaVersion: SCHEMA_VERSION,
    verdict: "inconclusive",
    startedAt: run.startedAt,
    endedAt,
    profile: run.profile,
    command: run.command,
    target: run.target,
    scenarios: run.scenarios.map((scenario) => notRun(scenario, run.problems, endedAt)),
    comparison: null,
  };
}

function notRun(
  { name, summary }: { name: string; summary: string },
  problems: readonly string[],
  endedAt: string,
): ScenarioReport {
  return {
    name,
    summary,
    verdict: "inconclusive",
    assertions: [
      inconclusive(
        { id: "preflight-checks-passed", subject: "scenario", expected: {} },
        {},
        ...problems.map((message) => causeOf("preflight-check-failed", "preflight", { message })),
      ),
    ],
    mustScale: [],
    mustNotScale: [],
    live: null,
    loadStartedAt: null,
    loadEndedAt: null,
    endedAt,
    load: null,
    ledger: null,
    timings: [],
    podSeconds: [],
    counters: null,
    pods: [],
    samples: [],
  };
}
