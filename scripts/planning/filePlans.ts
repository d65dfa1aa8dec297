import { onManifests, fileScenarios } from "./fileScenarios.ts";
import { readAutoscalingFile } from "./autoscalingFile.ts";
import { type Access, knownPods, planOf, type ReadWorkload, requireName, scaledIn } from "./inputs.ts";
import { type JudgedScenario, judgedScenario } from "./judgedPlans.ts";
import type { PlanNote } from "./notes.ts";
import type { PlanRequest } from "./request.ts";

/** A scenario of a file: its workloads that have a load, and what is predicted of its assertions. */
export interface ScenarioPlans extends JudgedScenario {
  readonly workloads: readonly ReadWorkload[];
}

/** Reads a file and what its scenarios depend on, and judges them. @throws {CliError} for what is missing, wrong, or cannot be simulated. */
export async function plansOfFile(
  request: PlanRequest,
  file: string,
  access: Access,
): Promise<{ scenarios: ScenarioPlans[]; notes: PlanNote[] }> {
  const { workloads: all, notes: there } = await scaledIn(request, access);
  const on = onManifests(await readAutoscalingFile(file), all);
  const report = request.calibrate === undefined ? undefined : await access.report(request.calibrate);
  const pods = (workload: string): ReturnType<typeof knownPods> => knownPods(request, workload, report);
  const names = on.scaled.map(({ name }) => name);
  for (const { option, workload } of [...request.settings, ...request.sweeps]) requireName(option, workload, names);
  const { scenarios, notes: of } = await fileScenarios(on, report, pods);
  const notes: PlanNote[] = [];
  const plans = scenarios.map((one): ScenarioPlans => ({
    ...judgedScenario(one, request),
    workloads: on.scaled.flatMap((workload) => {
      const own = one.loads.filter((load) => load.workload === workload.name);
      const known = { settings: request.settings, measured: null, notes };
      return own.length === 0 ? [] : [planOf(workload, own, pods(workload.name), known)];
    }),
  }));
  const distinct = new Map([...there, ...of, ...notes].map((note) => [JSON.stringify(note), note]));
  return { scenarios: plans, notes: [...distinct.values()] };
}
