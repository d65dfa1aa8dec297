import { mkdir, mkdtemp, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ScenarioRun } from "../../../../loadtest/engine/proofOptions.ts";
import { passed } from "../../../../loadtest/model/assertion.ts";
import type { ForecastStatistic, ScenarioForecast, StatisticId } from "../../../../loadtest/model/forecast.ts";
import type { Report } from "../../../../loadtest/model/report.ts";
import type { ScenarioReport } from "../../../../loadtest/model/scenarioReport.ts";
import { writeReport } from "../../../../loadtest/report/write.ts";
import { sizesOf } from "../../../../loadtest/k6/lib/profiles.ts";
import { ordersScenario } from "../../../../loadtest/targets/orders/catalogue.ts";
import { readRecording } from "../../../../scripts/accuracy/recording.ts";
import { forecastRuns, type ForecastProof } from "../../../../scripts/proof/forecastRuns.ts";
import { backlogScenario, reportWith } from "../../loadtest/reportFixtures.ts";

const scenario = ordersScenario("queue-backlog", sizesOf.smoke, "orders-dev");
const RUNS: ScenarioRun[] = [{ scenario, repeat: null }];
/** Both of the configuration dev, and one of another. */
const [earlier, later, other] = await Promise.all(["dev-1", "dev-4", "pods-policy-1"].map(recordedRun));

/** When the queue was empty in dev-4, as docs/reference/planner-accuracy.md has it. */
const DRAINED_SECONDS = 49;

async function recordedRun(run: string): Promise<ScenarioReport> {
  const recording = await readRecording(run);
  return { ...backlogScenario(), assertions: [delivered(scenario.load.delivered)], ...recording, name: scenario.name };
}

function delivered(iterations: number | null): ScenarioReport["assertions"][number] {
  return passed({ id: "load-delivered", subject: "load", expected: { iterations } }, { iterations: 1, dropped: 0 });
}

let folder = "";
let reports = 0;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "forecast-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Leaves a report beside the proof's, newer than the one before. */
async function reported(of: ScenarioReport | undefined, changed: Partial<Report> = {}): Promise<void> {
  if (of === undefined) throw new Error("there is no such recording");
  const out = join(folder, `proof-${(reports += 1)}`);
  await mkdir(out);
  const report = { ...reportWith("pass", of), startedAt: new Date(reports * 1000).toISOString(), ...changed };
  await writeReport(report, out);
  await utimes(join(out, "report.json"), reports, reports);
}

async function forecastOf(
  done: ScenarioReport | undefined,
  of: Partial<ForecastProof> = {},
): Promise<ScenarioForecast> {
  const proof = { runs: RUNS, outDir: join(folder, "now"), profile: "smoke", namespace: "orders-dev" };
  const live = earlier?.autoscalingConfig ?? null;
  const forecast = done === undefined ? undefined : (await forecastRuns({ ...proof, live, ...of }))(done);
  if (forecast === undefined) throw new Error("nothing was forecast");
  return forecast;
}

function statistic(forecast: ScenarioForecast, id: StatisticId): ForecastStatistic | undefined {
  return forecast.kind === "made" ? forecast.workloads[0]?.statistics.find((one) => one.id === id) : undefined;
}

function noneId(forecast: ScenarioForecast): string {
  return forecast.kind === "none" ? forecast.id : "made";
}

test("a run is forecast by the newest earlier one, and held against it", async () => {
  await reported(later);
  await reported(earlier);
  const forecast = await forecastOf(later);
  expect(forecast).toMatchObject({
    ...{ kind: "made", calibratedBy: { startedAt: new Date(reports * 1000).toISOString() } },
    ...{ runs: 100, notSimulated: [], workloads: [{ workload: "worker" }] },
  });
  expect(statistic(forecast, "drainedSeconds")).toMatchObject({ measured: DRAINED_SECONDS, isWithin: true });
  expect(statistic(forecast, "peakReplicas")).toMatchObject({ low: 8, high: 8, measured: 8, isWithin: true });
  const ready = forecast.kind === "made" ? (forecast.workloads[0]?.ready ?? []) : [];
  expect(ready[0]).toEqual({ atSeconds: 0, low: 0, median: 0, high: 0 });
  expect(Math.max(...ready.map(({ high }) => high))).toBe(8);
});

