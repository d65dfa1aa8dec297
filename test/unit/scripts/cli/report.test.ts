import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SCHEMA_VERSION } from "../../../../loadtest/model/report.ts";
import { formatJson } from "../../../../loadtest/report/json.ts";
import { runReport } from "../../../../scripts/cli/report.ts";
import { passed } from "../../loadtest/reportFixtures.ts";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ownsignal-report-"));
  file = join(folder, "report.json");
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const asObject = (): Record<string, unknown> => JSON.parse(formatJson(passed())) as Record<string, unknown>;

test.each([
  ["text", "a report", "is not JSON: Unexpected token"],
  ["an empty file", "", "is not JSON: Unexpected end"],
  ["a list", "[]", "is no report of a proof: it has no schemaVersion"],
  ["another JSON file", '{"name":"ownsignal"}', "is no report of a proof: it has no schemaVersion"],
  [
    "an older report",
    JSON.stringify({ schemaVersion: SCHEMA_VERSION - 1 }),
    `has schemaVersion ${SCHEMA_VERSION - 1}, and this ownsignal renders ${SCHEMA_VERSION}`,
  ],
])("%s is refused by name", async (_, text, message) => {
  writeFileSync(file, text);
  await expect(runReport([file])).rejects.toThrow(`${file} ${message}`);
  await expect(runReport([folder])).rejects.toThrow(`${file} ${message}`);
  expect(existsSync(join(folder, "report.html"))).toBe(false);
});

test("a newer report is one for a newer ownsignal", async () => {
  writeFileSync(file, JSON.stringify({ schemaVersion: SCHEMA_VERSION + 1 }));
  await expect(runReport([file])).rejects.toMatchObject({
    fix: "render it with the ownsignal that wrote it, or a newer one",
  });
});

test("each wrong place is named, up to five", async () => {
  const report = asObject();
  writeFileSync(
    file,
    JSON.stringify({ ...report, verdict: "good", scenarios: [{ ...(report.scenarios as object[])[0], endedAt: 3 }] }),
  );
  await expect(runReport([file])).rejects.toThrow(/\n {2}verdict: .*\n {2}scenarios\[0\]\.endedAt: /);
  writeFileSync(file, JSON.stringify({ schemaVersion: SCHEMA_VERSION }));
  await expect(runReport([file])).rejects.toThrow(/(\n {2}\w+: .*){5}\n {2}and [1-9] more$/);
});

test("what cannot be read, and where nothing can be written, is named with the reason", async () => {
  await expect(runReport([join(folder, "none")])).rejects.toThrow(/none cannot be read: ENOENT/);
  await expect(runReport([folder])).rejects.toThrow(/report\.json cannot be read: ENOENT/);
  mkdirSync(file);
  await expect(runReport([folder])).rejects.toThrow(/report\.json cannot be read: EISDIR/);
  const other = join(folder, "other.json");
  writeFileSync(other, formatJson(passed()));
  await expect(runReport([other, "--out", other])).rejects.toThrow(/other\.json cannot be written to: EEXIST/);
});
