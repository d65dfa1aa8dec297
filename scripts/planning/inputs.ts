import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import type { Report } from "../../loadtest/model/report.ts";
import type { ScenarioReport } from "../../loadtest/model/scenarioReport.ts";
import type { PlannedWorkload } from "../../loadtest/planner/plannedWorkload.ts";
import { lotOf } from "../../loadtest/planner/simulateWorkload.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { suggest } from "../../src/shared/suggest.ts";
import { CliError } from "../process/cliError.ts";
import { namedBy, readAutoscalingFile } from "./autoscalingFile.ts";
import { type KnownPods, type LoadOption, plannedWorkload } from "./build.ts";
import { parseCsv, parseCurve } from "./curve.ts";
import { liveObjects, renderedObjects } from "./manifests.ts";
import { type MeasuredRun, measuredRun } from "./measured.ts";
import type { PlanNote } from "./notes.ts";
import { loadInReport, podsInReport, workloadInReport } from "./recorded.ts";
import type { ForWorkload, LoadText, PlanRequest } from "./request.ts";
import { scaledWorkloads, type ScaledWorkload } from "./scaledWorkload.ts";
import { type Setting, withSettings } from "./settings.ts";

/** Where the inputs come from. */
export interface Access {
  /** The path of a kubectl. */
  kubectl(): Promise<string>;
  kubeConfig(): KubeConfig;
  report(path: string): Promise<Report>;
}

export interface Plan {
  readonly planned: PlannedWorkload;
  /** With the settings that are asked about; null where there are none. */
  readonly changed: PlannedWorkload | null;
  /** The same run as it was measured; null where there is none. */
  readonly measured: MeasuredRun | null;
}

/** A plan with the way to plan the same under other settings. */
export interface ReadWorkload {
  readonly plan: Plan;
  readonly planWith: (settings: readonly Setting[]) => PlannedWorkload;
}

export interface Plans {
  readonly workloads: readonly ReadWorkload[];
  readonly notes: readonly PlanNote[];
}

/** What is there to be planned: manifests or live objects. */
export async function scaledIn(
  request: PlanRequest,
  access: Access,
): Promise<{ workloads: ScaledWorkload[]; notes: PlanNote[] }> {
  const { objects, notes: unread } =
    request.overlay === undefined
      ? await liveObjects(access.kubeConfig(), namespaceOf(request, access))
      : { objects: await renderedObjects(request.overlay, () => access.kubectl()), notes: [] };
  const { workloads, notes } = scaledWorkloads(objects);
  return { workloads, notes: [...unread, ...notes] };
}

/** Reads all that the forecasts depend on. @throws {CliError} for what is missing, wrong, or cannot be simulated. */
export async function planInputs(request: PlanRequest, access: Access): Promise<Plans> {
  return request.from === undefined ? fromObjects(request, access) : fromReport(request, request.from, access);
}

async function fromObjects(request: PlanRequest, access: Access): Promise<Plans> {
  const { calibrate } = request;
  const loads = await Promise.all(request.loads.map((load) => readLoad(load)));
  const { workloads: found, notes: there } = await scaledIn(request, access);
  const notes = [...there];
  const workloads = request.file === undefined ? found : namedBy(await readAutoscalingFile(request.file), found);
  const report = calibrate === undefined ? undefined : await access.report(calibrate);
  const names = workloads.map(({ name }) => name);
  for (const { option, workload } of [...loads, ...request.settings, ...request.sweeps])
    requireName(option, workload, names);
  const planned: ReadWorkload[] = [];
  for (const workload of workloads) {
    const own = loads.filter((load) => load.workload === workload.name);
    if (own.length === 0) {
      notes.push({ id: "no-load", params: { workload: workload.name } });
      continue;
    }
    const pods = knownPods(request, workload.name, report);
    planned.push(planOf(workload, own, pods, { settings: request.settings, measured: null, notes }));
  }
  return { workloads: planned, notes };
}

async function fromReport(request: PlanRequest, path: string, access: Access): Promise<Plans> {
  const report = await access.report(path);
  const { scenario, others } = scenarioIn(report, request);
  const notes: PlanNote[] = [{ id: "scenario-chosen", params: { scenario: scenario.name, others } }];
  for (const { option, workload } of [...request.settings, ...request.sweeps])
    requireName(option, workload, scenario.mustScale);
  const workloads = scenario.mustScale.map((name) => {
    const workload = workloadInReport(scenario, name);
    const pods = knownPods(request, name, report);
    notes.push({ id: "not-in-report", params: { workload: name } });
    const measured = measuredRun(scenario, name);
    return planOf(workload, [loadInReport(scenario, name)], pods, { settings: request.settings, measured, notes });
  });
  return { workloads, notes };
}

