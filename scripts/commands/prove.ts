import { exitCodeOf } from "../../loadtest/model/verdict.ts";
import { runProve } from "../cli/prove.ts";
import { runMain } from "../process/runMain.ts";

await runMain(
  () => runProve(process.argv.slice(2), "./scripts/prove"),
  // For the proof, 1 is a verdict: a setup that fails is inconclusive.
  { failureCode: exitCodeOf("inconclusive"), handlesSignals: true },
);
