import * as z from "zod";
import { verdict } from "../../loadtest/model/verdict.ts";
import { readJsonLines } from "../process/jsonLines.ts";
import { type Example, type Variant, VARIANTS } from "./catalogue.ts";

/** One run of one variant, as a line of results.jsonl. */
const result = z.object({
  name: z.string(),
  variant: z.enum(VARIANTS),
  /** From 1. */
  repeat: z.number().int().positive(),
  /** Of the example's files, and of the proof's. */
  inputs: z.string(),
  startedAt: z.iso.datetime(),
  verdict,
  /** From the proof's start to its end; deploying is not in it. */
  seconds: z.number(),
  /** Ids of the causes of those assertions that made the verdict; none where it is pass. */
  causes: z.array(z.string()),
});
export type Result = z.infer<typeof result>;

/** What identifies a run: the same is not run twice. */
export type RunKey = Pick<Result, "name" | "variant" | "repeat" | "inputs">;

/**
 * The results so far; none where there is no file.
 * @throws {CliError} for a line that is none.
 */
export function readResults(path: string): Promise<Result[]> {
  return readJsonLines(path, result);
}

export function isSameRun(one: RunKey, other: RunKey): boolean {
  return (
    one.name === other.name &&
    one.variant === other.variant &&
    one.repeat === other.repeat &&
    one.inputs === other.inputs
  );
}

/** Whether a run shows what it has to: PASS, or of the broken variant FAIL with its cause among those that are given. */
export function isExpected(
  { variant, verdict, causes }: Pick<Result, "variant" | "verdict" | "causes">,
  { expectedCause }: Pick<Example, "expectedCause">,
): boolean {
  return variant === "manifests" ? verdict === "pass" : verdict === "fail" && causes.includes(expectedCause);
}

/** All runs that are asked for, in order: of each example the variants by turns. */
export function runsOf(
  examples: readonly Example[],
  repeats: number,
  proofDigest: string,
): { example: Example; key: RunKey & { variant: Variant } }[] {
  return examples.flatMap((example) =>
    Array.from({ length: repeats }, (_, index) => index + 1).flatMap((repeat) =>
      VARIANTS.map((variant) => ({
        example,
        key: { name: example.name, variant, repeat, inputs: `${example.digest}-${proofDigest}` },
      })),
    ),
  );
}
