import { formatCount, formatDuration, formatNumber } from "../format.ts";
import type { ScenarioReport } from "../../model/scenarioReport.ts";
import { metricText } from "../texts/metricText.ts";
import { html, type Markup, table } from "./markup.ts";

/** The autoscaling configuration that the scenario ran under, and how its load ended. */
export function configurationPart({ autoscalingConfig, load }: ScenarioReport): Markup | undefined {
  if (autoscalingConfig === null) return undefined;
  const worker: string[] = [
    `${formatNumber(autoscalingConfig.workerIdleReplicas)} to ${formatCount(autoscalingConfig.workerMaximum, "replica")}`,
    autoscalingConfig.workerScaler === "keda"
      ? `KEDA polls every ${formatDuration(autoscalingConfig.workerPollingIntervalSeconds)}, scales in to ${formatNumber(autoscalingConfig.workerIdleReplicas)} after a cooldown of ${formatDuration(autoscalingConfig.workerCooldownSeconds)}`
      : `scaled by ${autoscalingConfig.workerScaler === "hpa" ? "an HPA alone" : "nothing"}`,
    ...(autoscalingConfig.workerMessagesPerReplica === null
      ? []
      : [`${formatCount(autoscalingConfig.workerMessagesPerReplica, "message")} a replica`]),
    ...(autoscalingConfig.workerActivationMessages === null
      ? []
      : [`activated above ${formatCount(autoscalingConfig.workerActivationMessages, "message")}`]),
  ];
  const targets = autoscalingConfig.apiTargets.map(
    ({ metric, target }) => `${metricText(metric)} ${target === null ? "without target" : `${formatNumber(target)} %`}`,
  );
  const api = [
    `${formatNumber(autoscalingConfig.apiMinimum)} to ${formatCount(autoscalingConfig.apiMaximum, "replica")}`,
    ...targets,
    `scale-in stabilization window ${formatDuration(autoscalingConfig.apiScaleDown.stabilizationSeconds)}`,
  ];
  return html`<div>
    <h3>Effective configuration</h3>
    ${table(
      "As the cluster had it before the load. Deadlines and lower bounds come from it.",
      ["object", "configuration"],
      [
        ["worker", worker.join("; ")],
        ["api", api.join("; ")],
        ["metrics-server", html`resolution ${formatDuration(autoscalingConfig.metricsResolutionSeconds)}`],
        ...(load === null
          ? []
          : [
              [
                "k6",
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
