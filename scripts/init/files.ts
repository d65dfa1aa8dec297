import { basename } from "node:path";
import { autoscalingJsonSchema } from "../../loadtest/declaration/schema/jsonSchema.ts";
import type { Found, InitFinding } from "./found.ts";
import { plan, type PlannedScenario } from "./plan.ts";
import { renderFile } from "./renderFile.ts";
import { renderLoad } from "./renderLoads.ts";
import { type Scalable, scalablesIn } from "./scalable.ts";

const SCHEMA_FILE = "autoscaling.schema.json";

/** A file to be written, all in one folder. */
export interface InitFile {
  name: string;
  text: string;
  /** What it is, in a few words. */
  about: string;
}

/** What a namespace gives: the files, the declaration first. They are none where no scenario can be written. */
export interface InitFiles {
  scalables: readonly Scalable[];
  findings: readonly InitFinding[];
  files: readonly InitFile[];
  /** Those of them that a person has to write before anything can be proven. */
  unwritten: readonly string[];
}

/** @param path of the declaration. */
export function initFiles(found: Found, path: string): InitFiles {
  const { scalables, findings } = scalablesIn(found);
  const scenarios = plan(found.namespace, scalables);
  if (scenarios.length === 0) return { scalables, findings, files: [], unwritten: [] };
  const declaration = {
    name: basename(path),
    text: renderFile(found.namespace, { scalables, scenarios }, SCHEMA_FILE),
    about: `${counted(scalables.length, "workload")}, ${counted(scenarios.length, "scenario")}`,
  };
  const schema = {
    name: SCHEMA_FILE,
    text: `${JSON.stringify(autoscalingJsonSchema(), null, 2)}\n`,
    about: "by which editors complete it",
  };
  return {
    ...{ scalables, findings },
    files: [declaration, ...scenarios.flatMap(loadFile), schema],
    unwritten: scenarios.flatMap(({ load }) => (load.kind === "command" ? [load.file] : [])),
  };
}

function loadFile(scenario: PlannedScenario): InitFile[] {
  const { load } = scenario;
  const rendered = renderLoad(scenario);
  if (rendered === undefined || load.kind === "none") return [];
  const { file: name, text } = rendered;
  const about =
    load.kind === "k6"
      ? `requests to Service ${load.service.service}, port ${load.service.port}`
      : `to be written: ${load.task}`;
  return [{ name, text, about }];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
