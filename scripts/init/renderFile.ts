import { stringify } from "yaml";
import { FILE_VERSION } from "../../loadtest/declaration/schema/autoscalingFile.ts";
import { followsClock, type PlannedLoad, type PlannedScenario } from "./plan.ts";
import type { Scalable } from "./scalable.ts";
import type { Signal } from "./signal.ts";
import { singleLine } from "./singleLine.ts";
import { named } from "./texts.ts";

/** autoscaling.yaml as text. What the live objects say stands in comments: the proof reads it again each time. @param schemaFile relative to the file. */
export function renderFile(
  namespace: string,
  { scalables, scenarios }: { scalables: readonly Scalable[]; scenarios: readonly PlannedScenario[] },
  schemaFile: string,
): string {
  const lines = [
    `# yaml-language-server: $schema=./${schemaFile}`,
    `# What scales in namespace ${namespace}, as ownsignal init found it. Limits, windows and triggers are comments: ownsignal prove reads them from the`,
    "# live objects each time.",
    `version: ${FILE_VERSION}`,
    `namespace: ${scalar(namespace)}`,
    "workloads:",
    ...scalables.flatMap(workloadLines),
    "loads:",
    ...scenarios.flatMap(loadLines),
    "scenarios:",
    ...scenarios.flatMap((scenario) => scenarioLines(scenario, scalables)),
  ];
  return `${lines.join("\n")}\n`;
}

function workloadLines(scalable: Scalable): string[] {
  const { name, kind, object, windows, keda, signals } = scalable;
  const facts = [
    `${replicasText(scalable)} replicas`,
    ...(windows === null
      ? []
      : [`scale-up window ${windows.scaleUpSeconds} s, scale-down window ${windows.scaleDownSeconds} s`]),
    ...(keda === null ? [] : [`polling interval ${keda.pollingIntervalSeconds} s, cooldown ${keda.cooldownSeconds} s`]),
  ];
  return [
    comment(2, `${named(scalable.autoscaler)}: ${facts.join("; ")}`),
    ...signals.map((signal) => comment(2, `  ${signalText(signal)}`)),
    ...(followsClock(scalable)
      ? [
          comment(
            2,
            "  While its window is open nothing can be proven: before each load all workloads here have to be idle.",
          ),
        ]
      : []),
    `  ${scalar(name)}: { ${kind === "Deployment" ? "deployment" : "statefulSet"}: ${scalar(object)} }`,
  ];
}

function replicasText({ idleReplicas, minReplicas, maxReplicas }: Scalable): string {
  return idleReplicas === minReplicas
    ? `${minReplicas} to ${maxReplicas}`
    : `${idleReplicas} without load, else ${minReplicas} to ${maxReplicas}`;
}

/** Of a trigger's metadata only what names a queue or a schedule: the rest can hold a secret. */
function signalText(signal: Signal): string {
  if (signal.kind === "resource") {
    const of = signal.container === null ? "its pods" : `container ${signal.container}`;
    return `${signal.resource} of ${of}, target ${signal.target}`;
  }
  if (signal.kind === "metric") return `metric ${signal.metric}, target ${signal.target}`;
  const { type, queue, target, activation, metadata } = signal.trigger;
  const facts = [
    ...(queue === null ? [] : [queue]),
    ...(type === "cron"
      ? [`from ${metadata.start ?? "?"} to ${metadata.end ?? "?"}, ${metadata.timezone ?? "UTC"}`]
      : []),
    ...(target === null ? [] : [type === "cron" ? `${target} replicas` : `target ${target} a replica`]),
    ...(activation > 0 ? [`active above ${activation}`] : []),
  ];
  return `trigger ${type}${facts.length === 0 ? "" : `: ${facts.join(", ")}`}`;
}

