import { formatCount, formatDuration, formatNumber } from "../format.ts";
import type { LoadResult } from "../../model/load.ts";
import type { ScenarioReport } from "../../model/scenarioReport.ts";
import { scalingParts } from "../texts/scalingText.ts";
import { html, type Markup, table } from "./markup.ts";

/** The autoscaling configuration that the scenario ran under, and how its load ended. */
export function configurationPart({ autoscalingConfig, load }: ScenarioReport): Markup | undefined {
  if (autoscalingConfig === null) return undefined;
  const { workloads, metricsResolutionSeconds } = autoscalingConfig;
  return html`<div>
    <h3>Effective configuration</h3>
    ${table(
      "As the cluster had it before the load. Deadlines and lower bounds come from it.",
      ["object", "configuration"],
      [
        ...Object.entries(workloads).map(([name, scaling]) => [name, scalingParts(scaling).join("; ")]),
        ["metrics-server", `resolution ${formatDuration(metricsResolutionSeconds)}`],
        ...(load === null ? [] : [["load", loadText(load)]]),
      ],
    )}
  </div>`;
}

function loadText(load: LoadResult): string {
  if (load.kind === "broke") return `failed: ${load.reason}`;
  const { iterations, droppedIterations } = load.counts;
  return `${formatCount(iterations, "iteration")}, ${formatNumber(droppedIterations)} dropped, exit code ${load.exitCode}`;
}
