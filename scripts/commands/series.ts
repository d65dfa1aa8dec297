import { loadavg } from "node:os";
import { join, relative } from "node:path";
import { exitCodeOf, type Verdict, verdictOf } from "../../loadtest/model/verdict.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { chooseProvider } from "../cluster/choose.ts";
import type { Cluster } from "../cluster/provider.ts";
import { digestOf } from "../process/digest.ts";
import { appendJsonLine, readJsonLines } from "../process/jsonLines.ts";
import { DEV_NAMESPACE, ROOT } from "../process/paths.ts";
import { say, step } from "../process/progress.ts";
import { runMain } from "../process/runMain.ts";
import { proofClusterOn } from "../proof/proofCluster.ts";
import { proveApart } from "../proof/proveApart.ts";
import { untilIdle } from "../proof/untilIdle.ts";
import { startCpuHog } from "../series/cpuHog.ts";
import { HELP, parseSeriesRequest, type SeriesRequest } from "../series/options.ts";
import {
  isSameProof,
  proofsOf,
  type SeriesKey,
  type SeriesResult,
  seriesResult,
  seriesVerdict,
} from "../series/results.ts";

const OUT = join(ROOT, "out/series");
const RESULTS = join(OUT, "results.jsonl");
/** What a verdict depends on. */
const INPUTS = ["src", "kustomize", "loadtest"];

await runMain(
  async () => {
    const request = parseSeriesRequest(process.argv.slice(2));
    if (request.kind === "run") return runSeries(request);
    process.stdout.write(HELP);
    return 0;
  },
  { failureCode: exitCodeOf("inconclusive") },
);

async function runSeries({ scenarios, repeats }: SeriesRequest): Promise<number> {
  const inputs = await digestOf(...INPUTS.map((folder) => join(ROOT, folder)));
  const done = await readJsonLines(RESULTS, seriesResult);
  const cluster = await (await chooseProvider()).attach();
  const results: SeriesResult[] = [];
  for (const key of proofsOf(scenarios, repeats, inputs)) {
    const before = done.find((one) => isSameProof(one, key));
    const result = before ?? (await proveOnce(key, cluster));
    if (result === undefined) continue;
    results.push(result);
    process.stdout.write(`${lineFor(result)}${before === undefined ? "" : " (run before)"}\n`);
  }
  process.stdout.write("\n");
  const verdicts = scenarios.map((scenario): Verdict => {
    const own = results.filter((one) => one.scenario === scenario).map(({ verdict }) => verdict);
    const counts = (["pass", "fail", "inconclusive"] as const).map(
      (verdict) => `${own.filter((one) => one === verdict).length} ${verdict.toUpperCase()}`,
    );
    process.stdout.write(`${scenario}: ${counts.join(", ")} of ${repeats}\n`);
    return seriesVerdict(own, repeats);
  });
  say(`results: ${relative(ROOT, RESULTS)}`);
  return exitCodeOf(verdictOf(verdicts));
}

/** @returns undefined where it could not be run; then there is no result, and the next call tries it again. */
async function proveOnce(key: SeriesKey, cluster: Cluster): Promise<SeriesResult | undefined> {
  const title = `${key.scenario}, repeat ${key.repeat}`;
  const args = ["--namespace", DEV_NAMESPACE, "--scenario", key.scenario];
  try {
    await step("waiting until the system is idle", () => untilIdle(proofClusterOn(cluster, DEV_NAMESPACE)));
    const hog = await startCpuHog();
    try {
      const startedAt = new Date().toISOString();
      const proven = await step(`proving ${title}`, () =>
        proveApart(args, cluster, join(OUT, `${key.scenario}-${key.repeat}`)),
      );
      const result: SeriesResult = { ...key, startedAt, ...proven, loadAverage: loadavg()[0] ?? 0 };
      await appendJsonLine(RESULTS, result);
      return result;
    } finally {
      await hog.stop();
    }
  } catch (error) {
    say(`${title} could not be run: ${messageOf(error)}`);
    return undefined;
  }
}

function lineFor({ scenario, repeat, verdict, causes, seconds, loadAverage }: SeriesResult): string {
  const because = causes.length === 0 ? "" : `: ${causes.join(", ")}`;
  return `${verdict.toUpperCase().padEnd(12)}  ${scenario} ${repeat}  in ${seconds} s, load average ${loadAverage.toFixed(1)}${because}`;
}
