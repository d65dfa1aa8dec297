import { copyFile, mkdir, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import type { Target } from "../../loadtest/model/target.ts";
import { type NotRunReason, notRunReport } from "../../loadtest/preflight/notRunReport.ts";
import { writeReport } from "../../loadtest/report/write.ts";
import type { ScenarioRun } from "../../loadtest/engine/proofOptions.ts";
import { ROOT } from "../process/paths.ts";
import { say } from "../process/progress.ts";

/** Where a proof's report goes, and in which forms. */
export interface Delivery {
  /** Undefined for a folder of its own, under `folders`. */
  outDir: string | undefined;
  /** Where reports have folders of their own; by default out/proof of the checkout. */
  folders?: string;
  /** Whether standard output gets the report as JSON, and nothing else. */
  json: boolean;
  /** Where junit.xml is to be as well. */
  junitFile: string | undefined;
  /** False where it was switched off; the output has to be a terminal as well. */
  color: boolean;
}

/** The folder of a proof's report. */
export function reportFolder({ outDir, folders = join(ROOT, "out/proof") }: Delivery, startedAt: string): string {
  return resolve(outDir ?? join(folders, startedAt.replaceAll(":", "-").replace(/\.\d+/, "")));
}

/** Writes the report of a proof that ran no load, with the reasons. */
export async function writeNotRunReport(
  request: Delivery,
  outDir: string,
  run: {
    reasons: readonly NotRunReason[];
    startedAt: string;
    command: string;
    target: Target;
    runs: readonly ScenarioRun[];
    profile: string | null;
  },
): Promise<void> {
  // A misspelt name leaves nothing behind, unless a program waits for it.
  const awaited = request.json || request.junitFile !== undefined || request.outDir !== undefined;
  if (run.target.kubernetes === null && !awaited) return;
  await mkdir(outDir, { recursive: true });
  await writeReport(notRunReport(run), outDir);
  await deliverReport(request, outDir);
}

/** Puts the report where it was asked for. */
export async function deliverReport(request: Delivery, outDir: string): Promise<void> {
  if (request.json) process.stdout.write(await readFile(join(outDir, "report.json"), "utf8"));
  if (request.junitFile !== undefined) {
    await mkdir(dirname(resolve(request.junitFile)), { recursive: true });
    await copyFile(join(outDir, "junit.xml"), request.junitFile);
  }
  say(`\nreport: ${relative(process.cwd(), join(outDir, "report.html"))}`);
}
