import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { messageOf } from "../../src/shared/messageOf.ts";

/** The major versions that the load's scripts are written for. */
const KNOWN_MAJORS = [1, 2];

/** The version in what `k6 version` prints, for example `1.8.1`; undefined where there is none. */
export function parseK6Version(output: string): string | undefined {
  return /^k6(?:\.exe)? v?(\d+\.\d+\.\d+\S*)/m.exec(output)?.[1];
}

/** The version of this k6; undefined where it does not say one. */
export async function readK6Version(k6Path: string): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)(k6Path, ["version"], { timeout: 10_000 });
  return parseK6Version(stdout);
}

/**
 * What is wrong with this k6; undefined when it will do.
 * @param pinned the version that this project builds for itself.
 */
export async function k6Problem(k6Path: string, pinned: string): Promise<string | undefined> {
  const remedy = `k6 ${pinned} is pinned, and built when no other is named by --k6; known are ${KNOWN_MAJORS.map((major) => `${major}.x`).join(" and ")}`;
  let version: string | undefined;
  try {
    version = await readK6Version(k6Path);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return `${missing ? `there is no k6 at ${k6Path}` : `k6 at ${k6Path} cannot be run: ${messageOf(error)}`}. ${remedy}`;
  }
  if (version === undefined) return `${k6Path} does not say which version of k6 it is. ${remedy}`;
  if (KNOWN_MAJORS.includes(Number(version.split(".")[0]))) return undefined;
  return `k6 at ${k6Path} is of version ${version}, for which the load's scripts were not written. ${remedy}`;
}
