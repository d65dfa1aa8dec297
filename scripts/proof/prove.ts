import { relative } from "node:path";
import type { ProofOptions } from "../../loadtest/engine/proofOptions.ts";
import { runProof } from "../../loadtest/engine/runProof.ts";
import type { Sizes } from "../../loadtest/k6/lib/profiles.ts";
import type { Target } from "../../loadtest/model/target.ts";
import { exitCodeOf, verdictOf } from "../../loadtest/model/verdict.ts";
import { preflight } from "../../loadtest/preflight/preflight.ts";
import { readTarget } from "../../loadtest/preflight/target.ts";
import type { PreflightFinding } from "../../loadtest/preflight/finding.ts";
import type { NotRunReason } from "../../loadtest/preflight/notRunReport.ts";
import { preflightText } from "../../loadtest/preflight/texts.ts";
import { renderTable } from "../../loadtest/report/table.ts";
import { writeReport } from "../../loadtest/report/write.ts";
import { expectedSeconds, scenarioNamed } from "../../loadtest/targets/orders/scenarios/catalogue.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { ROOT } from "../process/paths.ts";
import { say, step } from "../process/progress.ts";
import { toolset, versionOf } from "../toolsets/toolsets.ts";
import { compared, comparisonSeconds } from "./comparison.ts";
import { about } from "./help.ts";
import type { ProveRequest } from "./options.ts";
import type { ProofCluster } from "./proofCluster.ts";
import { deliverReport, reportFolder, writeNotRunReport } from "./reportFiles.ts";
import { handleShutdown } from "./shutdown.ts";
import { proofSystem } from "./system.ts";
import { addingImages, unknownTarget } from "./target.ts";

/**
 * Sets up where no cluster is named, checks, runs the proof, and delivers its report, which is left however it ends.
 * @param command the command line, for the report.
 * @returns the exit code.
 */
export async function prove(request: ProveRequest, command: string): Promise<number> {
  const startedAt = new Date().toISOString();
  const shutdown = handleShutdown({ timeoutSeconds: request.timeoutSeconds });
  const outDir = reportFolder(request, startedAt);
  const seconds = secondsFor(request);
  announce(request, seconds);

  let target = unknownTarget(request);
  const notRun = (...reasons: NotRunReason[]): Promise<void> =>
    writeNotRunReport(request, outDir, { reasons, startedAt, command, target });
  shutdown.beforeLoad(() => notRun("ended before any load"));

  let loadStarted = false;
  try {
    const { cluster, closing, deployed } = await proofSystem(request);
    const k6Path = request.k6Path ?? (await toolset("k6")).binary("k6");
    target = await readTarget(cluster.kubeConfig, cluster.namespace, { k6Path, checkout: ROOT });
    const problems = await step("running preflight checks", () => preflightErrors(request, cluster, k6Path));
    if (problems.length > 0) {
      await notRun(...problems);
      say("\nINCONCLUSIVE: no load was run. Fix the errors, then run the same command again.");
      return exitCodeOf("inconclusive");
    }
    const options = proofOptions(cluster, { request, k6Path, outDir, target, command, signal: shutdown.signal });
    say(`==> proving, in ${relative(process.cwd(), outDir) || "."} (about ${about(seconds)})`);
    shutdown.loadStarts();
    loadStarted = true;
    const report = await addingImages(cluster, target, () => runProof(options));
    let problem: string | undefined;
    if (request.compare !== undefined && deployed !== undefined && !shutdown.signal.aborted) {
      const outcome = await compared(report, { ...deployed, options, log: sayIndented });
      report.comparison = outcome.comparison;
      report.endedAt = new Date().toISOString();
      problem = outcome.problem;
      await writeReport(report, outDir);
    }
    const stream = request.json ? process.stderr : process.stdout;
    stream.write(`${renderTable(report, { color: request.color && stream.isTTY })}\n`);
    await deliverReport(request, outDir);
    if (problem !== undefined) say(`\n${problem}`);
    for (const line of closing) say(line);
    return problem === undefined ? exitCodeOf(report.verdict) : exitCodeOf(verdictOf([report.verdict, "inconclusive"]));
  } catch (error) {
    // Once the load has started, the proof writes a report of its own.
    if (!loadStarted) await notRun(messageOf(error));
    throw error;
  } finally {
    shutdown.dispose();
  }
}

/** Runs the preflight checks and prints what they find; gives the errors. */
async function preflightErrors(
  request: ProveRequest,
  cluster: ProofCluster,
  k6Path: string,
): Promise<PreflightFinding[]> {
  const { kubeConfig, namespace, access } = cluster;
  const scenarios = request.scenarios.map(scenarioNamed);
  const findings = await preflight({
    ...{ kubeConfig, namespace, scenarios, k6Path, pinnedK6: versionOf("k6") },
    ...access,
  });
  for (const finding of findings) say(`    ${finding.severity.padEnd(5)}  ${preflightText(finding)}`);
  return findings.filter(({ severity }) => severity === "ERROR");
}

function proofOptions(
  { kubeConfig, namespace, reach, killPod }: ProofCluster,
  proof: {
    request: ProveRequest;
    k6Path: string;
    outDir: string;
    target: Target;
    command: string;
    signal: AbortSignal;
  },
): ProofOptions {
  const { request, ...rest } = proof;
  const { profile, scenarios } = request;
  return {
    ...{ kubeConfig, namespace, reach, killPod, profile, scenarios, log: sayIndented },
    ...rest,
    sizes: sizesIn(request),
  };
}

function sayIndented(line: string): void {
  say(`    ${line}`);
}

/** What differs from the profile's sizes. */
function sizesIn({ soakSeconds }: ProveRequest): Partial<Sizes> {
  return soakSeconds === undefined ? {} : { soakSeconds };
}

function secondsFor(request: ProveRequest): number {
  const { profile, scenarios, compare } = request;
  const proofSeconds = expectedSeconds(profile, scenarios, sizesIn(request));
  return proofSeconds + (compare === undefined ? 0 : comparisonSeconds(profile, scenarios));
}

function announce(request: ProveRequest, seconds: number): void {
  const proof = `${request.scenarios.join(", ")}: about ${about(seconds)}`;
  if (request.context === undefined && request.namespace === undefined) {
    say(`Setup and deployment, about 2 min (about 30 min where nothing has been built yet); then ${proof}.`);
  } else say(`${proof}.`);
  if (request.timeoutSeconds !== undefined && request.timeoutSeconds < seconds) {
    say(`--timeout ${request.timeoutSeconds} s is less than that: what is measured until then is kept.`);
  }
}
