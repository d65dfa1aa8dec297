import { run } from "../../scripts/process/command.ts";
import type { Suite, Trace } from "../support/simulator/suites.ts";
import { referenceProgram } from "./programs.ts";

/** What the real controllers make of cases. */
export async function referenceTraces(suite: Suite, cases: readonly unknown[]): Promise<Trace[]> {
  const program = await referenceProgram(suite.program);
  const output = await run(program, [], { input: cases.map((one) => `${JSON.stringify(one)}\n`).join("") });
  const traces = output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Trace);
  if (traces.length !== cases.length) {
    throw new Error(`the reference program ${suite.program} wrote ${traces.length} traces for ${cases.length} cases`);
  }
  return traces;
}
