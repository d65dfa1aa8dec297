import type { AssertionId } from "../../loadtest/model/assertion.ts";
import type { CauseId } from "../../loadtest/model/cause.ts";
import type { Finding, FindingId } from "../diagnosis/finding.ts";
import { renderedFindings } from "../diagnosis/rendered.ts";
import { detects, dryRuns, type Judged, judgedOver, type Judging } from "../planning/judge.ts";
import { CliError } from "../process/cliError.ts";
import type { Mutant } from "./mutant.ts";
import { limitMutants } from "./limitMutants.ts";
import { resourceMutants } from "./resourceMutants.ts";
import { type DetectingLine, detectingLine } from "./detectingLine.ts";
import { type Baseline, type SimulatedMutant, simulatedMutant } from "./simulatedMutant.ts";
import { triggerMutants } from "./triggerMutants.ts";

/** What reports a mutant. */
export type Detection =
  | {
      readonly by: "assertion";
      readonly scenario: string;
      readonly id: AssertionId;
      readonly subject: string;
      readonly causes: readonly CauseId[];
    }
  | { readonly by: "doctor"; readonly id: FindingId; readonly subject: string };

export interface MutantResult {
  readonly mutant: Mutant;
  /** Empty: it survived. */
  readonly detections: readonly Detection[];
  /** Why it could not be simulated; null where it was. */
  readonly notSimulated: string | null;
  /** Of a survivor: what in the file would detect it; null where nothing was found that does. */
  readonly line: DetectingLine | null;
}

/** All that may be wrong in one place of these manifests, of the workloads that the file names. */
export function mutantsOf({ objects, on: { scaled } }: Baseline): Mutant[] {
  return scaled.flatMap((workload) => [
    ...(workload.autoscaler.kind === "ScaledObject" ? triggerMutants(objects, workload, scaled) : []),
    ...resourceMutants(objects, workload),
    ...limitMutants(objects, workload),
  ]);
}

/** What of the file does not hold on the manifests as they are, by scenario; empty where all holds in every run. */
export function unmet({ scenarios }: Baseline, judging: Judging): { scenario: string; judged: Judged }[] {
  return scenarios.flatMap(({ scenario, declared }) =>
    judgedOver(dryRuns(scenario, declared.system, judging))
      .filter(({ holds, of }) => holds < of)
      .map((judged) => ({ scenario: scenario.name, judged })),
  );
}

/** What detects a mutant: an assertion that fails in every simulated run, or a rule of the doctor that finds nothing in the manifests as they are. */
export function resultOf(mutant: Mutant, baseline: Baseline, judging: Judging): MutantResult {
  const doctor = newFindings(mutant, baseline);
  let simulated: SimulatedMutant[];
  try {
    simulated = simulatedMutant(mutant, baseline);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return { mutant, detections: doctor, notSimulated: error.message, line: null };
  }
  const assertions = simulated.flatMap(({ of, scenario, system }) =>
    judgedOver(dryRuns(scenario, system, judging))
      .filter(detects)
      .map(({ id, subject, example }): Detection => ({
        ...{ by: "assertion", scenario: of.scenario.name, id, subject },
        causes: [...new Set(example.causes.map((cause) => cause.id))],
      })),
  );
  const detections = [...assertions, ...doctor];
  const line = detections.length > 0 ? null : detectingLine(mutant, simulated, judging);
  return { mutant, detections, notSimulated: null, line };
}

function newFindings({ objects }: Mutant, { findings }: Baseline): Detection[] {
  const key = ({ id, subject }: Finding): string => `${id} ${subject.kind} ${subject.name}`;
  const known = new Set(findings.map(key));
  return renderedFindings(objects)
    .filter((one) => one.accepted === undefined && !known.has(key(one)))
    .map(({ id, subject }) => ({ by: "doctor", id, subject: `${subject.kind} ${subject.name}` }));
}
