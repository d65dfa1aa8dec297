import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { messageOf } from "../../src/shared/messageOf.ts";
import type { Deadlines } from "../assertions/progress.ts";
import { abortReason } from "../model/abortReason.ts";
import { causeOf } from "../model/cause.ts";
import type { ServiceDialer } from "../model/endpoint.ts";
import { type Profile, type Sizes, sizesOf } from "../model/profiles.ts";
import { type Report, SCHEMA_VERSION } from "../model/report.ts";
import { impossibilities, type ScenarioName } from "../model/scenario.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";
import type { Target } from "../model/target.ts";
import { verdictOf } from "../model/verdict.ts";
import { writeReport } from "../report/write.ts";
import { scenarioNamed, scenariosOf } from "../scenarios/catalogue.ts";
import { neverStarted } from "./neverStarted.ts";
import { prepareProof } from "./prepareProof.ts";

/** What a proof needs to know. */
export interface ProofOptions {
  kubeConfig: KubeConfig;
  namespace: string;
  reach: ServiceDialer;
  /** The k6 binary. */
  k6Path: string;
  /** Made if missing; gets the report and the loads' own files. */
  outDir: string;
  profile: Profile;
  /** In this order; those of the profile by default. */
  scenarios?: readonly ScenarioName[];
  /** What is proven, and where, for the report. */
  target: Target;
  /** What reproduces this run, for the report. */
  command: string;
  /** Kills the container `worker` of a pod by SIGKILL, and resolves when it is dead. Without it scale-in-under-load is inconclusive. */
  killPod?: (pod: string) => Promise<void>;
  /** Takes a line of progress. */
  log?: (line: string) => void;
  /** Aborted, the proof stops its load at once, restores what it has changed, and reports what it has, inconclusive. */
  signal?: AbortSignal;
  deadlines?: Partial<Deadlines>;
  queue?: string;
  /** How much is sent, where not what the profile says. */
  sizes?: Partial<Sizes>;
  /** How long the soak takes, where not what the profile says. */
  soakSeconds?: number;
}

/**
 * Runs the loads, evaluates them, and writes the report into `outDir`, after each scenario anew, so that an end in the middle keeps what there is.
 * @throws only when `outDir` cannot be written; everything else is an inconclusive report that says why.
 */
export async function runProof(options: ProofOptions): Promise<Report> {
  const startedAt = new Date().toISOString();
  const outDir = resolve(options.outDir);
  await mkdir(outDir, { recursive: true });
  const sizes: Sizes = {
    ...sizesOf[options.profile],
    ...options.sizes,
    ...(options.soakSeconds === undefined ? {} : { soakSeconds: options.soakSeconds }),
  };
  const scenarios = (options.scenarios ?? scenariosOf(options.profile)).map((name) => scenarioNamed(name));
  const done: ScenarioReport[] = [];
  const closers: (() => unknown)[] = [];
  const report = (): Report => ({
    schemaVersion: SCHEMA_VERSION,
    verdict: verdictOf(done.map(({ verdict }) => verdict)),
    startedAt,
    endedAt: new Date().toISOString(),
    profile: options.profile,
    command: options.command,
    target: options.target,
    scenarios: done,
    comparison: null,
  });

  try {
    const impossible = scenarios.flatMap((scenario) => impossibilities(scenario, sizes));
    if (impossible.length > 0) throw new Error(impossible.join("; "));
    const proof = await prepareProof({ ...options, outDir, sizes }, closers);
    for (const scenario of scenarios) {
      if (proof.signal.aborted) {
        const cause = causeOf("run-interrupted", "proof", { reason: abortReason(proof.signal) });
        done.push(neverStarted(scenario, [], cause));
      } else {
        done.push(await proof.run(scenario));
      }
      await writeReport(report(), outDir);
    }
  } catch (error) {
    const message = messageOf(error);
    options.log?.(`the proof cannot go on: ${message}`);
    const cause = causeOf("proof-error", "proof", { message });
    for (const scenario of scenarios.slice(done.length)) done.push(neverStarted(scenario, [], cause));
  } finally {
    for (const close of closers.reverse()) await Promise.resolve(close()).catch(() => undefined);
  }
  const final = report();
  await writeReport(final, outDir);
  return final;
}
