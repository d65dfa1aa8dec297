import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf } from "../../src/shared/messageOf.ts";
import { abortReason } from "../model/abortReason.ts";
import { causeOf } from "../model/cause.ts";
import { type Report, SCHEMA_VERSION } from "../model/report.ts";
import { impossibilities } from "../model/scenario.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";
import { verdictOf } from "../model/verdict.ts";
import { writeReport } from "../report/write.ts";
import { neverStarted } from "./neverStarted.ts";
import { prepareProof } from "./prepareProof.ts";
import type { ProofOptions } from "./proofOptions.ts";

/**
 * Runs the loads, evaluates them, and writes the report into `outDir`, after each scenario anew, so that an end in the middle keeps what there is.
 * @throws only when `outDir` cannot be written; everything else is an inconclusive report that says why.
 */
export async function runProof(options: ProofOptions): Promise<Report> {
  const startedAt = new Date().toISOString();
  const outDir = resolve(options.outDir);
  await mkdir(outDir, { recursive: true });
  const { runs } = options;
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
    const impossible = new Set(runs.flatMap(({ scenario }) => impossibilities(scenario)));
    if (impossible.size > 0) throw new Error([...impossible].join("; "));
    const proof = await prepareProof({ ...options, outDir }, closers);
    for (const run of runs) {
      if (proof.signal.aborted) {
        const cause = causeOf("run-interrupted", "proof", { reason: abortReason(proof.signal) });
        done.push(neverStarted(run.scenario, run.repeat, [], cause));
      } else {
        const result = await proof.run(run);
        const forecast = options.forecastOf?.(result);
        done.push({ ...result, ...(forecast === undefined ? {} : { forecast }) });
      }
      await writeReport(report(), outDir);
    }
  } catch (error) {
    const message = messageOf(error);
    options.log?.(`the proof cannot go on: ${message}`);
    const cause = causeOf("proof-error", "proof", { message });
    for (const { scenario, repeat } of runs.slice(done.length)) done.push(neverStarted(scenario, repeat, [], cause));
  } finally {
    for (const close of closers.reverse()) await Promise.resolve(close()).catch(() => undefined);
  }
  const final = report();
  await writeReport(final, outDir);
  return final;
}