/** A workload with its loads, under its settings and under others. */
export function planOf(
  workload: ScaledWorkload,
  loads: readonly LoadOption[],
  pods: KnownPods,
  of: { settings: readonly Setting[]; measured: MeasuredRun | null; notes: PlanNote[] },
): ReadWorkload {
  const { planned, notes } = plannedWorkload(workload, loads, pods);
  of.notes.push(...notes);
  const messages = lotOf(planned);
  if (messages > 1) of.notes.push({ id: "messages-in-lots", params: { workload: workload.name, messages } });
  const settings = of.settings.filter((setting) => setting.workload === workload.name);
  const planWith = (more: readonly Setting[]): PlannedWorkload => {
    const changed = withSettings(workload, pods, more);
    return plannedWorkload(changed.workload, loads, changed.known).planned;
  };
  const changed = settings.length === 0 ? null : planWith(settings);
  return { plan: { planned, changed, measured: of.measured }, planWith };
}

/** The first scenario that scaled what the settings are about, else something. @throws {CliError} where there is none. */
function scenarioIn(report: Report, request: PlanRequest): { scenario: ScenarioReport; others: string[] } {
  const asked = [...request.settings, ...request.sweeps].map(({ workload }) => workload);
  const usable = report.scenarios.filter(
    ({ mustScale, autoscalingConfig, loadEndedAt }) =>
      autoscalingConfig !== null && loadEndedAt !== null && mustScale.length > 0,
  );
  const names = [...new Set(usable.map(({ name }) => name))];
  const scenario =
    request.scenario === undefined
      ? (usable.find(({ mustScale }) => asked.every((workload) => mustScale.includes(workload))) ?? usable[0])
      : usable.find(({ name }) => name === request.scenario);
  if (scenario === undefined) {
    throw new CliError(
      request.scenario === undefined
        ? "no scenario of the report scaled anything to its end"
        : `--scenario: the report has no scenario "${request.scenario}" that scaled something to its end`,
      names.length === 0 ? "name the report of another proof" : `it has ${names.join(", ")}`,
    );
  }
  return { scenario, others: names.filter((name) => name !== scenario.name) };
}

function namespaceOf({ namespace }: PlanRequest, access: Access): string {
  const kubeConfig = access.kubeConfig();
  return namespace ?? kubeConfig.getContextObject(kubeConfig.getCurrentContext())?.namespace ?? "default";
}

/** @param folder that the path of a CSV file is relative to. @throws {CliError} for what is no curve. */
export async function readLoad(
  { option, workload, metric, curve }: LoadText,
  folder = process.cwd(),
): Promise<LoadOption> {
  if (!curve.startsWith("file:")) return { option, workload, metric, parts: parseCurve(curve, option) };
  const file = resolve(folder, curve.slice("file:".length));
  try {
    return { option, workload, metric, parts: parseCsv(await readFile(file, "utf8"), file) };
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`${option}: ${file} cannot be read: ${messageOf(error)}`, "name a CSV file", { cause: error });
  }
}

/** @throws {CliError} for a name that nothing has. */
export function requireName(option: string, workload: string, names: readonly string[]): void {
  if (names.includes(workload)) return;
  const near = suggest(workload, names);
  throw new CliError(
    `${option}: nothing scales a workload "${workload}"`,
    names.length === 0
      ? "no HorizontalPodAutoscaler or ScaledObject names a Deployment or StatefulSet there"
      : `${near === undefined ? "" : `did you mean ${near}? `}there are ${names.join(", ")}`,
  );
}

/** What options and a report tell of a workload's pods. */
export function knownPods(request: PlanRequest, workload: string, report: Report | undefined): KnownPods {
  const given = <T>(values: readonly ForWorkload<T>[]): T | undefined =>
    (values.find((one) => one.workload === workload) ?? values.find((one) => one.workload === null))?.value;
  const told = report === undefined ? null : podsInReport(report, workload);
  const start = given(request.starts);
  return {
    messagesPerSecond: given(request.rates) ?? told?.messagesPerSecond ?? null,
    concurrency: given(request.concurrencies) ?? null,
    startSeconds: start === undefined ? (told?.startSeconds ?? null) : [start],
    aloneStartSeconds: start === undefined ? (told?.aloneStartSeconds ?? []) : [],
  };
}
