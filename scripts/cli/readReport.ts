import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { SCHEMA_VERSION, type Report } from "../../loadtest/model/report.ts";
import { parseReport } from "../../loadtest/report/parse.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { CliError } from "../process/cliError.ts";

export const REPORT_FIX = "name a report.json that a proof has written, or the folder that holds it";
/** Of the problems of a file that is not as the schema has it. */
const MOST_PROBLEMS = 5;

/** The report.json that a person names by itself or by its folder. @throws {CliError} where there is none. */
export async function reportFile(given: string): Promise<string> {
  try {
    return (await stat(given)).isDirectory() ? join(given, "report.json") : given;
  } catch (error) {
    throw new CliError(`${given} cannot be read: ${messageOf(error)}`, REPORT_FIX, { cause: error });
  }
}

/** @throws {CliError} for what is no report, or one of another schema version. */
export async function readReport(file: string): Promise<Report> {
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
