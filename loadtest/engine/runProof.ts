import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf } from "../../src/shared/messageOf.ts";
import { abortReason } from "../model/abortReason.ts";
import { causeOf } from "../model/cause.ts";
import { type Sizes, sizesOf } from "../k6/lib/profiles.ts";
import { type Report, SCHEMA_VERSION } from "../model/report.ts";
import { impossibilities } from "../model/scenario.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";
import { verdictOf } from "../model/verdict.ts";
import { writeReport } from "../report/write.ts";
import { scenarioNamed, scenariosOf } from "../targets/orders/scenarios/catalogue.ts";
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
  const sizes: Sizes = { ...sizesOf[options.profile], ...options.sizes };
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
