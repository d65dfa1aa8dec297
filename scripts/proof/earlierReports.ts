import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Report } from "../../loadtest/model/report.ts";
import { parseReport } from "../../loadtest/report/parse.ts";

/** So many are looked through: reading one takes up to 50 ms. */
const MOST_REPORTS = 20;

/** The reports of earlier proofs beside the folder of this one, and in it, the newest first. What is no report of this version is passed over. */
export async function* earlierReports(outDir: string): AsyncGenerator<Report> {
  const beside = dirname(outDir);
  const entries = await readdir(beside, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(beside, name, "report.json"));
  const found = await Promise.all(
    folders.map(async (file) => ({ file, writtenMs: (await stat(file).catch(() => undefined))?.mtimeMs })),
  );
  const written = found.flatMap(({ file, writtenMs }) => (writtenMs === undefined ? [] : [{ file, writtenMs }]));
  for (const { file } of written.sort((a, b) => b.writtenMs - a.writtenMs).slice(0, MOST_REPORTS)) {
    const parsed = parseReport(await readFile(file, "utf8").catch(() => ""));
    if (parsed.kind === "report") yield parsed.report;
  }
}
