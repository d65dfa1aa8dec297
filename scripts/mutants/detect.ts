import { setTimeout as sleep } from "node:timers/promises";
import { abortReason } from "../../loadtest/model/abortReason.ts";
import type { Report } from "../../loadtest/model/report.ts";
import { assertionText } from "../../loadtest/report/texts/assertionTexts.ts";
import { isNamed, type Objection } from "./catalogue.ts";

/** What came of one objection. */
export interface Heard {
  objection: Objection;
  /** Whether one line has all the words. */
  named: boolean;
  /** All that the objector said. */
  lines: readonly string[];
  /** How long it took to say it, from the mutant's deployment on. */
  seconds: number;
  /** Why the objector could not say, which is no silence: an interrupt, a load that the machine was too slow to send. */
  unjudged?: string;
}

/** Whether all who have to object do. One silence decides; undefined where nobody was silent and not everybody could say. */
export function areAllHeard(objections: readonly Objection[], heard: readonly Heard[]): boolean | undefined {
  if (heard.some(({ named, unjudged }) => !named && unjudged === undefined)) return false;
  return heard.length === objections.length && heard.every(({ named }) => named) ? true : undefined;
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
    if (named || seconds >= options.patienceSeconds) return { objection, named, lines, seconds };
    if (options.signal.aborted) return { objection, named, lines, seconds, unjudged: abortReason(options.signal) };
    await sleep(options.everyMs);
  }
}

/** What a proof said; one that could not judge has not kept silent. */
export function heardProof(
  objection: Objection,
  report: Pick<Report, "verdict" | "scenarios">,
  seconds: number,
): Heard {
  const lines = objectionsOf(report);
  const named = report.verdict === "fail" && isNamed(objection.words, lines);
  if (report.verdict !== "inconclusive") return { objection, named, lines, seconds };
  const reasons = report.scenarios.flatMap(({ assertions }) =>
    assertions
      .filter(({ status }) => status === "inconclusive")
      .map(assertionText)
      .map(({ name, reason }) => `${name}: ${reason ?? "no reason"}`),
  );
  return { objection, named, lines, seconds, unjudged: reasons[0] ?? "it was not judged" };
}

/** The failed assertions of a proof, a line each; what could not be judged is no objection. */
export function objectionsOf(report: Pick<Report, "scenarios">): string[] {
  return report.scenarios.flatMap(({ name, assertions }) =>
    assertions
      .filter(({ status }) => status === "fail")
      .map(assertionText)
      .map((text) => `${name}: ${text.name}: ${text.measured}: ${text.reason ?? "no cause"}`),
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
