import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { run } from "../../scripts/process/command.ts";
import { ROOT } from "../../scripts/process/paths.ts";
import { toolset } from "../../scripts/toolsets/toolsets.ts";
import type { AlertCase } from "./alertCases/alertCase.ts";
import { ALERT_CASES } from "./alertCases/all.ts";
import { ruleTestFailures } from "./support/promtool.ts";
import { ALERT_RULES, alerts, COMPONENT, RECORDING_RULES, RULE_FILES, RUNBOOKS, type Alert } from "./support/rules.ts";

/** Toolsets are built at their first use. */
const FIRST_BUILD_LIMIT_MS = 15 * 60_000;

let promtool: string;
let directory: string;
beforeAll(async () => {
  promtool = (await toolset("prometheus")).binary("promtool");
  directory = await mkdtemp(join(tmpdir(), "ownsignal-rules-"));
}, FIRST_BUILD_LIMIT_MS);
afterAll(() => rm(directory, { recursive: true, force: true }));

/** What promtool says of the cases that go otherwise; empty when all is as expected. */
function failures(cases: readonly AlertCase[], ruleFiles: readonly string[] = RULE_FILES): Promise<string> {
  const tests = cases.map(({ alert, when, interval, series, expected }) => {
    const rule = alerts.find((one) => one.alert === alert);
    if (rule === undefined) throw new Error(`there is no alert ${alert}`);
    const moments = Object.entries(expected).map(([time, fires]) => ({
      eval_time: time,
      alertname: alert,
      exp_alerts:
        fires === "quiet"
          ? []
          : [
              {
                exp_labels: { ...rule.labels, ...fires.labels },
                exp_annotations: {
                  ...rule.annotations,
                  description: fires.description,
                  runbook_url: `${RUNBOOKS}#${alert.toLowerCase()}`,
                },
              },
            ],
    }));
    return { name: `${alert}: ${when}`, interval, series, expected: { alert_rule_test: moments } };
  });
  return ruleTestFailures(tests, ruleFiles);
}

test("every alert fires in the cases in which it should, and in no other", async () => {
  expect(await failures(ALERT_CASES)).toBe("");
});

test.each(alerts.map(({ alert }) => alert))("%s has a case in which it fires and one in which it does not", (alert) => {
  const said = ALERT_CASES.filter((one) => one.alert === alert).flatMap(({ expected }) => Object.values(expected));
  expect(said.filter((one) => one === "quiet")).not.toEqual([]);
  expect(said.filter((one) => one !== "quiet")).not.toEqual([]);
});

test.each(alerts.map(({ alert }) => alert))(
  "the cases of %s fail when its rule never fires, and when it always fires",
  async (alert) => {
    const cases = ALERT_CASES.filter((one) => one.alert === alert);
    for (const expr of ["vector(1) < 0", "vector(1)"]) {
      const text = await readFile(ALERT_RULES, "utf8");
      const document = parse(text) as { groups: { rules: Alert[] }[] };
      for (const rule of document.groups.flatMap(({ rules }) => rules)) if (rule.alert === alert) rule.expr = expr;
      const broken = join(directory, "broken.rules.yml");
      await writeFile(broken, stringify(document));
      expect(await failures(cases, [RECORDING_RULES, broken])).toContain("FAILED");
    }
  },
);

test("the rules and the configuration pass promtool's checks and lints", async () => {
  expect(await run(promtool, ["check", "rules", "--lint=all", "--lint-fatal", ...RULE_FILES])).not.toContain("FAILED");
  const configuration = parse(await readFile(join(COMPONENT, "prometheus.yml"), "utf8")) as Record<string, unknown>;
  const file = join(directory, "prometheus.yml");
  await writeFile(file, stringify({ ...configuration, rule_files: RULE_FILES }));
  expect(await run(promtool, ["check", "config", "--lint=all", "--lint-fatal", file])).toContain("SUCCESS");
});

test.each(alerts)(
  "$alert has a severity, a summary and a section in the runbook",
  async ({ alert, labels, annotations }) => {
    expect(["critical", "warning"]).toContain(labels.severity);
    expect(annotations.summary).not.toBe("");
    expect(annotations.runbook_url).toBe(`{{ $externalLabels.runbooks }}#${alert.toLowerCase()}`);
    expect(RUNBOOKS).toMatch(/^https:.*\/docs\/how-to\/runbook\.md$/);
    const runbook = await readFile(join(ROOT, "docs/how-to/runbook.md"), "utf8");
    const section = runbook.split(/^## /m).find((one) => one.startsWith(`${alert}\n`));
    expect(section).toMatch(/^Look at:/m);
    expect(section).toMatch(/^Do:/m);
  },
);
