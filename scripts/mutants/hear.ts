import { setTimeout as sleep } from "node:timers/promises";
import { isNamed, type Objection } from "../../test/mutants/catalogue.ts";
import type { Report } from "../../loadtest/report/schema.ts";

/** What came of one objection. */
export interface Heard {
  objection: Objection;
  /** Whether one line has all the words. */
  named: boolean;
  /** All that the objector said. */
  lines: readonly string[];
  /** How long it took to say it, from the mutant's deployment on. */
  seconds: number;
}

/** Asks until the words are said, or the patience is over; a bus that refuses KEDA is found out by its next poll, not at once. */
export async function hearAgainAndAgain(
  objection: Objection,
  ask: () => Promise<readonly string[]>,
  options: { patienceSeconds: number; everyMs: number; signal: AbortSignal },
): Promise<Heard> {
  const startMs = Date.now();
  for (;;) {
    const lines = await ask();
    const seconds = Math.round((Date.now() - startMs) / 1000);
    const named = isNamed(objection.words, lines);
    if (named || options.signal.aborted || seconds >= options.patienceSeconds) {
      return { objection, named, lines, seconds };
    }
    await sleep(options.everyMs);
  }
}

/** The failed assertions of a proof, a line each; what could not be judged is no objection. */
export function objectionsOf(report: Pick<Report, "scenarios">): string[] {
  return report.scenarios.flatMap(({ name, assertions }) =>
    assertions
      .filter(({ status }) => status === "fail")
      .map((assertion) => `${name}: ${assertion.name}: ${assertion.measured}: ${assertion.reason ?? "no cause"}`),
  );
}

/** Who objects, for a person. */
export function objectorOf(objection: Objection): string {
  switch (objection.by) {
    case "manifests":
      return "the manifest tests";
    case "doctor":
      return objection.looksAt === "declared" ? "the doctor (declared)" : "the doctor";
    case "proof":
      return `the proof (${objection.scenario})`;
  }
}
