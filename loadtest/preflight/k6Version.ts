import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { messageOf } from "../../src/shared/messageOf.ts";
import type { PreflightFinding, PreflightFindingId } from "./finding.ts";

/** What can be wrong with a k6. */
export type K6Finding = PreflightFinding<Extract<PreflightFindingId, `k6-${string}`>>;

/** The major versions that the load's scripts are written for. */
export const KNOWN_MAJORS = [1, 2];

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
 * What is wrong with this k6; undefined where it is supported.
 * @param pinned the version that this project builds for itself.
 */
export async function k6Finding(path: string, pinned: string): Promise<K6Finding | undefined> {
  let version: string | undefined;
  try {
    version = await readK6Version(path);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT"
      ? { id: "k6-missing", severity: "ERROR", params: { path, pinned } }
      : { id: "k6-not-runnable", severity: "ERROR", params: { path, pinned, error: messageOf(error) } };
  }
  if (version === undefined) return { id: "k6-version-unknown", severity: "ERROR", params: { path, pinned } };
  if (KNOWN_MAJORS.includes(Number(version.split(".")[0]))) return undefined;
  return { id: "k6-version-unsupported", severity: "ERROR", params: { path, pinned, version } };
}
