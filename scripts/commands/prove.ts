import { copyFile, mkdir, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { addImages, readImages, readTarget } from "../../loadtest/preflight/target.ts";
import { preflight } from "../../loadtest/preflight/preflight.ts";
import { preflightText } from "../../loadtest/preflight/texts.ts";
import type { PreflightFinding } from "../../loadtest/preflight/finding.ts";
import { notRunReport } from "../../loadtest/preflight/notRunReport.ts";
import { type ProofOptions, runProof } from "../../loadtest/engine/runProof.ts";
import type { Target } from "../../loadtest/model/target.ts";
import { exitCodeOf, verdictOf } from "../../loadtest/model/verdict.ts";
import { renderTable } from "../../loadtest/report/table.ts";
import { writeReport } from "../../loadtest/report/write.ts";
import { sizesOf } from "../../loadtest/model/profiles.ts";
import { expectedSeconds, scenarioNamed } from "../../loadtest/scenarios/catalogue.ts";
import { scenarioNames } from "../../loadtest/model/scenario.ts";
import type { Cluster, Deployable } from "../cluster/provider.ts";
import { diagnose, diagnoseSettled } from "../diagnosis/diagnose.ts";
import { anyBlocks, lineOf } from "../diagnosis/finding.ts";
import { runMain } from "../process/runMain.ts";
import { ending, type Ending } from "../process/shutdown.ts";
import { prepare } from "../setup/prepare.ts";
import { DEV_NAMESPACE, ROOT } from "../process/paths.ts";
import { messageOf, CliError } from "../process/cliError.ts";
import { say, step } from "../process/progress.ts";
import { compared, comparisonSeconds } from "../proof/comparison.ts";
import { about, helpText } from "../proof/help.ts";
import { parseRequest, type ProveRequest } from "../proof/options.ts";
import { placeNamed, placeOn, type ProofPlace } from "../proof/proofCluster.ts";
import { deploy } from "../setup/rollout.ts";
import { toolset, versionOf } from "../toolsets/toolsets.ts";

/** For the proof, 1 is a verdict: a set-up that fails could not judge. */
const COULD_NOT_JUDGE = 2;
/** How long after a deployment something may still be found that mends itself: KEDA asks the bus every few seconds. */
const SETTLING_MS = 90_000;
/** How often the images of pods are looked at, of which some are only there while a load is. */
const IMAGES_EVERY_MS = 4000;

await runMain(
  async () => {
    const request = parseRequest(process.argv.slice(2));
    switch (request.kind) {
      case "help":
        process.stdout.write(helpText());
        return 0;
      case "list":
        process.stdout.write(`${scenarioNames.join("\n")}\n`);
        return 0;
      case "prove":
        return prove(request);
    }
  },
  { failureCode: COULD_NOT_JUDGE, handlesSignals: true },
);

/** Set-up where none is named, preflight, the proof itself; a report is left however it ends. */
async function prove(request: ProveRequest): Promise<number> {
  const startedAt = new Date().toISOString();
  const end = ending({ timeoutSeconds: request.timeoutSeconds });
  const outDir = resolve(
    request.outDir ?? join(ROOT, "out/proof", startedAt.replaceAll(":", "-").replace(/\.\d+/, "")),
  );
  const seconds =
    expectedSeconds(request.profile, request.scenarios, sizesAskedFor(request)) +
    (request.compare === undefined ? 0 : comparisonSeconds(request.profile, request.scenarios));
  sayWhatComes(request, seconds);

  let target = unknownTarget(request);
  const refuse = async (problems: readonly string[]): Promise<void> => {
    // A slip in a name leaves nothing behind, unless a program waits for it.
    const awaited = request.json || request.junitFile !== undefined || request.outDir !== undefined;
    if (target.kubernetes === null && !awaited) return;
    const scenarios = request.scenarios.map(scenarioNamed);
    const { profile } = request;
    await mkdir(outDir, { recursive: true });
    const refused = notRunReport({
      scenarios,
      problems,
      startedAt,
      profile,
      command: commandOf(process.argv),
      target,
    });
    await writeReport(refused, outDir);
    await handOver(request, outDir);
  };
  end.beforeProof(() => refuse(["ended before any load"]));

  let begun = false;
  try {
    const named = request.context !== undefined || request.namespace !== undefined;
    const { place, closing, deployed } = named ? await found(request) : await setUp();
    const k6Path = request.k6Path ?? (await toolset("k6")).binary("k6");
    target = await readTarget(place.kubeConfig, place.namespace, { k6Path, checkout: ROOT });
    const findings = await step("running preflight checks", () => preflightChecks(request, place, k6Path));
    for (const finding of findings) say(`    ${finding.severity.padEnd(5)}  ${preflightText(finding)}`);
    const problems = findings.filter(({ severity }) => severity === "ERROR").map((finding) => preflightText(finding));
    if (problems.length > 0) {
      await refuse(problems);
      say("\nINCONCLUSIVE: no load was run. Mend what blocks, then run the same command again.");
      return COULD_NOT_JUDGE;
    }
    const options = proofOptions(place, { request, k6Path, outDir, target, end });
    say(`==> proving, in ${relative(process.cwd(), outDir) || "."} (about ${about(seconds)})`);
    end.proving();
    begun = true;
    const report = await keepingImages(place, target, () => runProof(options));
    let problem: string | undefined;
    if (request.compare !== undefined && deployed !== undefined && !end.signal.aborted) {
      const outcome = await compared(report, { ...deployed, options, log: progress });
      report.comparison = outcome.comparison;
      report.endedAt = new Date().toISOString();
      problem = outcome.problem;
      await writeReport(report, outDir);
    }
    const stream = request.json ? process.stderr : process.stdout;
    stream.write(`${renderTable(report, { color: request.color && stream.isTTY })}\n`);
    await handOver(request, outDir);
    if (problem !== undefined) say(`\n${problem}`);
    for (const line of closing) say(line);
    return problem === undefined ? exitCodeOf(report.verdict) : exitCodeOf(verdictOf([report.verdict, "inconclusive"]));
  } catch (error) {
    // From then on the proof's own report is there.
    if (!begun) await refuse([messageOf(error)]);
    throw error;
  } finally {
    end.over();
  }
}

function proofOptions(
  { kubeConfig, namespace, reach, killPod }: ProofPlace,
  proof: { request: ProveRequest; k6Path: string; outDir: string; target: Target; end: Ending },
): ProofOptions {
  const { request, k6Path, outDir, target, end } = proof;
  const { profile, scenarios, soakSeconds } = request;
  return {
    ...{ kubeConfig, namespace, reach, killPod, k6Path, outDir, target, profile, scenarios },
    command: commandOf(process.argv),
    ...(soakSeconds === undefined ? {} : { soakSeconds }),
    signal: end.signal,
    log: progress,
  };
}

function progress(line: string): void {
  say(`    ${line}`);
}

/** A worker at 0 has no image until the load is there: what comes is added to the target, which the report holds. */
async function keepingImages<T>(place: ProofPlace, target: Target, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    readImages(place.kubeConfig, place.namespace).then(
      (more) => {
        addImages(target.images, more);
      },
      // One that cannot be read now can be read a moment later.
      () => undefined,
    );
  }, IMAGES_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** The report where it was asked for. */
async function handOver(request: ProveRequest, outDir: string): Promise<void> {
  if (request.json) process.stdout.write(await readFile(join(outDir, "report.json"), "utf8"));
  if (request.junitFile !== undefined) {
    await mkdir(dirname(resolve(request.junitFile)), { recursive: true });
    await copyFile(join(outDir, "junit.xml"), request.junitFile);
  }
  say(`\nreport: ${relative(process.cwd(), join(outDir, "report.html"))}`);
}

/** What is to be proven, and what is to be said at the end. `deployed` where that was done from here. */
interface Standing {
  place: ProofPlace;
  closing: string[];
  deployed?: { cluster: Cluster; deployable: Deployable };
}

/** What is there, as the person named it. */
async function found(request: ProveRequest): Promise<Standing> {
  const place = await placeNamed(request);
  say(`==> proving what is deployed in namespace ${place.namespace}, context ${place.kubeConfig.getCurrentContext()}`);
  return { place, closing: [] };
}

/** A cluster with the dev overlay on it, looked over by the doctor. */
async function setUp(): Promise<Standing> {
  const { cluster, deployable } = await prepare();
  await step("deploying kustomize/overlays/dev", () => deploy(cluster, deployable));
  const findings = await step("looking for what would make the proof worthless", () =>
    diagnoseSettled(() => diagnose(cluster, deployable.overlay), SETTLING_MS),
  );
  for (const finding of findings) say(`    ${lineOf(finding)}`);
  if (anyBlocks(findings)) {
    throw new CliError(
      `no load was run, since the set-up is not as it has to be: ${findings.map(({ what }) => what).join("; ")}`,
      "mend what blocks, then run the same command again",
    );
  }
  return {
    place: placeOn(cluster, DEV_NAMESPACE),
    deployed: { cluster, deployable },
    closing: [`${cluster.takeDown} To look around: ${cluster.shellLine}`],
  };
}

function preflightChecks(request: ProveRequest, place: ProofPlace, k6Path: string): Promise<PreflightFinding[]> {
  const { kubeConfig, namespace, access } = place;
  const scenarios = request.scenarios.map(scenarioNamed);
  return preflight({ kubeConfig, namespace, scenarios, k6Path, pinnedK6: versionOf("k6"), ...access });
}

function sayWhatComes(request: ProveRequest, seconds: number): void {
  const names = request.scenarios.join(", ");
  if (request.context === undefined && request.namespace === undefined) {
    say(
      `Set-up and deployment, about 2 min (about 30 min where nothing has been built yet); then ${names}: about ${about(seconds)}.`,
    );
  } else say(`${names}: about ${about(seconds)}.`);
  if (request.timeoutSeconds !== undefined && request.timeoutSeconds < seconds) {
    say(`--timeout ${request.timeoutSeconds} s is less than that: what is measured until then is kept.`);
  }
}

function sizesAskedFor(request: ProveRequest): Partial<(typeof sizesOf)["soak"]> {
  return request.soakSeconds === undefined ? {} : { soakSeconds: request.soakSeconds };
}

/** Before anything was read. */
function unknownTarget({ context, namespace }: ProveRequest): Target {
  return {
    context: context ?? "",
    namespace: namespace ?? DEV_NAMESPACE,
    ...{ kubernetes: null, keda: null, metricsServer: null, k6: null, revision: null },
    nodes: [],
    images: [],
  };
}

/** The command line as a shell takes it. */
function commandOf([, , ...args]: readonly string[]): string {
  const provider = process.env.CLUSTER ?? "";
  const words = ["./scripts/prove", ...args].map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`,
  );
  return [...(provider === "" ? [] : [`CLUSTER=${provider}`]), ...words].join(" ");
}
