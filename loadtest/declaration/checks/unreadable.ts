import { FILE_VERSION } from "../schema/autoscalingFile.ts";
import { isMap } from "./branch.ts";
import type { Problem } from "./problem.ts";

/** A file that is empty, or of another version: then nothing else can be said about it. */
export function unreadable(file: unknown): Problem | undefined {
  if (file === null || file === undefined) {
    const fix = "write version, workloads, loads and scenarios; `ownsignal init` writes a first file";
    return { path: [], at: "value", message: "the file is empty", fix };
  }
  if (!isMap(file) || typeof file.version !== "number" || file.version === FILE_VERSION) return undefined;
  const message = `version ${file.version} is not known here`;
  return {
    path: ["version"],
    at: "value",
    message,
    fix: `write version: ${FILE_VERSION}, and the fields of that version`,
  };
}
