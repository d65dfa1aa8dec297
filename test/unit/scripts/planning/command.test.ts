import { jest } from "@jest/globals";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChartData } from "../../../../loadtest/report/chartData.ts";
import { formatJson } from "../../../../loadtest/report/json.ts";
import { runPlan } from "../../../../scripts/cli/plan.ts";
import { parseObjectives } from "../../../../scripts/planning/objectives.ts";
import { passed } from "../../loadtest/reportFixtures.ts";

let folder: string;
let stdout: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ownsignal-plan-"));
  writeFileSync(join(folder, "report.json"), formatJson(passed()));
  stdout = "";
  jest.spyOn(process.stdout, "write").mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

test("a recorded run is forecast beside what was measured and beside other settings", async () => {
  const args = ["--from", folder, "--scenario", "queue-backlog", "--set", "worker.cooldownPeriod=60"];
  expect(await runPlan(args)).toBe(0);
  expect(stdout).toMatch(/^worker: 4000 messages, .*; 100 runs, seed 1\nchanged: cooldownPeriod=60\n/);
  expect(stdout).toMatch(/ measured +forecast +changed\n/);
  expect(stdout).toMatch(/first pod ready, s +5 +\d+ \(\d+ – \d+\) +\d+ \(\d+ – \d+\)\n/);
  expect(stdout).toMatch(/\d+–\d+ s +0 +poll\n/);
  expect(stdout).toContain("note: scenario queue-backlog of the report");
  expect(stdout).not.toMatch(/undefined|NaN|null/);
});

test("--json is the same as data, and the same for the same seed", async () => {
  expect(await runPlan(["--from", folder, "--json", "--runs", "20", "--seed", "7"])).toBe(0);
  const first = stdout;
  const parsed = JSON.parse(first) as {
    plans: { forecast: { horizonSeconds: number; ready: { median: number[] } } }[];
  };
  expect(parsed).toMatchObject({
    planVersion: 1,
    plans: [{ workload: "worker", forecast: { runs: 20, seed: 7 }, changed: null, recommended: null }],
  });
  expect(parsed.plans[0]?.forecast.ready.median).toHaveLength((parsed.plans[0]?.forecast.horizonSeconds ?? 0) + 1);
  stdout = "";
  await runPlan(["--from", folder, "--json", "--runs", "20", "--seed", "7"]);
  expect(stdout).toBe(first);
});

test("--html writes a page beside the table, with both forecasts on one axis", async () => {
  const file = join(folder, "plan.html");
  const args = ["--from", folder, "--runs", "20", "--set", "worker.cooldownPeriod=60", "--recommend", "drain < 2s"];
  expect(await runPlan([...args, "--html", file])).toBe(0);
  expect(stdout).toContain("ready replicas");
  const page = readFileSync(file, "utf8");
  const [, data] = /id="recorded">(.+?)<\/script>/s.exec(page) ?? [];
  const [chart] = (JSON.parse(data ?? "") as { charts: ChartData[] }).charts;
  expect(chart?.tracks.map(({ workload }) => workload)).toEqual(["worker", "worker with cooldownPeriod=60"]);
  const [track] = chart?.tracks ?? [];
  expect(chart?.seconds).toHaveLength(track?.replicas.ready.length ?? 0);
  expect(Math.max(...(track?.replicas.ready ?? []).map(Number))).toBe(8);
  expect(track?.because).toContain("binds: maximum");
  // The forecast without the change is idle earlier, and says so instead of a number.
  expect(track?.replicas.ready.at(-1)).toBeNull();
  expect(track?.replicas.missing).toMatchObject([{ kind: "absent", to: (chart?.seconds.length ?? 0) - 1 }]);
  expect(page).toContain("no better setting found among");
  expect(page).toContain("scenario queue-backlog of the report");
  expect(page).not.toMatch(/>(undefined|NaN|null)</);
}, 60_000);

test("--html where no file can be written is refused", async () => {
  const file = join(folder, "none/plan.html");
  await expect(runPlan(["--from", folder, "--runs", "20", "--html", file])).rejects.toThrow(
    `--html: ${file} cannot be written`,
  );
  await expect(runPlan(["--from", folder, "--runs", "20", "--html", folder])).rejects.toThrow("cannot be written");
  expect(existsSync(`${folder}.part`)).toBe(false);
});

test("--sweep forecasts each value alone, on top of --set, in one table", async () => {
  const sweeps = ["--sweep", "worker.messageCount=50,1000", "--sweep", "worker.concurrency=4"];
  const args = ["--from", folder, "--scenario", "queue-backlog", "--runs", "20", "--set", "worker.cooldownPeriod=60"];
  expect(await runPlan([...args, ...sweeps])).toBe(0);
  expect(stdout).toMatch(/^worker: 4000 messages, .*\nchanged: cooldownPeriod=60\n\n/);
  const rows = stdout.split("\n").map((line) => line.trim().split(/ {3,}/));
  const header = rows.find(([first]) => first === "median (90 % of runs)") ?? [];
  const of = (row: string, column: string): number =>
    parseFloat(rows.find(([first]) => first === row)?.[header.indexOf(column)] ?? "");
  expect(rows.map(([first]) => first).slice(4, 8)).toEqual([
    "as it is",
    "messageCount=50",
    "messageCount=1000",
    "concurrency=4",
  ]);
  // The report's ScaledObject has 50.
  expect(rows.find(([first]) => first === "messageCount=50")?.slice(1)).toEqual(
    rows.find(([first]) => first === "as it is")?.slice(1),
  );
  expect(of("messageCount=1000", "most replicas")).toBe(4);
  expect(of("messageCount=1000", "queue drained, s")).toBeGreaterThan(of("as it is", "queue drained, s"));
  expect(of("concurrency=4", "queue drained, s")).toBeLessThan(of("as it is", "queue drained, s") / 1.5);
  expect(of("as it is", "back to 0 after that, s")).toBeGreaterThan(50);
  expect(stdout).not.toMatch(/undefined|NaN|null|ready replicas/);

  stdout = "";
  expect(await runPlan([...args, ...sweeps, "--json"])).toBe(0);
  const [plan] = (JSON.parse(stdout) as { plans: { swept: { setting: string; statistics: object }[] }[] }).plans;
  expect(plan?.swept.map(({ setting }) => setting)).toEqual(["messageCount=50", "messageCount=1000", "concurrency=4"]);
});

test("--recommend says where no setting reaches an objective", async () => {
  await runPlan(["--from", folder, "--recommend", "drain < 2s"]);
  expect(stdout).toContain("The current settings miss it.\n  no better setting found among ");
}, 60_000);

test.each([
  ["drain", '"drain" is no objective'],
  ["drain > 5s", '"drain > 5s" is no objective'],
  ["drian < 5s", 'there is no objective of "drian"'],
  ["drain < 5", '"5" is nothing that drain can be below'],
  ["podSeconds < many", '"many" is nothing that podSeconds can be below'],
])("objective %j is refused", (text, message) => {
  expect(() => parseObjectives(text)).toThrow(`--recommend: ${message}`);
});

test("objectives are read with their units", () => {
  expect(parseObjectives("drain < 1m, orderAge.p95<30s, podSeconds < 400")).toEqual([
    { statistic: "drainedSeconds", below: 60 },
    { statistic: "orderAgeP95Seconds", below: 30 },
    { statistic: "podSeconds", below: 400 },
  ]);
});
