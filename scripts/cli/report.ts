import { mkdir, readFile, stat } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { SCHEMA_VERSION, type Report } from "../../loadtest/model/report.ts";
import { parseReport } from "../../loadtest/report/parse.ts";
import { renderTable } from "../../loadtest/report/table.ts";
import { writeRendered } from "../../loadtest/report/write.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { CliError } from "../process/cliError.ts";
import { say } from "../process/progress.ts";
import { parseOptions } from "./options.ts";

const HELP = `Renders the report.json of a proof: prints its table, and writes report.html and junit.xml.

  ownsignal report <file or folder> [options]

  <file or folder>   a report.json, or the folder that holds it
  --out <folder>     where report.html and junit.xml go; without it beside report.json
  --no-color
  --help

Exit code 0: rendered, whatever the verdict. 2: it could not be.
`;

const REPORT_FIX = "name a report.json that a proof has written, or the folder that holds it";
/** Of the problems of a file that is not as the schema has it. */
const MOST_PROBLEMS = 5;

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

async function reportFile(given: string): Promise<string> {
  try {
    return (await stat(given)).isDirectory() ? join(given, "report.json") : given;
  } catch (error) {
    throw new CliError(`${given} cannot be read: ${messageOf(error)}`, REPORT_FIX, { cause: error });
  }
}

async function readReport(file: string): Promise<Report> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new CliError(`${file} cannot be read: ${messageOf(error)}`, REPORT_FIX, { cause: error });
  }
  const parsed = parseReport(text);
  switch (parsed.kind) {
    case "report":
      return parsed.report;
    case "no-json":
      throw new CliError(`${file} is not JSON: ${parsed.error}`, REPORT_FIX);
    case "no-report":
      throw new CliError(`${file} is no report of a proof: it has no schemaVersion`, REPORT_FIX);
    case "other-version":
      throw new CliError(
        `${file} has schemaVersion ${parsed.version}, and this ownsignal renders ${SCHEMA_VERSION}`,
        `render it with the ownsignal that wrote it${parsed.version > SCHEMA_VERSION ? ", or a newer one" : ""}`,
      );
    case "invalid": {
      const { problems } = parsed;
      const shown = problems.slice(0, MOST_PROBLEMS).map(({ path, message }) => `\n  ${path}: ${message}`);
      const rest = problems.length - shown.length;
      throw new CliError(
        `${file} is not as schemaVersion ${SCHEMA_VERSION} has it:${shown.join("")}${rest > 0 ? `\n  and ${rest} more` : ""}`,
        "give the file as a proof has written it",
      );
    }
  }
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
