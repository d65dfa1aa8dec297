import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { CommandError, run } from "../../scripts/process/command.ts";
import { ROOT } from "../../scripts/process/paths.ts";
import { toolset } from "../../scripts/toolsets/toolsets.ts";
import { ALERT_CASES, type AlertCase } from "./alertCases.ts";

const COMPONENT = join(ROOT, "kustomize/components/monitoring/prometheus");
const RULE_FILES = ["recording", "alerts"].map((name) => join(COMPONENT, `rules/${name}.rules.yml`));
/** Toolsets are built at their first use. */
const FIRST_BUILD_LIMIT_MS = 15 * 60_000;

interface Alert {
  alert?: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; description: string; runbook_url: string };
}

const alerts = (
  parse(await readFile(join(COMPONENT, "rules/alerts.rules.yml"), "utf8")) as { groups: { rules: Alert[] }[] }
).groups.flatMap(({ rules }) => rules);

let promtool: string;
let directory: string;
beforeAll(async () => {
  promtool = (await toolset("prometheus")).binary("promtool");
  directory = await mkdtemp(join(tmpdir(), "ownsignal-rules-"));
}, FIRST_BUILD_LIMIT_MS);
afterAll(() => rm(directory, { recursive: true, force: true }));

/** promtool's own form of cases of one interval. */
function promtoolTests(interval: string, cases: readonly AlertCase[], ruleFiles: readonly string[]): string {
  return stringify({
    rule_files: ruleFiles,
    // Hours of a case that has a value a minute would take minutes at the 5 s of dev.
    evaluation_interval: interval,
    tests: cases.map(({ alert, when, series, expected }) => {
      const rule = alerts.find((one) => one.alert === alert);
      if (rule === undefined) throw new Error(`there is no alert ${alert}`);
      return {
        name: `${alert}: ${when}`,
        interval,
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        alert_rule_test: Object.entries(expected).map(([time, fires]) => ({
          eval_time: time,
          alertname: alert,
          exp_alerts:
            fires === "quiet"
              ? []
              : [
                  {
                    exp_labels: { ...rule.labels, ...fires.labels },
                    exp_annotations: { ...rule.annotations, description: fires.description },
                  },
                ],
        })),
      };
    }),
  });
}

/** Of which cases promtool says that they went otherwise; empty when all is as expected. */
async function failures(cases: readonly AlertCase[], ruleFiles = RULE_FILES): Promise<string> {
  const files: string[] = [];
  for (const [interval, some = []] of Object.entries(Object.groupBy(cases, (one) => one.interval))) {
    const file = join(directory, `cases-${interval}.yml`);
    await writeFile(file, promtoolTests(interval, some, ruleFiles));
    files.push(file);
  }
  try {
    await run(promtool, ["test", "rules", ...files]);
    return "";
  } catch (error) {
    if (error instanceof CommandError) return error.output;
    throw error;
  }
}

test("each alert fires when it should and stays quiet at its edge", async () => {
  expect(await failures(ALERT_CASES)).toBe("");
});

test.each(alerts.map(({ alert = "" }) => alert))(
  "%s is told of a case that it fires in and one that it stays quiet in",
  (alert) => {
    const said = ALERT_CASES.filter((one) => one.alert === alert).flatMap(({ expected }) => Object.values(expected));
    expect(said.filter((one) => one === "quiet")).not.toEqual([]);
    expect(said.filter((one) => one !== "quiet")).not.toEqual([]);
  },
);

test.each(alerts.map(({ alert = "" }) => alert))(
  "without its rule the cases of %s fail, and with one that always fires too",
  async (alert) => {
    const cases = ALERT_CASES.filter((one) => one.alert === alert);
    for (const expr of ["vector(1) < 0", "vector(1)"]) {
      const text = await readFile(RULE_FILES[1] ?? "", "utf8");
      const document = parse(text) as { groups: { rules: Alert[] }[] };
      for (const rule of document.groups.flatMap(({ rules }) => rules)) if (rule.alert === alert) rule.expr = expr;
      const broken = join(directory, "broken.rules.yml");
      await writeFile(broken, stringify(document));
      expect(await failures(cases, [RULE_FILES[0] ?? "", broken])).toContain("FAILED");
    }
  },
);

test("promtool finds no fault with the rules and the configuration", async () => {
  expect(await run(promtool, ["check", "rules", "--lint=all", "--lint-fatal", ...RULE_FILES])).not.toContain("FAILED");
  const configuration = parse(await readFile(join(COMPONENT, "prometheus.yml"), "utf8")) as Record<string, unknown>;
  const file = join(directory, "prometheus.yml");
  await writeFile(file, stringify({ ...configuration, rule_files: RULE_FILES }));
  expect(await run(promtool, ["check", "config", "--lint=all", "--lint-fatal", file])).toContain("SUCCESS");
});

test.each(alerts)(
  "$alert says how bad it is, what it is and where to read on",
  async ({ alert = "", labels, annotations }) => {
    expect(["critical", "warning"]).toContain(labels.severity);
    expect(annotations.summary).not.toBe("");
    expect(annotations.runbook_url).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
    const runbook = await readFile(join(ROOT, "docs/runbook.md"), "utf8");
    const section = runbook.split(/^## /m).find((one) => one.startsWith(`${alert}\n`));
    expect(section).toMatch(/^Look at:/m);
    expect(section).toMatch(/^Do:/m);
  },
);
