import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseReport } from "../../loadtest/report/parse.ts";
import { chooseProvider } from "../../scripts/cluster/choose.ts";
import type { Cluster } from "../../scripts/cluster/provider.ts";
import { digestOf } from "../../scripts/process/digest.ts";
import { appendJsonLine, readJsonLines } from "../../scripts/process/jsonLines.ts";
import { DEV_NAMESPACE, ROOT } from "../../scripts/process/paths.ts";
import { aboutSeconds, say, step } from "../../scripts/process/progress.ts";
import { runMain } from "../../scripts/process/runMain.ts";
import { proofClusterOn } from "../../scripts/proof/proofCluster.ts";
import { proveApart } from "../../scripts/proof/proveApart.ts";
import { untilIdle } from "../../scripts/proof/untilIdle.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { describeMachine, loadNow } from "../machine.ts";
import { writeSection } from "../page.ts";
import { ratioTable } from "../services/ratioRow.ts";
import { drainSeconds } from "./drain.ts";
import { deployFixedWorkers, holdWorkers, restoreWorkers } from "./fixedWorkers.ts";
import { type ClusterBenchRequest, HELP, isWhole, parseClusterBenchRequest, type Stage } from "./options.ts";
import { clusterSection } from "./page.ts";
import { figuresOf } from "./proofFigures.ts";
import { type ClusterKey, type ClusterResult, clusterResult, isSame } from "./results.ts";
import { clusterRows, ORDERS_PER_SECOND, WORKERS } from "./rows.ts";

const OUT = join(ROOT, "out/bench-cluster");
const RESULTS = join(OUT, "results.jsonl");
/** What a measurement depends on: nothing that a proof asserts or reads changes how long a drain takes. */
const INPUTS = {
  drain: ["src", "kustomize", "loadtest/k6", "bench/cluster/workers"],
  proof: ["src", "kustomize", "loadtest", "scripts/proof"],
} as const;
const ORDERS = 20_000;
const PROOF_SECONDS = 340;
const NOT_ALL_MEASURED = 2;

await runMain(
  async () => {
    const request = parseClusterBenchRequest(process.argv.slice(2));
    if (request.kind === "help") {
      process.stdout.write(HELP);
      return 0;
    }
    return request.kind === "table" ? showTable(request) : measureAll(request);
  },
  { failureCode: NOT_ALL_MEASURED },
);

function keysOf({ stages, drains, proofs }: ClusterBenchRequest, inputs: Record<Stage, string>): ClusterKey[] {
  const repeats = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
  return stages.flatMap((kind): ClusterKey[] =>
    kind === "drain"
      ? repeats(drains).flatMap((repeat) => WORKERS.map((workers) => ({ kind, repeat, inputs: inputs.drain, workers })))
      : repeats(proofs).map((repeat) => ({ kind, repeat, inputs: inputs.proof })),
  );
}

/** Those of the keys that are measured, with the keys that are not. */
async function readDone(request: ClusterBenchRequest): Promise<{ done: ClusterResult[]; missing: ClusterKey[] }> {
  const digest = (kind: Stage): Promise<string> => digestOf(...INPUTS[kind].map((folder) => join(ROOT, folder)));
  const inputs = { drain: await digest("drain"), proof: await digest("proof") };
  const results = await readJsonLines(RESULTS, clusterResult);
  const keys = keysOf(request, inputs);
  return {
    done: results.filter((one) => keys.some((key) => isSame(one, key))),
    missing: keys.filter((key) => !results.some((one) => isSame(one, key))),
  };
}

async function showTable(request: ClusterBenchRequest): Promise<number> {
  const { done, missing } = await readDone(request);
  process.stdout.write(`${ratioTable(clusterRows(done))}\n`);
  say(`${done.length} measured, ${missing.length} missing`);
  return missing.length === 0 ? 0 : NOT_ALL_MEASURED;
}

async function measureAll(request: ClusterBenchRequest): Promise<number> {
  const { missing } = await readDone(request);
  const loadBefore = loadNow();
  const seconds = missing.reduce(
    (sum, key) => sum + (key.kind === "proof" ? PROOF_SECONDS : ORDERS / ORDERS_PER_SECOND / key.workers + 15),
    0,
  );
  say(`${missing.length} to be measured: about ${aboutSeconds(seconds)}. Load average: ${loadBefore}.`);
  if (missing.length > 0) {
    const cluster = await (await chooseProvider()).attach();
    await measureDrains(cluster, missing);
    for (const key of missing) if (key.kind === "proof") await measured(key, () => proveOnce(key, cluster));
  }
  const after = await readDone(request);
  const rows = clusterRows(after.done);
  process.stdout.write(`\n${ratioTable(rows)}\n`);
  if (after.missing.length > 0) return NOT_ALL_MEASURED;
  if (!isWhole(request)) return 0;
  const proofs = after.done.filter((one) => one.kind === "proof");
  await writeSection(
    "cluster",
    clusterSection({
      ...{ at: new Date().toISOString(), machine: describeMachine(ROOT), loadBefore, rows },
      ...{
        drains: request.drains,
        proofs: proofs.length,
        passed: proofs.filter(({ figures }) => figures !== null).length,
      },
    }),
  );
  return 0;
}

/** Also where no drain is missing: an interrupted run may have left its workers. */
async function measureDrains(cluster: Cluster, missing: readonly ClusterKey[]): Promise<void> {
  const drains = missing.filter((key) => key.kind === "drain");
  try {
    if (drains.length > 0) await step("deploying workers of a fixed pace", () => deployFixedWorkers(cluster));
    for (const key of drains) {
      await measured(key, async () => {
        await step(`holding ${key.workers} workers`, () => holdWorkers(cluster, key.workers));
        const startedAt = new Date().toISOString();
        const seconds = await step(
          `draining ${ORDERS} orders by ${key.workers} workers, repeat ${key.repeat}`,
          () => drainSeconds(proofClusterOn(cluster, DEV_NAMESPACE), ORDERS),
          `about ${aboutSeconds(ORDERS / ORDERS_PER_SECOND / key.workers)}`,
        );
        return { ...key, startedAt, orders: ORDERS, seconds };
      });
    }
  } finally {
    await step("deploying dev's workers", () => restoreWorkers(cluster));
  }
}

/** Writes the result down. What could not be measured is said, and tried again by the next call. */
async function measured(key: ClusterKey, measure: () => Promise<ClusterResult>): Promise<void> {
  try {
    await appendJsonLine(RESULTS, await measure());
  } catch (error) {
    say(`${key.kind}, repeat ${key.repeat}, could not be measured: ${messageOf(error)}`);
  }
}

async function proveOnce(key: ClusterKey & { kind: "proof" }, cluster: Cluster): Promise<ClusterResult> {
  await step("waiting until the system is idle", () => untilIdle(proofClusterOn(cluster, DEV_NAMESPACE)));
  const outDir = join(OUT, `proof-${key.repeat}`);
  const startedAt = new Date().toISOString();
  const { verdict, seconds } = await step(
    `proving, repeat ${key.repeat}`,
    () => proveApart(["--namespace", DEV_NAMESPACE], cluster, outDir),
    `about ${aboutSeconds(PROOF_SECONDS)}`,
  );
  if (verdict !== "pass") return { ...key, startedAt, verdict, figures: null };
  const parsed = parseReport(await readFile(join(outDir, "report.json"), "utf8"));
  if (parsed.kind !== "report") throw new Error(`${outDir} has no report of this version`);
  return { ...key, startedAt, verdict, figures: figuresOf(parsed.report, seconds) };
}