test("a run that the forecast did not expect is outside of it", async () => {
  await reported(earlier);
  const forecast = await forecastOf(other);
  expect(statistic(forecast, "peakReplicas")).toMatchObject({ low: 8, measured: 7, isWithin: false });
});

test("of a run that was cut short nothing is said", async () => {
  await reported(earlier);
  const cut = later === undefined ? undefined : { ...later, verdict: "inconclusive" as const };
  expect(statistic(await forecastOf(cut), "drainedSeconds")).toMatchObject({ isWithin: null });
});

test("what the run was not observed for is not known", async () => {
  await reported(earlier);
  const samples = later?.samples ?? [];
  const drainedMs = Date.parse(later?.loadStartedAt ?? "") + 50_000;
  const left = samples.filter(({ atMs }) => atMs < drainedMs);
  const seen =
    later === undefined ? undefined : { ...later, samples: left, endedAt: new Date(drainedMs).toISOString() };
  const forecast = await forecastOf(seen);
  expect(statistic(forecast, "drainedSeconds")).toMatchObject({ measured: DRAINED_SECONDS, isWithin: true });
  expect(statistic(forecast, "idleSeconds")).toMatchObject({ measured: null, isWithin: null });
  expect(statistic(forecast, "podSeconds")).toMatchObject({ isWithin: null });
});

describe("no earlier report tells of it", () => {
  test.each([
    ["there is none", () => Promise.resolve()],
    ["it is of another configuration", () => reported(other)],
    [
      "it was of another namespace",
      () => reported(earlier, { target: { ...reportWith("pass").target, namespace: "o" } }),
    ],
    ["it was of another profile", () => reported(earlier, { profile: "full" })],
    ["it was inconclusive", () => reported(changed({ verdict: "inconclusive" }))],
    ["its load was of another size", () => reported(changed({ assertions: [delivered(1)] }))],
    ["its scenario has another name", () => reported(changed({ name: "api-cpu" }))],
  ])("%s", async (_why, leave) => {
    await leave();
    expect(noneId(await forecastOf(later))).toBe("no-earlier-report");
  });
});

function changed(part: Partial<ScenarioReport>): ScenarioReport | undefined {
  return earlier === undefined ? undefined : { ...earlier, ...part };
}

test("what is no report of this version is passed over", async () => {
  await reported(earlier);
  await reported(earlier, { schemaVersion: 3 as never });
  expect(await forecastOf(later)).toMatchObject({
    calibratedBy: { startedAt: new Date((reports - 1) * 1000).toISOString() },
  });
});

test("faults, an unread configuration and a load that cannot be repeated are named", async () => {
  const faulty = { ...scenario, faultInjections: [{ when: { kind: "before the load" }, action: { kind: "restore" } }] };
  const runs = [{ scenario: faulty as unknown as typeof scenario, repeat: null }];
  expect(noneId(await forecastOf(later, { runs }))).toBe("faults");
  expect(noneId(await forecastOf(later, { live: null }))).toBe("configuration-unread");
  await reported(changed({ pods: [] }));
  const forecast = await forecastOf(later);
  expect(forecast).toMatchObject({
    id: "not-simulated",
    detail: "worker: how long its pods take to start is not known",
  });
});

test("a scenario that must scale nothing, or did not get to its load, has no forecast", async () => {
  await reported(earlier);
  const proof = { outDir: join(folder, "now"), profile: "smoke", namespace: "orders-dev" };
  const live = earlier?.autoscalingConfig ?? null;
  const controls = await forecastRuns({
    ...proof,
    runs: [{ scenario: { ...scenario, mustScale: [] }, repeat: null }],
    live,
  });
  expect(controls({ ...backlogScenario(), ...later })).toBeUndefined();
  const forecast = await forecastRuns({ ...proof, runs: RUNS, live });
  expect(forecast({ ...backlogScenario(), ...later, loadStartedAt: null })).toBeUndefined();
});
