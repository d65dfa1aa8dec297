import { say } from "../process/progress.ts";
import type { Finding } from "./finding.ts";
import { formatFinding } from "./texts.ts";

/** Prints a line for each finding. @returns the exit code: 1 where there are any. */
export function printFindings(findings: readonly Finding[]): 0 | 1 {
  for (const finding of findings) process.stdout.write(`${formatFinding(finding)}\n`);
  if (findings.length > 0) return 1;
  say("No problems found");
  return 0;
}
