import type { Declaration, DeclaredScenario } from "../../loadtest/declaration/declaration.ts";
import type { Report } from "../../loadtest/model/report.ts";
import { CliError } from "../process/cliError.ts";
import type { LoadOption } from "./build.ts";
import { readLoad } from "./inputs.ts";
import { loadInReport } from "./recorded.ts";

/**
 * What a scenario's load does to what its workloads scale on: as the file says, else as it was recorded in a report of the same scenario.
 * @throws {CliError} where neither tells it, or where the curve is none.
 */
export async function loadsOfScenario(
  { file, folder }: Pick<Declaration, "file" | "folder">,
  { name, load, mustScale }: DeclaredScenario,
  report: Report | undefined,
): Promise<LoadOption[]> {
  if (load.simulated !== null) {
    return Promise.all(
      Object.entries(load.simulated).map(([of, curve]) => {
        const [workload = "", metric = null] = of.split(/\.(.*)/s);
        return readLoad({ option: `${file}: loads.${load.name}.simulated.${of}`, workload, metric, curve }, folder);
      }),
    );
  }
  const recorded = report?.scenarios.find((one) => one.name === name && one.loadEndedAt !== null);
  if (recorded !== undefined) return mustScale.map(({ workload }) => loadInReport(recorded, workload));
  const [first] = mustScale;
  throw new CliError(
    `${file}: loads.${load.name}: what this load does to the workloads' metrics is not known, so scenario ${name} cannot be simulated`,
    `add it to the load, for example simulated: { ${first?.workload ?? "WORKLOAD"}: 200@0s }; or name a report of a proof of this file: --calibrate report.json`,
  );
}
