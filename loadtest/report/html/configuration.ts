import { formatCount, formatDuration, formatNumber } from "../format.ts";
import type { ScenarioReport } from "../../model/scenarioReport.ts";
import { metricText } from "../texts/metricText.ts";
import { html, type Markup, table } from "./markup.ts";

/** The autoscaling configuration that the scenario ran under, and how its load ended. */
export function configurationPart({ live, load }: ScenarioReport): Markup | undefined {
  if (live === null) return undefined;
  const worker: string[] = [
    `${formatNumber(live.workerIdleReplicas)} to ${formatCount(live.workerMaximum, "replica")}`,
    live.workerScaler === "keda"
      ? `KEDA polls every ${formatDuration(live.workerPollingIntervalSeconds)}, scales in to ${formatNumber(live.workerIdleReplicas)} after a cooldown of ${formatDuration(live.workerCooldownSeconds)}`
      : `scaled by ${live.workerScaler === "hpa" ? "an HPA alone" : "nothing"}`,
    ...(live.workerMessagesPerReplica === null
      ? []
      : [`${formatCount(live.workerMessagesPerReplica, "message")} a replica`]),
    ...(live.workerActivationMessages === null
      ? []
      : [`activated above ${formatCount(live.workerActivationMessages, "message")}`]),
  ];
  const targets = live.apiTargets.map(
    ({ metric, target }) => `${metricText(metric)} ${target === null ? "without target" : `${formatNumber(target)} %`}`,
  );
  const api = [
    `${formatNumber(live.apiMinimum)} to ${formatCount(live.apiMaximum, "replica")}`,
    ...targets,
    `scale-in stabilization window ${formatDuration(live.apiScaleDown.stabilizationSeconds)}`,
  ];
  return html`<div>
    <h3>Effective configuration</h3>
    ${table(
      "As the cluster had it before the load. Deadlines and lower bounds come from it.",
      [{ title: "object" }, { title: "configuration" }],
      [
        [html`worker`, html`${worker.join("; ")}`],
        [html`api`, html`${api.join("; ")}`],
        [html`metrics-server`, html`resolution ${formatDuration(live.metricsResolutionSeconds)}`],
        ...(load === null
          ? []
          : [
              [
                html`k6`,
                html`${
                  load.kind === "broke"
                    ? `failed: ${load.reason}`
                    : `${formatCount(load.counts.iterations, "iteration")}, ${formatNumber(load.counts.droppedIterations)} dropped, exit code ${load.exitCode}`
                }`,
              ],
            ]),
      ],
    )}
  </div>`;
}
