import { mkdir } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import type { Report } from "../../loadtest/model/report.ts";
import { renderTable } from "../../loadtest/report/table.ts";
import { writeRendered } from "../../loadtest/report/write.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { CliError } from "../process/cliError.ts";
import { say } from "../process/progress.ts";
import { parseOptions } from "./options.ts";
import { readReport, REPORT_FIX, reportFile } from "./readReport.ts";

const HELP = `Renders the report.json of a proof: prints its table, and writes report.html and junit.xml.

  ownsignal report <file or folder> [options]

  <file or folder>   a report.json, or the folder that holds it
  --out <folder>     where report.html and junit.xml go; without it beside report.json
  --no-color
  --help

Exit code 0: rendered, whatever the verdict. 2: it could not be.
`;

/** `ownsignal report`. @throws {CliError} for what is no report, or one of another schema version. */
export async function runReport(args: readonly string[]): Promise<number> {
  const options = {
    out: { type: "string" },
    "no-color": { type: "boolean" },
    help: { type: "boolean", short: "h" },
  } as const;
  const { values, positionals } = parseOptions("report", args, options, 1);
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const [given] = positionals;
  if (given === undefined) throw new CliError("there is no report to render", `${REPORT_FIX}: ownsignal report <file>`);
  const file = await reportFile(given);
  const report = await readReport(file);
  const outDir = resolve(values.out ?? dirname(file));
  await writeInto(outDir, report);
  // https://no-color.org
  const color = values["no-color"] !== true && (process.env.NO_COLOR ?? "") === "" && process.stdout.isTTY;
  process.stdout.write(`${renderTable(report, { color })}\n`);
  say(`\nreport: ${relative(process.cwd(), join(outDir, "report.html"))}`);
  return 0;
}

async function writeInto(outDir: string, report: Report): Promise<void> {
  try {
    await mkdir(outDir, { recursive: true });
    await writeRendered(report, outDir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new CliError(`${outDir} cannot be written to: ${messageOf(error)}`, "name another folder: --out <folder>", {
      cause: error,
    });
  }
}
