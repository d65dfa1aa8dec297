import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { severityOf } from "../../../../scripts/diagnosis/finding.ts";
import { docsOf } from "../../../../scripts/diagnosis/json.ts";
import { FINDINGS_BY_SOURCE } from "../../../../scripts/diagnosis/texts.ts";
import { ROOT } from "../../../../scripts/process/paths.ts";

const page = readFileSync(resolve(ROOT, "docs/reference/doctor.md"), "utf8");

/** The rows of the table under a heading: anchor, id, severity. */
function rowsUnder(heading: string): (string | undefined)[][] {
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const [table = ""] = section.split("\n## ");
  return [...table.matchAll(/^\| <a id="([a-z-]+)"><\/a>`([a-z-]+)`\s*\| (ERROR|WARN)\s*\| \S/gm)].map(
    ([, anchor, id, severity]) => [anchor, id, severity],
  );
}

test.each([
  ["Setup", FINDINGS_BY_SOURCE.setup],
  ["Specs", FINDINGS_BY_SOURCE.specs],
  ["State", FINDINGS_BY_SOURCE.status],
] as const)("docs/reference/doctor.md has every finding under %s, with its anchor and severity", (heading, ids) => {
  expect(ids.length).toBeGreaterThan(0);
  expect(rowsUnder(heading)).toEqual(ids.map((id) => [docsOf(id).split("#")[1], id, severityOf(id)]));
});
