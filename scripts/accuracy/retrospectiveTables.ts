import { CONFIGURATIONS } from "./configurations.ts";
import type { Accuracy } from "./data.ts";
import { errorOf, type Judged, medianOf } from "./outcomes.ts";
import type { RetrospectiveForecast } from "./retrospective.ts";
import { configurationsTable, number, type Parts, statisticsTable, table } from "./tables.ts";

/** How well the present model would have forecast the recorded runs, and what of the first pod's error is chance. */
export function retrospectiveParts({ outcomes, retrospective }: Accuracy): Parts {
  const judged = againOf({ outcomes, retrospective });
  const title = `${judged.length} runs, by the model ${retrospective.model}.`;
  return {
    retrospective: [title, statisticsTable(judged), configurationsTable(judged)].join("\n\n"),
    "first-pod": firstPodTable({ outcomes, retrospective }),
  };
}

/** The forecasts that were made again beside what was measured. @throws {Error} for a run that is not recorded. */
function againOf({ outcomes, retrospective }: Pick<Accuracy, "outcomes" | "retrospective">): (Judged & {
  readonly forecast: RetrospectiveForecast;
})[] {
  return retrospective.forecasts.map((forecast) => {
    const outcome = outcomes.find(({ run }) => run === forecast.run);
    if (outcome === undefined) throw new Error(`${forecast.run} is forecast again, and not recorded`);
    return { run: forecast.run, forecast, measured: outcome.measured };
  });
}

function firstPodTable({ outcomes, retrospective }: Pick<Accuracy, "outcomes" | "retrospective">): string {
  const again = againOf({ outcomes, retrospective });
  const row = (name: string, isOf: (run: string) => boolean, expected: number | undefined): string[] => {
    const [first, then] = [outcomes.filter(({ run }) => isOf(run)), again.filter(({ run }) => isOf(run))];
    const knowing = then.flatMap(({ forecast, measured: { firstReadySeconds } }) =>
      firstReadySeconds === null ? [] : [Math.abs(forecast.knowing.medianSeconds - firstReadySeconds)],
    );
    return [name, firstPodError(first), firstPodError(then), seconds(medianOf(knowing)), seconds(expected)];
  };
  return table(
    ["configuration", "forecast before the run", "forecast again", "knowing the pod's start", "expected of that"],
    [
      ...CONFIGURATIONS.map(({ name }) => {
        const isOf = (run: string): boolean => run.replace(/-\d+$/, "") === name;
        const expected = again.filter(({ run }) => isOf(run)).map(({ forecast }) => forecast.knowing);
        return row(`\`${name}\``, isOf, medianOf(expected.map(({ expectedErrorSeconds }) => expectedErrorSeconds)));
      }),
      row("all runs", () => true, retrospective.expectedErrorSeconds),
    ],
  );
}

function firstPodError(judged: readonly Judged[]): string {
  return seconds(medianOf(judged.flatMap((one) => errorOf(one, "firstReadySeconds") ?? [])));
}

function seconds(value: number | undefined): string {
  return value === undefined ? "–" : `${number(value)} s`;
}
