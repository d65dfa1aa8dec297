import { formatCount } from "../../loadtest/report/format.ts";
import { assertionText } from "../../loadtest/report/texts/assertionTexts.ts";
import type { Judged } from "../planning/judge.ts";
import { noteText, type PlanNote } from "../planning/notes.ts";
import type { Detection, MutantResult } from "./detect.ts";
import type { Mutant } from "./mutant.ts";

/** Raised when a reader of the JSON has to change. */
const MUTATION_VERSION = 1;

export interface MutationRun {
  readonly file: string;
  readonly runs: number;
  readonly seed: number;
  readonly results: readonly MutantResult[];
  readonly notes: readonly PlanNote[];
}

/** What came of each mutant, those that survived last with the line that would detect them. */
export function renderMutation({ file, runs, results, notes }: MutationRun): string {
  const survived = results.filter(({ detections }) => detections.length === 0);
  const detected = results.filter(({ detections }) => detections.length > 0);
  const by = (who: Detection["by"]): number =>
    results.filter(({ detections }) => detections.some((one) => one.by === who)).length;
  return [
    `${formatCount(results.length, "mutant")} of the manifests, each simulated ${runs} times; nothing is deployed`,
    "",
    ...[...detected, ...survived].flatMap(resultLines),
    "",
    `${file} and the doctor detect ${detected.length} of ${results.length}: the file's assertions ${by("assertion")}, the doctor's rules ${by("doctor")}`,
    ...notes.map((note) => `note: ${noteText(note)}`),
    "",
  ].join("\n");
}

function resultLines({ mutant, detections, notSimulated, line }: MutantResult): string[] {
  const head = `${(detections.length > 0 ? "detected" : "SURVIVED").padEnd(9)} ${mutant.workload}  ${mutant.id}`;
  const indent = " ".repeat(10);
  return [
    head,
    `${indent}${changeText(mutant)}`,
    ...(notSimulated === null ? [] : [`${indent}not simulated: ${notSimulated}`]),
    ...detections.map((one) => `${indent}by ${detectionText(one)}`),
    ...(detections.length > 0 ? [] : [`${indent}${lineText(line)}`]),
  ];
}

function lineText(line: MutantResult["line"]): string {
  return line === null
    ? "no line of the file is known that would detect it under these loads"
    : line.path === "scenarios"
      ? `would be detected by a scenario with a load that scales ${line.scenario} alone: ${line.line}`
      : `would be detected by: ${line.line}   (${line.path}, scenario ${line.scenario})`;
}

export function changeText({ object, field, from, to }: Mutant): string {
  return `${object}: ${field}: ${from ?? "not set"} → ${to ?? "removed"}`;
}

function detectionText(detection: Detection): string {
  if (detection.by === "doctor") return `the doctor: ${detection.id} (${detection.subject})`;
  const { scenario, id, subject, causes } = detection;
  return `scenario ${scenario}: ${id} (${subject})${causes.length === 0 ? "" : `: ${causes.join(", ")}`}`;
}

/** The same as data. */
export function mutationJson({ file, runs, seed, results, notes }: MutationRun): string {
  const mutants = results.map(({ mutant: { objects: _objects, ...mutant }, ...of }) => ({ ...mutant, ...of }));
  const detected = results.filter(({ detections }) => detections.length > 0).length;
  const said = notes.map((note) => ({ ...note, text: noteText(note) }));
  return `${JSON.stringify({ mutationVersion: MUTATION_VERSION, file, runs, seed, detected, total: results.length, mutants, notes: said })}\n`;
}

/** Why mutation testing cannot begin: what of the file does not hold on the manifests as they are. */
export function unmetText(unmet: readonly { scenario: string; judged: Judged }[]): string {
  return unmet
    .map(({ scenario, judged: { holds, of, example } }) => {
      const { name, expected, measured, reason } = assertionText(example);
      return `\n  scenario ${scenario}: ${name}: holds in ${holds} of ${of} runs; expected ${expected}, ${measured}${reason === undefined ? "" : `: ${reason}`}`;
    })
    .join("");
}
