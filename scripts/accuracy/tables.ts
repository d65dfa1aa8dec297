import { join } from "node:path";
import { isWithin, type StatisticId, STATISTICS } from "../../loadtest/model/forecast.ts";
import { ROOT } from "../process/paths.ts";
import { shareInterval } from "./binomial.ts";
import { CONFIGURATIONS } from "./configurations.ts";
import type { Accuracy, MeasuredRecommendation } from "./data.ts";
import type { PresentForecast } from "./forecast.ts";
import { PAIR, SIDES } from "./runs.ts";
import { errorOf, heldIn, type Judged, medianOf, type Outcome } from "./outcomes.ts";

export const SUMMARY_PAGE = join(ROOT, "docs/how-to/planner.md");
export const RUNS_PAGE = join(ROOT, "docs/reference/planner-accuracy.md");

/** A part of a page by the name of its markers. */
export type Parts = Readonly<Record<string, string>>;

const NOMINAL = 0.9;

const NAMES: Readonly<Record<StatisticId, string>> = {
  firstReadySeconds: "first pod ready, s",
  allReadySeconds: "all pods ready, s",
  drainedSeconds: "drained, s",
  idleSeconds: "idle after that, s",
  orderAgeP95Seconds: "age p95, s",
  podSeconds: "pod-seconds",
  peakReplicas: "most replicas",
  directionChanges: "changes of direction",
};
/** Counts are right or wrong; of the others what counts is by how much. */
const COUNTS: readonly StatisticId[] = ["peakReplicas", "directionChanges"];
const ABSOLUTE: readonly StatisticId[] = ["firstReadySeconds", "idleSeconds"];

/** Told for each configuration. */
const ERRORS: readonly StatisticId[] = ["firstReadySeconds", "drainedSeconds", "podSeconds"];

/** @param present one for each outcome. */
export function summaryParts(
  { outcomes, recommendations, voids }: Accuracy,
  present: readonly PresentForecast[],
): Parts {
  const models = [...new Set(outcomes.map(({ forecast }) => forecast.model))];
  const notJudged = voids.filter(({ run }) => !run.startsWith(PAIR));
  const held = `${outcomes.length} forecasts, by ${models.length === 1 ? "the model" : "the models"} ${models.join(", ")} (a digest of \`loadtest/planner\` and \`loadtest/simulator\`); the present code forecasts ${present.filter(({ isSame }) => isSame).length} of them alike. Not judged: ${notJudged.length === 0 ? "none" : `${notJudged.length} (${[...new Set(notJudged.map(({ why }) => why))].join("; ")})`}.`;
  return {
    accuracy: [held, statisticsTable(outcomes, present), configurationsTable(outcomes)].join("\n\n"),
    recommendations: recommendationsTable(recommendations),
  };
}

export function runParts({ outcomes }: Accuracy): Parts {
  const rows = outcomes.map((outcome) => [
    outcome.run,
    String(outcome.forecast.calibration.runs.length),
    ...STATISTICS.map((id) => cell(outcome, id)),
  ]);
  return { runs: table(["run", "calibrated by runs", ...STATISTICS.map((id) => NAMES[id])], rows) };
}

/** @throws {Error} for a page without a place for a part. */
export function withParts(page: string, parts: Parts): string {
  return Object.entries(parts).reduce((text, [name, part]) => {
    const begin = `<!-- ${name}: begin, written by npm run measure:planner:table -->`;
    const end = `<!-- ${name}: end -->`;
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`the page has no lines ${begin} and ${end}`);
    return `${text.slice(0, from + begin.length)}\n\n${part}\n\n${text.slice(to)}`;
  }, page);
}

function statisticsTable(outcomes: readonly Outcome[], present: readonly PresentForecast[]): string {
  const rows = STATISTICS.map((id) => {
    const held = heldIn(outcomes, id);
    const { low, high } = shareInterval(held, outcomes.length);
    const liesIn = (share: number): string =>
      low <= share && share <= high ? "yes" : low > share ? "no, held more often" : "no, **held less often**";
    const simulated = present.reduce((sum, { within }) => sum + within[id], 0) / present.length;
    return [
      NAMES[id],
      `${held} of ${outcomes.length}`,
      `${percent(low)} – ${percent(high)} %`,
      liesIn(NOMINAL),
      `${percent(simulated)} %`,
      liesIn(simulated),
      errorText(outcomes, id),
    ];
  });
  return table(
    [
      ...["", "within the band", "95 % interval of the share", "90 % lies in it"],
      ...["simulated runs within", "lies in it", "error of the median"],
    ],
    rows,
  );
}

