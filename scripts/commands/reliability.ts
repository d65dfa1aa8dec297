import { globSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { parseReport } from "../../loadtest/report/parse.ts";
import { formatCount } from "../../loadtest/report/format.ts";
import { withFaultTable } from "../faults/table.ts";
import { CliError } from "../process/cliError.ts";
import { ROOT } from "../process/paths.ts";
import { say } from "../process/progress.ts";
import { runInherited } from "../process/runInherited.ts";
import { runMain } from "../process/runMain.ts";

const PAGE = join(ROOT, "docs/reference/reliability.md");
const HELP = `Writes the table of docs/reference/reliability.md from the reports of ./scripts/prove --profile faults; runs nothing.

  ./scripts/run reliability                   from out/proof/*/report.json, of each scenario the newest
  ./scripts/run reliability FILE...           from these
`;

await runMain(async () => {
  const args = process.argv.slice(2);
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(HELP);
    return 0;
  }
  const files = args.length > 0 ? args : globSync(join(ROOT, "out/proof/*/report.json"));
  if (files.length === 0) {
    throw new CliError("there is no report in out/proof", "./scripts/prove --profile faults makes one");
  }
  const parsed = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(file, "utf8").catch((error: unknown) => {
        throw new CliError(`${file} cannot be read`, "give the path of a report.json", { cause: error });
      });
      return { file, content: parseReport(text) };
    }),
  );
  // One of an earlier version is among those in out/proof by right; one that was named is not.
  const other = parsed.find(({ content }) => content.kind !== "report");
  if (args.length > 0 && other !== undefined) {
    throw new CliError(`${other.file} is no report of this version: ${other.content.kind}`, "leave it out");
  }
  const reports = parsed.flatMap(({ content }) => (content.kind === "report" ? [content.report] : []));
  await writeFile(PAGE, withFaultTable(await readFile(PAGE, "utf8"), reports));
  await runInherited("formatting it", "prettier", ["--write", "--log-level", "warn", PAGE]);
  say(`${relative(ROOT, PAGE)}: from ${formatCount(reports.length, "report")}`);
  return 0;
});
