import type { ScenarioForecast } from "../../../loadtest/model/forecast.ts";
import { chartDataOf } from "../../../loadtest/report/buildChartData.ts";
import { forecastPart } from "../../../loadtest/report/html/forecast.ts";
import { renderTable } from "../../../loadtest/report/table.ts";
import { bandText, forecastText } from "../../../loadtest/report/texts/forecastTexts.ts";
import { backlogForecast, forecastReport } from "./forecastFixtures.ts";
import { backlogScenario } from "./reportFixtures.ts";

const NONE: ScenarioForecast = { kind: "none", id: "faults", detail: "faults are not simulated" };

/** The same with each figure held, or not, against its band. */
function judged(isWithin: boolean | null): ScenarioForecast {
  const forecast = backlogForecast();
  const workloads = forecast.workloads.map((one) => ({
    ...one,
    statistics: one.statistics.map((statistic) => ({ ...statistic, isWithin })),
  }));
  return { ...forecast, workloads };
}

test("a sentence says what is outside its band, that all is within, or why there is nothing to say", () => {
  expect(forecastText(backlogForecast())).toBe(
    "drain 41 s, outside the forecast's 90 % band 30 to 38 s (2 of 3 figures within)",
  );
  expect(forecastText(judged(true))).toBe("4 figures, all within the forecast's 90 % bands");
  expect(forecastText(judged(null))).toBe(
    "the forecast cannot be held against this run, which was not seen to its end",
  );
  expect(forecastText(NONE)).toBe("no forecast: faults are not simulated");
  expect(forecastText(undefined)).toBeUndefined();
});

test("of several workloads the sentence names whose figure is outside", () => {
  const { workloads, ...forecast } = backlogForecast();
  const [worker] = workloads;
  const other = { ...worker, workload: "mailer", ready: [], statistics: [] };
  expect(forecastText({ ...forecast, workloads: [...workloads, other] })).toMatch(/^worker: drain 41 s/);
});

test("a band has its unit once where both bounds have the same", () => {
  expect(bandText("drainedSeconds", { low: 30, high: 38 })).toBe("30 to 38 s");
  expect(bandText("drainedSeconds", { low: 50, high: 75 })).toBe("50 s to 1m 15s");
  expect(bandText("drainedSeconds", { low: 50, high: null })).toBe("50 s or more");
  expect(bandText("idleSeconds", { low: null, high: null })).toBe("not within the time that was simulated");
  expect(bandText("peakReplicas", { low: 8, high: 8 })).toBe("8");
  expect(bandText("podSeconds", { low: 255, high: 337 })).toBe("255 to 337");
});

test("the terminal has it in a line", () => {
  expect(renderTable(forecastReport(), { color: false }).replace(/\n +/g, " ")).toContain(
    "forecast: drain 41 s, outside the forecast's 90 % band 30 to 38 s (2 of 3 figures within)",
  );
});

test("the page says when it was made, what it came to, and whose forecast is missing", () => {
  const markup = forecastPart(backlogForecast())?.markup ?? "";
  expect(markup).toContain("Drain 41 s, outside the forecast&#39;s 90 % band 30 to 38 s");
  expect(markup).toContain("No forecast of api: its load cannot be repeated.");
  expect(markup).toContain("the proof of 2026-11-20 10:00:00 UTC");
  expect(forecastPart(NONE)?.markup).toContain("No forecast: faults are not simulated.");
  expect(forecastPart(undefined)).toBeUndefined();
});

test("the charts have the band at each moment from the load's start on", () => {
  const { seconds, tracks } = chartDataOf({ ...backlogScenario(), forecast: backlogForecast() });
  const [worker, api] = tracks;
  const at = (second: number): unknown[] => {
    const { low = [], high = [] } = worker?.replicas.forecast ?? {};
    return [low[seconds.indexOf(second)], high[seconds.indexOf(second)]];
  };
  expect([-1, 0, 4, 5, 39, 40].map(at)).toEqual([
    [null, null],
    [0, 0],
    [0, 0],
    [1, 8],
    [1, 8],
    [8, 8],
  ]);
  expect(api?.replicas.forecast).toBeNull();
  expect(chartDataOf(backlogScenario()).tracks[0]?.replicas.forecast).toBeNull();
});
