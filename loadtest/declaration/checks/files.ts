import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { isMap, valueAt } from "./branch.ts";
import type { Path, Problem } from "./problem.ts";
import { select, selectTexts } from "./select.ts";

interface Named {
  path: Path;
  /** As the file has it, relative to the folder. */
  value: string;
}

/** What is wrong with the files that a file refers to. @param folder that it stands in. */
export async function fileProblems(file: unknown, folder: string): Promise<Problem[]> {
  const scripts = selectTexts(file, "loads.*.k6");
  const programs = ["loads.*.command", "evidence.ledger.accepted", "evidence.ledger.finished"].flatMap((pattern) =>
    // Without a slash it is searched for in PATH.
    select(file, pattern).flatMap((found) =>
      selectTexts(found.value, "*")
        .slice(0, 1)
        .flatMap((first) =>
          first.value.includes("/") ? [{ path: [...found.path, ...first.path], value: first.value }] : [],
        ),
    ),
  );
  const manifests = selectTexts(file, "loads.*.job");
  const problems = await Promise.all([
    ...scripts.map((script) => missing(script, folder, "a k6 script")),
    ...programs.map((program) => missing(program, folder, "a program")),
    ...manifests.map(async (manifest) => (await missing(manifest, folder, "a manifest")) ?? notAJob(manifest, folder)),
  ]);
  return problems.filter((problem) => problem !== undefined);
}

async function missing({ path, value }: Named, folder: string, what: string): Promise<Problem | undefined> {
  const absolute = value.startsWith("/") ? value : join(folder, value);
  const found = await stat(absolute).catch(() => undefined);
  if (found?.isFile() === true) return undefined;
  const message = found === undefined ? `${value} does not exist` : `${value} is not a file`;
  return { path, at: "value", message, fix: `write the path of ${what}, relative to this file's folder` };
}

async function notAJob({ path, value }: Named, folder: string): Promise<Problem | undefined> {
  const problem = (message: string, fix: string): Problem => ({ path, at: "value", message, fix });
  const one = `write the path of a manifest with one Job (apiVersion: batch/v1, kind: Job)`;
  const absolute = value.startsWith("/") ? value : join(folder, value);
  const documents = parseAllDocuments(await readFile(absolute, "utf8"));
  if ("empty" in documents || documents.length === 0) return problem(`${value} is empty`, one);
  const [first, ...others] = documents;
  if (documents.some(({ errors }) => errors.length > 0)) return problem(`${value} is not valid YAML`, one);
  if (others.length > 0) return problem(`${value} holds ${documents.length} objects`, one);
  const manifest: unknown = first?.toJS();
  const kind = isMap(manifest) ? manifest.kind : undefined;
  const apiVersion = isMap(manifest) ? manifest.apiVersion : undefined;
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
