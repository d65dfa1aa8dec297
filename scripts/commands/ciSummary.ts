import { join } from "node:path";
import { sum, summarize } from "../ci/summary.ts";
import { ROOT } from "../process/paths.ts";

const stages = summarize(process.argv[2] ?? join(ROOT, "out"));
for (const { stage, exitCode, passed, failed } of stages) {
  process.stdout.write(`${stage}: exit code ${exitCode ?? "none"}, ${passed} ok, ${failed} not\n`);
}
const failed = sum(stages.map((stage) => stage.failed));
process.stdout.write(`${sum(stages.map(({ passed }) => passed))} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
