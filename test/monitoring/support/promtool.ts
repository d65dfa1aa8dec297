import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { CommandError, run } from "../../../scripts/process/command.ts";
import { toolset } from "../../../scripts/toolsets/toolsets.ts";
import { RULE_FILES, RUNBOOKS } from "./rules.ts";

/** Values in promtool's notation: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series */
export interface History {
  /** Between two values of a series; a PromQL duration. */
  interval: string;
  series: Readonly<Record<string, string>>;
}

/** A history, and what is expected at some of its moments, in promtool's own form. */
export interface RuleTest extends History {
  name: string;
  expected: { alert_rule_test: readonly unknown[] } | { promql_expr_test: readonly unknown[] };
}

/** What promtool says of the tests that fail; empty when none does. The rules are evaluated along each history. */
export async function ruleTestFailures(
  tests: readonly RuleTest[],
  ruleFiles: readonly string[] = RULE_FILES,
): Promise<string> {
  const promtool = (await toolset("prometheus")).binary("promtool");
  const directory = await mkdtemp(join(tmpdir(), "ownsignal-rules-"));
  try {
    const files: string[] = [];
    for (const [interval, some = []] of Object.entries(Object.groupBy(tests, (one) => one.interval))) {
      const file = join(directory, `tests-${interval}.yml`);
      await writeFile(
        file,
        stringify({
          rule_files: ruleFiles,
          // Hours of a history that has a value a minute would take minutes at the 5 s of dev.
          evaluation_interval: interval,
          tests: some.map(({ name, series, expected }) => ({
            name,
            interval,
            external_labels: { runbooks: RUNBOOKS },
            input_series: Object.entries(series).map(([metric, values]) => ({ series: metric, values })),
            ...expected,
          })),
        }),
      );
      files.push(file);
    }
    await run(promtool, ["test", "rules", ...files]);
    return "";
  } catch (error) {
    if (error instanceof CommandError) return error.output;
    throw error;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