function loadLines({ name, load, signal, atLeast }: PlannedScenario): string[] {
  const key = `  ${scalar(name)}:`;
  switch (load.kind) {
    case "k6": {
      const { service, port, scheme } = load.service;
      const metric = signal.kind === "resource" ? signal.resource : "the metric";
      return [
        comment(2, `Requests to Service ${service}. Raise RATE until ${metric} is above its target.`),
        key,
        `    k6: ${load.file}`,
        "    environment:",
        `      BASE_URL: { service: ${scalar(service)}, port: ${port}, scheme: ${scheme} }`,
        `      RATE: ${load.ratePerSecond} # requests a second`,
        `      DURATION_SECONDS: ${load.durationSeconds}`,
        `    delivered: { iterations: ${load.ratePerSecond * load.durationSeconds} } # RATE × DURATION_SECONDS`,
        `    timeout: ${load.durationSeconds + 60}s`,
      ];
    }
    case "command":
      return [
        comment(2, `To be written: ${load.file} has to ${load.task}.`),
        ...countComment(load, atLeast),
        key,
        `    command: [sh, ${load.file}]`,
        `    environment: { COUNT: ${load.count} }`,
        `    delivered: { count: ${load.count} } # the same number`,
        "    timeout: 5m",
      ];
    case "none":
      return [
        comment(2, `Nothing is sent. A window has to begin in this time: ${load.schedule}.`),
        key,
        `    none: ${load.seconds}s`,
      ];
  }
}

function countComment({ count, isTaken }: Extract<PlannedLoad, { kind: "command" }>, atLeast: number): string[] {
  return isTaken
    ? [comment(2, `COUNT: enough for ${atLeast} replicas while some of them are taken; ${count} is a first guess.`)]
    : [];
}

function scenarioLines(scenario: PlannedScenario, scalables: readonly Scalable[]): string[] {
  const { name, scalable, signal, atLeast, load, controls } = scenario;
  const clocks = scalables.filter((other) => other !== scalable && followsClock(other)).map((other) => other.name);
  return [
    `  - name: ${scalar(name)}`,
    `    summary: ${scalar(summaryOf(scenario))}`,
    `    load: ${scalar(name)}`,
    "    mustScale:",
    `      - workload: ${scalar(scalable.name)}`,
    ...metricLines(signal).map((line) => `        ${line}`),
    `        atLeast: ${atLeast} # of ${replicasText(scalable)}`,
    ...(load.kind === "none"
      ? [
          `        within: ${load.seconds}s`,
          "        backToIdle: false # a duration, where the window ends soon after it began",
        ]
      : []),
    ...(controls.length === 0
      ? [comment(4, "No control: nothing else scales here that could be seen to keep its replicas.")]
      : [
          comment(4, "The controls: they must keep their replicas. Remove what this load reaches as well."),
          `    mustNotScale: [${controls.map(scalar).join(", ")}]`,
        ]),
    ...(clocks.length === 0
      ? []
      : [comment(4, `No control is ${clocks.join(", ")}: a schedule scales it at any time.`)]),
  ];
}

function summaryOf({ scalable, signal, atLeast }: PlannedScenario): string {
  return singleLine(`${scalable.object} scales to ${atLeast} by ${nameOf(signal)}`);
}

function nameOf(signal: Signal): string {
  if (signal.kind === "resource") return signal.resource;
  if (signal.kind === "metric") return signal.metric;
  const { type, queue } = signal.trigger;
  return queue === null ? type : `${type} ${queue}`;
}

function metricLines(signal: Signal): string[] {
  if (signal.kind !== "resource") return signal.metric === null ? [] : [`metric: ${scalar(signal.metric)}`];
  return [
    `metric: ${signal.resource}`,
    ...(signal.container === null ? [] : [`container: ${scalar(signal.container)}`]),
  ];
}

function comment(indent: number, text: string): string {
  return `${" ".repeat(indent)}# ${singleLine(text)}`;
}

/** Quoted where YAML would read it as anything but a text. */
function scalar(text: string): string {
  return stringify(text, { lineWidth: 0, singleQuote: true }).trim();
}
