import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { forecastOf } from "../../loadtest/planner/forecast.ts";
import { recommend } from "../../loadtest/planner/recommend.ts";
import { kubeConfigWith } from "../cluster/context.ts";
import { CliError } from "../process/cliError.ts";
import { candidatesOf } from "../planning/candidates.ts";
import { planInputs } from "../planning/inputs.ts";
import { renderJson } from "../planning/json.ts";
import { type PlanResult, renderPlan } from "../planning/table.ts";
import { CHECKOUT } from "./checkout.ts";
import { parsePlanOptions, PLAN_HELP } from "./planOptions.ts";
import { readReport, reportFile } from "./readReport.ts";

/** `ownsignal plan`. @throws {CliError} for what cannot be simulated, or where something is missing. */
export async function runPlan(args: readonly string[]): Promise<number> {
  const request = parsePlanOptions(args);
  if (request === undefined) {
    process.stdout.write(PLAN_HELP);
    return 0;
  }
  const { workloads, notes } = await planInputs(request, {
    kubectl: findKubectl,
    kubeConfig: () => kubeConfigWith(request.context),
    report: async (path) => readReport(await reportFile(path)),
  });
  const options = { runs: request.runs, seed: request.seed, horizonSeconds: request.forSeconds ?? null };
  const results = workloads.map((workload): PlanResult => {
    const { planned, changed, measured } = workload.plan;
    return {
      planned,
      forecast: forecastOf(planned, options),
      changed: changed === null ? null : forecastOf(changed, options),
      settings: request.settings.filter((setting) => setting.workload === planned.name),
      measured,
      recommended:
        request.objectives.length === 0
          ? null
          : {
              objectives: request.objectives,
              ...recommend(planned, candidatesOf(workload), request.objectives, request),
            },
    };
  });
  process.stdout.write(request.json ? renderJson(results, notes) : renderPlan(results, notes));
  return 0;
}

/** The one on PATH, else that of a clone. */
async function findKubectl(): Promise<string> {
  const onPath = (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, "kubectl")));
  if (onPath) return "kubectl";
  if (CHECKOUT !== undefined) return CHECKOUT.kubectl();
  throw new CliError("kubectl cannot be run, which renders the overlay", "install kubectl and put it on PATH");
}
