import { relative } from "node:path";
import type { ProofOptions, ScenarioRun } from "../../loadtest/engine/proofOptions.ts";
import { runProof } from "../../loadtest/engine/runProof.ts";
import type { Report } from "../../loadtest/model/report.ts";
import { exitCodeOf, verdictOf } from "../../loadtest/model/verdict.ts";
import type { PreflightFinding } from "../../loadtest/preflight/finding.ts";
import type { NotRunReason } from "../../loadtest/preflight/notRunReport.ts";
import type { ProofAccess } from "../../loadtest/preflight/permissions.ts";
import { preflight } from "../../loadtest/preflight/preflight.ts";
import { type PartOf, readTarget } from "../../loadtest/preflight/target.ts";
import { preflightText } from "../../loadtest/preflight/texts.ts";
import { renderTable } from "../../loadtest/report/table.ts";
import { writeReport } from "../../loadtest/report/write.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { say, step } from "../process/progress.ts";
import { about } from "../process/about.ts";
import { readLiveConfig } from "../../loadtest/targets/declared/readLiveConfig.ts";
import { type Finding, isOpenError } from "../diagnosis/finding.ts";
import { fixOf, formatFinding, whatIn } from "../diagnosis/texts.ts";
import { forecastRuns } from "./forecastRuns.ts";
import type { ProofCluster } from "./proofCluster.ts";
import { deliverReport, type Delivery, reportFolder, writeNotRunReport } from "./reportFiles.ts";
import { handleShutdown } from "./shutdown.ts";
import { addingImages, unknownTarget } from "./target.ts";

/** What is there to be proven, once the cluster is reached. */
export interface ReachedSystem {
  cluster: Pick<ProofCluster, "kubeConfig" | "namespace" | "journal">;
  /** What to tell a person at the end. */
  closing: readonly string[];
  /** What is run, as it is for this cluster and namespace. */
  runs: readonly ScenarioRun[];
  access: Omit<ProofAccess, "scenarios">;
  /** What only the target looks for before a load. */
  targetFindings: () => Promise<PreflightFinding[]>;
  /** What the doctor says of what is deployed; undefined where it has been asked already. */
  diagnose?: () => Promise<Finding[]>;
  /** Which part of the system a pod is, for the images in the report. */
  partOf?: PartOf;
  openTarget: ProofOptions["openTarget"];
}

/** A proof as it was requested. */
export interface ProofPlan {
  delivery: Delivery;
  named: { context: string | undefined; namespace: string | undefined };
  /** What is to be run, for the report of a proof that does not get so far. */
  requested: readonly ScenarioRun[];
  profile: string | null;
  /** What reproduces this run, for the report. */
  command: string;
  /** About how long it takes, all loads. */
  seconds: number;
  timeoutSeconds: number | undefined;
  /** Whether the loads are run although the doctor finds an error. */
  ignoreFindings: boolean;
  /** From which every choice by chance follows. */
  seed: number;
  /** What to say, where it ends before any load, of what was started. */
  whatStays?: string;
  /** The k6 binary; undefined where no load is one of k6's. @throws where there is none. */
  k6Path: () => Promise<string | undefined>;
  /** The k6 that this version was made with. */
  pinnedK6: string;
  /** The checkout whose commit is proven; undefined where there is none. */
  checkout: string | undefined;
  /** What proves, where that is no checkout's commit. */
  version?: string;
  /** Reaches the cluster, and sets up what it does not find. @throws where it cannot. */
  reach: (found: (findings: readonly Finding[]) => void) => Promise<ReachedSystem>;
  /** What else is run after the loads. @returns what went wrong in it. */
  afterwards?: (report: Report, options: ProofOptions) => Promise<string | undefined>;
}

/**
 * Reaches the system, checks, runs the proof, and delivers its report, which is left however it ends.
 * @returns the exit code.
 */