function errorText(outcomes: readonly Outcome[], id: StatisticId): string {
  const errors = outcomes.map((outcome) => errorOf(outcome, id));
  if (COUNTS.includes(id)) return `exact in ${errors.filter((error) => error === 0).length} of ${errors.length}`;
  if (ABSOLUTE.includes(id)) return `${number(medianOf(errors.flatMap((error) => error ?? [])))} s`;
  const shares = outcomes.flatMap((outcome, index) => {
    const [error, measured] = [errors[index], outcome.measured[id]];
    return error === undefined || measured === null || measured === 0 ? [] : [error / measured];
  });
  return `${number((medianOf(shares) ?? 0) * 100)} %`;
}

function configurationsTable(outcomes: readonly Outcome[]): string {
  const rows = CONFIGURATIONS.map(({ name, differs }) => {
    const of = outcomes.filter(({ run }) => run.replace(/-\d+$/, "") === name);
    return [
      `\`${name}\``,
      differs,
      ...STATISTICS.map((id) => `${heldIn(of, id)}/${of.length}`),
      ...ERRORS.map((id) => (of.length === 0 ? "" : errorText(of, id))),
    ];
  });
  const errors = ERRORS.map((id) => `error of the median: ${NAMES[id].replace(", s", "")}`);
  return table(["configuration", "differs from dev in", ...STATISTICS.map((id) => NAMES[id]), ...errors], rows);
}

/** What was measured; where the band did not hold, in bold with the band. */
function cell({ forecast, measured }: Outcome, id: StatisticId): string {
  const value = number(measured[id]);
  const band = forecast.statistics[id];
  return isWithin(band, measured[id]) ? value : `**${value}** (${number(band.low)} – ${number(band.high)})`;
}

function recommendationsTable(recommendations: readonly MeasuredRecommendation[]): string {
  const rows = recommendations.flatMap(({ recommendation, pairs }) => {
    const { configuration, objectives, settings, better, current, recommended } = recommendation;
    return better.map((id) => {
      const agree = pairs.filter((pair) => (pair.recommended[id] ?? Infinity) < (pair.current[id] ?? Infinity));
      const band = ({ low, high }: { low: number | null; high: number | null }): string =>
        `${number(low)} – ${number(high)}`;
      return [
        `\`${configuration}\``,
        `\`${objectives}\``,
        settings.join(", ") || "no better setting found",
        NAMES[id],
        recommended === null ? band(current[id]) : `${band(current[id])} → ${band(recommended[id])}`,
        pairs.map((pair) => `${number(pair.current[id])} → ${number(pair.recommended[id])}`).join("; "),
        `${agree.length} of ${pairs.length}`,
      ];
    });
  });
  if (rows.length === 0) return "None is recorded yet.";
  const rowsTable = table(
    ["for", "objective", "recommended", "better in", "forecast now → recommended", "measured pairs", "agree"],
    rows,
  );
  const runs = recommendations.flatMap(runsOf);
  const held = STATISTICS.reduce((sum, id) => sum + heldIn(runs, id), 0);
  return `${rowsTable}\n\nOf all figures of these runs, both sides, ${held} of ${runs.length * STATISTICS.length} lie within the band that was written down before.`;
}

/** Each side of its pairs. */
function runsOf({ recommendation, pairs }: MeasuredRecommendation): Judged[] {
  return SIDES.flatMap((side) => {
    const statistics = recommendation[side];
    return statistics === null ? [] : pairs.map((pair) => ({ forecast: { statistics }, measured: pair[side] }));
  });
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function percent(share: number): string {
  return (share * 100).toFixed(0);
}

function number(value: number | null | undefined): string {
  return value == null ? "–" : String(Number(value.toFixed(1)));
}
