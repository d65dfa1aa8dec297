import type { Declaration } from "../../loadtest/declaration/declaration.ts";
import type { Report } from "../../loadtest/model/report.ts";
import type { Scenario } from "../../loadtest/model/scenario.ts";
import type { WorkloadDeclaration } from "../../loadtest/model/workload.ts";
import { declaredWorkloads } from "../../loadtest/targets/declared/workloads.ts";
import { CliError } from "../process/cliError.ts";
import type { KnownPods, LoadOption } from "./build.ts";
import { type DeclaredSystem, declaredSystem } from "./declaredSystem.ts";
import { loadsOfScenario } from "./declaredLoads.ts";
import { namedIn } from "./autoscalingFile.ts";
import { scenarioFor } from "./judge.ts";
import type { PlanNote } from "./notes.ts";
import type { ScaledWorkload } from "./scaledWorkload.ts";

/** A scenario of a file on manifests, ready to be simulated. */
export interface FileScenario {
  readonly scenario: Scenario;
  readonly index: number;
  readonly loads: readonly LoadOption[];
  readonly declared: DeclaredSystem;
}

/** A file with the workloads of manifests that it names. */
export interface FileOnManifests {
  readonly declaration: Declaration;
  readonly namespace: string;
  readonly workloads: readonly WorkloadDeclaration[];
  /** Those of the file that something scales, by the file's names. */
  readonly scaled: readonly ScaledWorkload[];
}

/** @throws {CliError} where something of a scenario's mustScale is not in the manifests, or nothing scales it. */
export function onManifests(declaration: Declaration, all: readonly ScaledWorkload[]): FileOnManifests {
  const scaled = namedIn(declaration, all);
  const missing = declaration.scenarios
    .flatMap(({ mustScale }) => mustScale.map(({ workload }) => workload))
    .find((workload) => !scaled.some(({ name }) => name === workload));
  if (missing !== undefined) {
    throw new CliError(
      `${declaration.file}: nothing in the manifests scales ${missing}`,
      `there are ${all.map(({ kind, object }) => `${kind} ${object}`).join(", ") || "none"}: correct workloads in the file, or name other manifests`,
    );
  }
  const namespace = declaration.namespace ?? "default";
  return { declaration, namespace, workloads: declaredWorkloads(declaration, namespace), scaled };
}

/** The scenarios of a file; one with faults is left out, and named. @throws {CliError} for what is missing or cannot be simulated. */
export async function fileScenarios(
  on: FileOnManifests,
  report: Report | undefined,
  knownOf: (workload: string) => KnownPods,
): Promise<{ scenarios: FileScenario[]; notes: PlanNote[] }> {
  const { declaration, namespace, workloads, scaled } = on;
  const notes: PlanNote[] = [];
  const scenarios: FileScenario[] = [];
  for (const [index, one] of declaration.scenarios.entries()) {
    if (one.faults.length > 0) {
      notes.push({ id: "scenario-with-faults", params: { scenario: one.name } });
      continue;
    }
    const loads = await loadsOfScenario(declaration, one, report);
    const unknown = loads.find(({ workload }) => !scaled.some(({ name }) => name === workload));
    if (unknown !== undefined) {
      throw new CliError(
        `${unknown.option}: nothing in the manifests scales ${unknown.workload}`,
        "name a workload that scales",
      );
    }
    const declared = declaredSystem(workloads, scaled, loads, knownOf);
    notes.push(...declared.notes);
    scenarios.push({ scenario: scenarioFor(declaration, one, namespace, declared.system), index, loads, declared });
  }
  if (scenarios.length === 0) {
    throw new CliError(`${declaration.file} has no scenario that can be simulated`, "add one without faults");
  }
  if (declaration.evidence.ledger !== null || declaration.evidence.prometheus !== null) {
    notes.push({ id: "evidence-not-simulated", params: {} });
  }
  return { scenarios, notes: distinct(notes) };
}

function distinct(notes: readonly PlanNote[]): PlanNote[] {
  return [...new Map(notes.map((note) => [JSON.stringify(note), note])).values()];
}
