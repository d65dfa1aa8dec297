import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import { messageOf } from "../../../src/shared/messageOf.ts";
import { isMap, valueAt } from "./branch.ts";
import type { Path, Problem } from "./problem.ts";
import { selectTexts } from "./select.ts";

interface Named {
  path: Path;
  /** As the file has it, relative to the folder. */
  value: string;
}

/** What is wrong with the files that a file refers to. @param folder that it stands in. */
export async function fileProblems(file: unknown, folder: string): Promise<Problem[]> {
  const scripts = selectTexts(file, "loads.*.k6");
  const programs = ["loads.*.command.*", "evidence.ledger.accepted.*", "evidence.ledger.finished.*"]
    .flatMap((pattern) => selectTexts(file, pattern))
    // Without a slash it is searched for in PATH.
    .filter(({ path, value }) => path.at(-1) === 0 && value.includes("/"));
  const manifests = selectTexts(file, "loads.*.job");
  const problems = await Promise.all([
    ...scripts.map((script) => missing(script, folder, "a k6 script")),
    ...programs.map((program) => missing(program, folder, "a program")),
    ...manifests.map(async (manifest) => (await missing(manifest, folder, "a manifest")) ?? notAJob(manifest, folder)),
  ]);
  return problems.filter((problem) => problem !== undefined);
}

async function missing({ path, value }: Named, folder: string, what: string): Promise<Problem | undefined> {
  const found = await stat(resolve(folder, value)).catch(() => undefined);
  if (found?.isFile() === true) return undefined;
  const message = found === undefined ? `${value} cannot be found` : `${value} is not a file`;
  return { path, at: "value", message, fix: `write the path of ${what}, relative to this file's folder` };
}

async function notAJob({ path, value }: Named, folder: string): Promise<Problem | undefined> {
  const problem = (message: string, fix: string): Problem => ({ path, at: "value", message, fix });
  const one = "write the path of a manifest with one Job (apiVersion: batch/v1, kind: Job)";
  const read = await objectsIn(resolve(folder, value));
  if (typeof read === "string") return problem(`${value} ${read}`, one);
  const [manifest, ...others] = read;
  if (manifest === undefined) return problem(`${value} is empty`, one);
  if (others.length > 0) return problem(`${value} holds ${read.length} objects`, one);
  const { kind, apiVersion } = isMap(manifest) ? manifest : {};
  if (kind !== "Job" || apiVersion !== "batch/v1") {
    const holds =
      typeof kind === "string" && typeof apiVersion === "string" ? `a ${kind} of ${apiVersion}` : "no object";
    return problem(`${value} holds ${holds}, not a Job of batch/v1`, one);
  }
  if (!Array.isArray(valueAt(manifest, ["spec", "template", "spec", "containers"]))) {
    return problem(`the Job in ${value} has no containers`, "add spec.template.spec.containers to it");
  }
  return undefined;
}

/** The documents of a YAML file, without empty ones; or why there are none. */
async function objectsIn(path: string): Promise<unknown[] | string> {
  try {
    const documents = parseAllDocuments(await readFile(path, "utf8"));
    if ("empty" in documents) return [];
    if (documents.some(({ errors }) => errors.length > 0)) return "is not valid YAML";
    return documents.map((document): unknown => document.toJS()).filter((object) => object !== null);
  } catch (error) {
    return `cannot be read: ${messageOf(error)}`;
  }
}
