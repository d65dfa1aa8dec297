import type { ScenarioForecast } from "../../model/forecast.ts";
import { formatMoment, formatNumber } from "../format.ts";
import { bandText, forecastText, statisticName, statisticValue } from "../texts/forecastTexts.ts";
import { html, type Markup, table } from "./markup.ts";

/** What was forecast before the load, beside what came of it. */
export function forecastPart(forecast: ScenarioForecast | undefined): Markup | undefined {
  const text = forecastText(forecast);
  if (forecast === undefined || text === undefined) return undefined;
  const said = `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
  if (forecast.kind === "none")
    return html`<h3>Forecast</h3>
      <p>${said}</p>`;
  const several = forecast.workloads.length > 1;
  const rows = forecast.workloads.flatMap(({ workload, statistics }) =>
    statistics.map((one) => [
      `${several ? `${workload}: ` : ""}${statisticName(one.id)}`,
      statisticValue(one.id, one.measured),
      statisticValue(one.id, one.median),
      bandText(one.id, one),
      one.isWithin === null ? "not seen to its end" : one.isWithin ? "within" : html`<strong>outside</strong>`,
    ]),
  );
  const { calibratedBy, runs, seed, notSimulated } = forecast;
  return html`<h3>Forecast</h3>
    <p>${said} A run outside it is no failure.</p>
    ${notSimulated.map(({ workload, detail }) => html`<p>No forecast of ${workload}: ${detail}.</p>`)}
    ${table(
      `Made before the load by ${formatNumber(runs)} simulated runs (seed ${seed}) on the load, throughput and pod starts of the proof of ${formatMoment(calibratedBy.startedAt)}. The band holds nine of ten of them.`,
      [
        "of the run",
        { title: "measured", kind: "number" },
        { title: "median", kind: "number" },
        { title: "90 % band", kind: "number" },
        "measured is",
      ],
      rows,
    )}`;
}
