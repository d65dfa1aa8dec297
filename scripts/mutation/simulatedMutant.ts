import type { SimulatedSystem } from "../../loadtest/dryRun/simulateSystem.ts";
import { namedIn } from "../planning/autoscalingFile.ts";
import { underOtherManifests } from "../planning/declaredSystem.ts";
import type { FileOnManifests, FileScenario } from "../planning/fileScenarios.ts";
import { scenarioFor } from "../planning/judge.ts";
import { type Objects, type ScaledWorkload, scaledWorkloads } from "../planning/scaledWorkload.ts";
import type { Finding } from "../diagnosis/finding.ts";
import type { Mutant } from "./mutant.ts";

/** A file on the manifests as they are, each of its scenarios ready to be simulated. */
export interface Baseline {
  readonly objects: Objects;
  readonly on: FileOnManifests;
  readonly scenarios: readonly FileScenario[];
  /** What the doctor finds in the manifests as they are. */
  readonly findings: readonly Finding[];
}

/** A scenario of the file on a mutant's manifests. */
export interface SimulatedMutant {
  readonly of: FileScenario;
  readonly scenario: FileScenario["scenario"];
  readonly system: SimulatedSystem;
  readonly scaled: readonly ScaledWorkload[];
}

/** @throws {CliError} where its manifests cannot be simulated. */
export function simulatedMutant({ objects }: Mutant, { on, scenarios }: Baseline): SimulatedMutant[] {
  const { declaration, namespace } = on;
  const scaled = namedIn(declaration, scaledWorkloads(objects).workloads);
  return scenarios.map((of) => {
    const system = underOtherManifests(of.declared, scaled);
    const declared = declaration.scenarios[of.index];
    if (declared === undefined) throw new Error(`the file has no scenario ${of.index}`);
    // A limit that the file leaves to the live objects is read of the mutant's, as the proof would.
    return { of, scenario: scenarioFor(declaration, declared, namespace, system), system, scaled };
  });
}
