import { neverStarted } from "../engine/neverStarted.ts";
import { inconclusive } from "../model/assertion.ts";
import { causeOf } from "../model/cause.ts";
import { type Report, SCHEMA_VERSION } from "../model/report.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";
import type { Target } from "../model/target.ts";
import type { PreflightFinding } from "./finding.ts";
import { preflightText } from "./texts.ts";

/** Why no load was run: a finding of the preflight checks or of the doctor, or an error's message. */
export type NotRunReason = PreflightFinding | { id: string; message: string } | string;

/** The report of a proof that ran no load: inconclusive, with the reasons under each scenario that was requested. */
export function notRunReport(run: {
  runs: readonly { scenario: { name: string; summary: string }; repeat: number | null }[];
  reasons: readonly NotRunReason[];
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
    scenarios: run.runs.map((one) => notRun(one, run.reasons, endedAt)),
    comparison: null,
  };
}

function notRun(
  { scenario, repeat }: { scenario: { name: string; summary: string }; repeat: number | null },
  reasons: readonly NotRunReason[],
  endedAt: string,
): ScenarioReport {
  const causes = reasons.map((reason) => {
    if (typeof reason === "string") return causeOf("preflight-check-failed", "preflight", { message: reason });
    const message = "message" in reason ? reason.message : preflightText(reason);
    return causeOf("preflight-check-failed", reason.id, { message });
  });
  return {
    ...neverStarted({ ...scenario, mustScale: [], mustNotScale: [], queue: null }, repeat, []),
    assertions: [inconclusive({ id: "preflight-checks-passed", subject: "scenario", expected: {} }, {}, ...causes)],
    endedAt,
  };
}
