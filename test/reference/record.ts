import { isDeepStrictEqual } from "node:util";
import { RULES, type RuleId } from "../../loadtest/simulator/rules.ts";
import { say } from "../../scripts/process/progress.ts";
import { writeRecorded } from "../support/simulator/recorded.ts";
import { type RecordedTrace, type Suite, SUITES, suitesByRule } from "../support/simulator/suites.ts";
import { referenceTraces } from "./reference.ts";

/** How far it looks in each suite for a case that depends on a rule. */
const SEEDS = 4000;

/**
 * Writes traces of the real controllers: of the first seeds of each suite, and of one more for each rule on which none of those depends.
 * @returns the exit code: 1 where a rule has no case.
 */
export async function record(): Promise<number> {
  const chosen = SUITES.map((suite) => ({
    suite,
    cases: Array.from({ length: suite.committed }, (_, index) => suite.caseOf(index + 1)),
  }));
  let without = 0;
  for (const rule of Object.keys(RULES) as RuleId[]) {
    if (chosen.some(({ suite, cases }) => cases.some((one) => depends(suite, one, rule)))) continue;
    const found = search(rule);
    if (found === null) {
      without++;
      say(`    no case depends on the rule ${rule}`);
      continue;
    }
    chosen.find(({ suite }) => suite === found.suite)?.cases.push(found.case);
  }
  const recorded: RecordedTrace[] = [];
  for (const { suite, cases } of chosen) {
    const traces = await referenceTraces(suite, cases);
    for (const [index, trace] of traces.entries()) recorded.push({ suite: suite.id, case: cases[index], trace });
  }
  say(`    ${recorded.length} traces, ${writeRecorded(recorded)} bytes`);
  return without === 0 ? 0 : 1;
}

/** Whether the simulator gets something else from a case without a rule. */
function depends(suite: Suite, one: unknown, rule: RuleId): boolean {
  return !isDeepStrictEqual(
    suite.simulate(one),
    suite.simulate(one, (other) => other !== rule),
  );
}

function search(rule: RuleId): { suite: Suite; case: unknown } | null {
  for (const suite of suitesByRule(rule)) {
    for (let seed = suite.committed + 1; seed <= SEEDS; seed++) {
      const one = suite.caseOf(seed);
      if (depends(suite, one, rule)) return { suite, case: one };
    }
  }
  return null;
}
