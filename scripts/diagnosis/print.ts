import { say } from "../process/progress.ts";
import type { Finding } from "./finding.ts";
import { findingsJson, type Looked } from "./json.ts";
import { formatFinding } from "./texts.ts";

/** Prints a line for each finding, those last that are accepted; as JSON one document. @returns the exit code: 1 where one is not accepted. */
export function printFindings(findings: readonly Finding[], looked: Looked, asJson: boolean): 0 | 1 {
  const open = findings.filter(({ accepted }) => accepted === undefined);
  if (asJson) {
    process.stdout.write(`${JSON.stringify(findingsJson(findings, looked), undefined, 2)}\n`);
    return open.length > 0 ? 1 : 0;
  }
  const accepted = findings.filter((finding) => finding.accepted !== undefined);
  for (const finding of [...open, ...accepted]) process.stdout.write(`${formatFinding(finding)}\n`);
  if (open.length > 0) return 1;
  say(accepted.length === 0 ? "No problems found" : `No problems found beside ${accepted.length} accepted`);
  return 0;
}
