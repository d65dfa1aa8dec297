import type { Assertion } from "../../loadtest/model/assertion.ts";
import { assertionText } from "../../loadtest/report/texts/assertionTexts.ts";
import { affordableRuns } from "../../loadtest/planner/forecast.ts";
import { dryRuns, type Judged, judgedOver, type Judging } from "./judge.ts";
import type { FileScenario } from "./fileScenarios.ts";

/** A scenario of a file with what is predicted of its assertions. */
export interface JudgedScenario {
  readonly scenario: string;
  readonly judged: readonly Judged[];
}

/** At most so many runs are evaluated: the band is of all. */
const MOST_RUNS = 50;

export function judgedScenario({ scenario, declared }: FileScenario, { runs, seed }: Judging): JudgedScenario {
  const affordable = Math.min(MOST_RUNS, affordableRuns(runs, declared.system.loadSeconds));
  return {
    scenario: scenario.name,
    judged: judgedOver(dryRuns(scenario, declared.system, { runs: affordable, seed })),
  };
}

/** Rows of text: in how many runs each holds, what it says, what was measured. */
export function judgedRows(
  judged: readonly Judged[],
  interval: (of: NonNullable<Judged["measured"]>) => string,
): string[][] {
  return judged.map(({ holds, of, measured, example }) => {
    const { name, expected } = assertionText(example);
    const verdict = holds === of ? "holds" : holds === 0 ? "FAILS" : "varies";
    return [verdict, `${holds} of ${of}`, name, expected, measured === null ? "" : interval(measured), whyNot(example)];
  });
}

function whyNot(example: Assertion): string {
  return example.status === "pass" ? "" : (assertionText(example).reason ?? "");
}
