import { renderedFindings } from "../diagnosis/rendered.ts";
import { CliError } from "../process/cliError.ts";
import { readAutoscalingFile } from "../planning/autoscalingFile.ts";
import { fileScenarios, onManifests } from "../planning/fileScenarios.ts";
import { type Access, knownPods } from "../planning/inputs.ts";
import { renderedObjects } from "../planning/manifests.ts";
import type { PlanRequest } from "../planning/request.ts";
import { scaledWorkloads } from "../planning/scaledWorkload.ts";
import { mutantsOf, resultOf, unmet } from "./detect.ts";
import { type MutationRun, unmetText } from "./render.ts";

/** Runs of each mutant: enough for every phase of poll and sync, few enough for half a minute. */
const RUNS = 10;

/**
 * Mutation testing of a file, in simulation.
 * @throws {CliError} for what is missing or cannot be simulated, and where the file does not hold on the manifests as they are.
 */
export async function mutate(request: PlanRequest, access: Access): Promise<MutationRun> {
  const { overlay, file, calibrate, seed } = request;
  if (overlay === undefined || file === undefined) {
    throw new CliError("--mutate needs manifests and a file", "give both: -k OVERLAY -f autoscaling.yaml");
  }
  const objects = await renderedObjects(overlay, () => access.kubectl());
  const { workloads: all, notes } = scaledWorkloads(objects);
  const on = onManifests(await readAutoscalingFile(file), all);
  const report = calibrate === undefined ? undefined : await access.report(calibrate);
  const found = await fileScenarios(on, report, (workload) => knownPods(request, workload, report));
  const baseline = { objects, on, scenarios: found.scenarios, findings: renderedFindings(objects) };
  const judging = { runs: RUNS, seed };
  const failed = unmet(baseline, judging);
  if (failed.length > 0) {
    throw new CliError(
      `${file} does not hold on ${overlay === "-" ? "these manifests" : overlay} as they are, so no mutant can be told apart:${unmetText(failed)}`,
      "correct the file, the load that it simulates, or the manifests",
    );
  }
  const results = mutantsOf(baseline).map((mutant) => resultOf(mutant, baseline, judging));
  return { file, ...judging, results, notes: [...notes, ...found.notes] };
}
