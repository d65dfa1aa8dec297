import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { reportHtml } from "./html/report.ts";
import { formatJson } from "./json.ts";
import { formatJunit } from "./junit.ts";
import type { Report } from "../model/report.ts";

/**
 * Writes report.json, report.html and junit.xml into a folder that is there. Each takes its predecessor's place as a whole, so that an end in the middle leaves none in
 * pieces.
 */
export async function writeReport(report: Report, outDir: string): Promise<void> {
  // The measurements first: whatever becomes of their presentation, they are kept.
  await replaceFile(join(outDir, "report.json"), formatJson(report));
  await writeRendered(report, outDir);
}

/** Writes what is rendered from report.json, beside it or elsewhere: report.html and junit.xml. The folder has to be there. */
export async function writeRendered(report: Report, outDir: string): Promise<void> {
  await replaceFile(join(outDir, "junit.xml"), formatJunit(report));
  await replaceFile(join(outDir, "report.html"), await reportHtml(report));
}

/** Writes a file that takes its predecessor's place as a whole. */
export async function replaceFile(path: string, content: string): Promise<void> {
  await writeFile(`${path}.part`, content);
  try {
    await rename(`${path}.part`, path);
  } catch (error) {
    await rm(`${path}.part`, { force: true });
    throw error;
  }
}
