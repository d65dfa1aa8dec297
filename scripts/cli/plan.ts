import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { forecastOf } from "../../loadtest/planner/forecast.ts";
import { recommend } from "../../loadtest/planner/recommend.ts";
import { replaceFile } from "../../loadtest/report/write.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { kubeConfigWith } from "../cluster/context.ts";
import { CliError } from "../process/cliError.ts";
import { candidatesOf } from "../planning/candidates.ts";
import { mutate } from "../mutation/mutate.ts";
import { mutationJson, renderMutation } from "../mutation/render.ts";
import { plansOfFile } from "../planning/filePlans.ts";
import { type Access, planInputs, type ReadWorkload } from "../planning/inputs.ts";
import { renderFileJson, renderJson } from "../planning/json.ts";
import type { PlanNote } from "../planning/notes.ts";
import { planHtml, type PlanPart } from "../planning/page.ts";
import type { PlanRequest } from "../planning/request.ts";
import type { PlanResult } from "../planning/planTables.ts";
import { renderFilePlan, renderPlan } from "../planning/table.ts";
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
  const access: Access = {
    kubectl: findKubectl,
    kubeConfig: () => kubeConfigWith(request.context),
    report: async (path) => readReport(await reportFile(path)),
  };
  if (request.mutate) {
    process.stderr.write("simulating every mutant: up to half a minute\n");
    const run = await mutate(request, access);
    process.stdout.write(request.json ? mutationJson(run) : renderMutation(run));
    return run.results.every(({ detections }) => detections.length > 0) ? 0 : SURVIVED;
  }
  if (request.file !== undefined && request.from === undefined && request.loads.length === 0) {
    const { scenarios, notes } = await plansOfFile(request, request.file, access);
    const told = scenarios.map(({ workloads, ...of }) => ({
      ...of,
      results: workloads.map((one) => resultOf(one, request)),
    }));
    process.stdout.write(request.json ? renderFileJson(told, notes) : renderFilePlan(told, notes));
    await writePage(request.html, told, notes);
    return 0;
  }
  const { workloads, notes } = await planInputs(request, access);
  const results = workloads.map((workload) => resultOf(workload, request));
  process.stdout.write(request.json ? renderJson(results, notes) : renderPlan(results, notes));
  await writePage(request.html, [{ scenario: null, judged: [], results }], notes);
  return 0;
}

/** @throws {CliError} where the file cannot be written. */
async function writePage(
  file: string | undefined,
  parts: readonly PlanPart[],
  notes: readonly PlanNote[],
): Promise<void> {
  if (file === undefined) return;
  const page = await planHtml(parts, notes);
  try {
    await replaceFile(resolve(file), page);
  } catch (error) {
    throw new CliError(
      `--html: ${file} cannot be written: ${messageOf(error)}`,
      "name a file in a folder that is there: --html plan.html",
      { cause: error },
    );
  }
  process.stderr.write(`page: ${file}\n`);
}

/** The exit code where a mutant was not detected. */
const SURVIVED = 1;

function resultOf(workload: ReadWorkload, request: PlanRequest): PlanResult {
  const { planned, changed, measured } = workload.plan;
  const options = { runs: request.runs, seed: request.seed, horizonSeconds: request.forSeconds ?? null };
  const ownSettings = request.settings.filter((setting) => setting.workload === planned.name);
  return {
    planned,
    forecast: forecastOf(planned, options),
    changed: changed === null ? null : forecastOf(changed, options),
    changedPlan: changed,
    settings: ownSettings,
    swept: request.sweeps
      .filter((setting) => setting.workload === planned.name)
      .map((setting) => ({
        setting: `${setting.name}=${setting.value}`,
        statistics: forecastOf(workload.planWith([...ownSettings, setting]), options).statistics,
      })),
    measured,
    recommended:
      request.objectives.length === 0
        ? null
        : {
            objectives: request.objectives,
            ...recommend(planned, candidatesOf(workload), request.objectives, request),
          },
  };
}

/** The one on PATH, else that of a clone. */
async function findKubectl(): Promise<string> {
  const onPath = (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, "kubectl")));
  if (onPath) return "kubectl";
  if (CHECKOUT !== undefined) return CHECKOUT.kubectl();
  throw new CliError("kubectl cannot be run, which renders the overlay", "install kubectl and put it on PATH");
}
