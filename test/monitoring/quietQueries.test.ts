import { deployedQueries } from "./support/deployedQueries.ts";
import { ruleTestFailures } from "./support/promtool.ts";
import { HISTORY_NAMESPACE, QUIET_QUERIES, quietSelectors, type Quiet } from "./support/quiet.ts";

/** Toolsets are built at their first use. */
const FIRST_BUILD_LIMIT_MS = 15 * 60_000;

interface Case extends Quiet {
  where: string;
  expression: string;
}

const queries = new Map(
  deployedQueries(HISTORY_NAMESPACE, "1m").map(({ where, expression }) => [where, expression] as const),
);
const cases: Case[] = [
  ...Object.entries(QUIET_QUERIES).map(([where, quiet]) => ({ ...quiet, where, expression: queries.get(where) ?? "" })),
  ...Object.entries(quietSelectors(HISTORY_NAMESPACE)).map(([selector, quiet]) => ({
    ...quiet,
    where: selector,
    expression: selector,
  })),
];

/** What promtool says when the expression returns no series at that moment of the history. */
function failuresOf({ where, expression, history, at }: Case): Promise<string> {
  const expr = `count(${expression}) > bool 0`;
  const samples = [{ labels: "{}", value: 1 }];
  return ruleTestFailures([
    {
      ...history,
      name: where,
      expected: { promql_expr_test: [{ expr, eval_time: at, exp_samples: samples }] },
    },
  ]);
}

test.each(cases)(
  "$where returns series over a history in which there is something to return",
  async (one) => {
    expect(one.expression).not.toBe("");
    expect(await failuresOf(one)).toBe("");
  },
  FIRST_BUILD_LIMIT_MS,
);

test.each(cases)("$where returns nothing over a history without its metrics, and the check says so", async (one) => {
  const series = { 'some_other_metric{namespace="orders"}': "1x10" };
  expect(await failuresOf({ ...one, history: { interval: "10s", series }, at: "1m" })).toContain("FAILED");
});
