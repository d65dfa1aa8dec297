import * as z from "zod";
import { verdict, type Verdict } from "../../loadtest/model/verdict.ts";

/** One proof of a series, as a line of results.jsonl. */
export const seriesResult = z.object({
  scenario: z.string(),
  /** From 1. */
  repeat: z.number().int().positive(),
  /** Of the system, its manifests and the proof. */
  inputs: z.string(),
  startedAt: z.iso.datetime(),
  verdict,
  /** Ids of the causes of those assertions that made the verdict; none where it is pass. */
  causes: z.array(z.string()),
  seconds: z.number(),
  /** Processes that ran or waited for a core in the proof's last minute, on average, the hog among them. */
  loadAverage: z.number(),
});
export type SeriesResult = z.infer<typeof seriesResult>;

/** What identifies a proof: the same is not run twice. */
export type SeriesKey = Pick<SeriesResult, "scenario" | "repeat" | "inputs">;

export function isSameProof(one: SeriesKey, other: SeriesKey): boolean {
  return one.scenario === other.scenario && one.repeat === other.repeat && one.inputs === other.inputs;
}

/** All proofs of a series, its scenarios by turns. */
export function proofsOf(scenarios: readonly string[], repeats: number, inputs: string): SeriesKey[] {
  return Array.from({ length: repeats }, (_, index) =>
    scenarios.map((scenario) => ({ scenario, repeat: index + 1, inputs })),
  ).flat();
}

/** A machine that is too busy makes a proof inconclusive; more often than this it says nothing about the system. */
const LEAST_PASS_SHARE = 0.9;

/** What a series shows: a false FAIL is a fault of the proof, too few PASS leave it open. */
export function seriesVerdict(verdicts: readonly Verdict[], asked: number): Verdict {
  if (verdicts.includes("fail")) return "fail";
  const passed = verdicts.filter((one) => one === "pass").length;
  return verdicts.length === asked && passed >= asked * LEAST_PASS_SHARE ? "pass" : "inconclusive";
}
