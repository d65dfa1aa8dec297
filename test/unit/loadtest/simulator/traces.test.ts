import { type RuleId, RULES } from "../../../../loadtest/simulator/rules.ts";
import { readRecorded } from "../../../support/simulator/recorded.ts";
import { difference, suiteOf, suitesByRule, SUITES } from "../../../support/simulator/suites.ts";

const recorded = readRecorded();

/**
 * The simulator against traces that the unmodified controllers wrote: Kubernetes' HPA controller and KEDA's scale loop in virtual time.
 * `npm run test:reference` does the same with fresh cases.
 */
describe("recorded traces of the real controllers", () => {
  test("are of every suite", () => {
    const ids = new Set(recorded.map(({ suite }) => suite));
    expect([...ids]).toEqual(SUITES.map(({ id }) => id));
  });

  test.each(SUITES.map(({ id }) => id))("%s: the simulator does the same", (id) => {
    const suite = suiteOf(id);
    const mismatches = recorded
      .filter((one) => one.suite === id)
      .map(({ case: of, trace }) => ({ name: trace.name, difference: difference(trace, suite.simulate(of)) }))
      .filter((one) => one.difference !== null);
    expect(mismatches).toEqual([]);
  });

  test.each(Object.keys(RULES) as RuleId[])("without the rule %s it does not", (rule) => {
    const differs = suitesByRule(rule).some(({ id, simulate }) =>
      recorded
        .filter(({ suite }) => suite === id)
        .some(
          ({ case: of, trace }) =>
            difference(
              trace,
              simulate(of, (other) => other !== rule),
            ) !== null,
        ),
    );
    expect(differs).toBe(true);
  });
});