export async function conductProof(plan: ProofPlan): Promise<number> {
  const { delivery, command, profile } = plan;
  const startedAt = new Date().toISOString();
  const shutdown = handleShutdown({ timeoutSeconds: plan.timeoutSeconds, whatStays: plan.whatStays });
  const outDir = reportFolder(delivery, startedAt);
  let target = unknownTarget(plan.named);
  const notRun = (...reasons: NotRunReason[]): Promise<void> =>
    writeNotRunReport(delivery, outDir, { reasons, startedAt, command, target, runs: plan.requested, profile });
  let known: readonly Finding[] = [];
  const found = (findings: readonly Finding[]): void => {
    known = findings;
  };
  shutdown.beforeLoad((why) => notRun(`${why}, before any load`, ...reasonsIn(known)));

  let loadStarted = false;
  try {
    const system = await plan.reach(found);
    const { runs, cluster } = system;
    const { kubeConfig, namespace, journal } = cluster;
    const k6Path = await plan.k6Path();
    target = await readTarget(kubeConfig, namespace, { k6Path, checkout: plan.checkout, partOf: system.partOf });
    target.revision ??= plan.version ?? null;
    const problems = await step("running preflight checks", () => preflightErrors(system, k6Path, plan.pinnedK6));
    const findings = await diagnosis(system);
    found(findings);
    const reasons = plan.ignoreFindings ? problems : [...problems, ...reasonsIn(findings)];
    if (reasons.length > 0) {
      await notRun(...reasons);
      say("\nINCONCLUSIVE: no load was run. Fix the errors, then run the same command again.");
      if (problems.length === 0) say("--ignore-findings runs it all the same.");
      return exitCodeOf("inconclusive");
    }
    const forecastOf = await step("forecasting, by earlier reports", async () => {
      const live = await readLiveConfig(kubeConfig, system.access.workloads).catch(() => null);
      return forecastRuns({ runs, outDir, profile, namespace, live });
    });
    const options: ProofOptions = {
      ...{ kubeConfig, k6Path: k6Path ?? "k6", outDir, runs, profile, target, command, signal: shutdown.signal },
      ...{ journal, seed: plan.seed },
      openTarget: system.openTarget,
      forecastOf,
      log: sayIndented,
    };
    say(`==> proving, in ${relative(process.cwd(), outDir) || "."} (about ${about(plan.seconds)})`);
    shutdown.loadStarts();
    loadStarted = true;
    const report = await addingImages(system, target, () => runProof(options));
    const problem = shutdown.signal.aborted ? undefined : await plan.afterwards?.(report, options);
    if (plan.afterwards !== undefined) {
      report.endedAt = new Date().toISOString();
      await writeReport(report, outDir);
    }
    const stream = delivery.json ? process.stderr : process.stdout;
    stream.write(`${renderTable(report, { color: delivery.color && stream.isTTY })}\n`);
    await deliverReport(delivery, outDir);
    if (problem !== undefined) say(`\n${problem}`);
    for (const line of system.closing) say(line);
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
  { cluster, runs, access, targetFindings }: ReachedSystem,
  k6Path: string | undefined,
  pinnedK6: string,
): Promise<PreflightFinding[]> {
  const scenarios = runs.map(({ scenario }) => scenario);
  const findings = await preflight({
    ...{ kubeConfig: cluster.kubeConfig, scenarios, k6Path, pinnedK6, targetFindings },
    ...access,
  });
  for (const finding of findings) say(`    ${finding.severity.padEnd(5)}  ${preflightText(finding)}`);
  return findings.filter(({ severity }) => severity === "ERROR");
}

/** Asks the doctor, and prints what it finds. */
async function diagnosis({ diagnose }: ReachedSystem): Promise<Finding[]> {
  if (diagnose === undefined) return [];
  const findings = await step("asking the doctor", diagnose);
  for (const finding of findings) say(`    ${formatFinding(finding)}`);
  return findings;
}

/** The errors among findings, as reasons why no load is run. */
function reasonsIn(findings: readonly Finding[]): NotRunReason[] {
  return findings
    .filter(isOpenError)
    .map((finding) => ({ id: finding.id, message: `${whatIn(finding)}. Fix: ${fixOf(finding)}` }));
}

export function sayIndented(line: string): void {
  say(`    ${line}`);
}
