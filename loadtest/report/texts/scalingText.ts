import { kedaWakes, type ScalingRules, type TriggerState, type WorkloadScaling } from "../../model/autoscaling.ts";
import { HPA_DEFAULTS } from "../../model/hpaDefaults.ts";
import { KEDA_DEFAULTS } from "../../model/kedaDefaults.ts";
import { formatAmount } from "../amount.ts";
import { formatCount, formatDuration, formatNumber } from "../format.ts";
import { figureText, metricText } from "./metricText.ts";

/** How a workload scales, part by part, for a table. */
export function scalingParts(scaling: WorkloadScaling): string[] {
  const { idleReplicas, minReplicas, maxReplicas, keda, scaler } = scaling;
  const idle = idleReplicas === minReplicas ? "" : `, ${formatNumber(idleReplicas)} when idle`;
  const defaults = defaultsOf(scaling);
  return [
    `${formatNumber(minReplicas)} to ${formatCount(maxReplicas, "replica")}${idle}`,
    ...(keda === null ? [`scaled by ${scaler === "hpa" ? "an HPA alone" : "nothing"}`] : [kedaText(scaling, keda)]),
    ...(keda?.triggers ?? []).map(triggerText),
    ...targetsOf(scaling),
    ...windowsOf(scaling),
    ...(defaults.length === 0 ? [] : [`at their defaults: ${defaults.join(", ")}`]),
  ];
}

function kedaText(scaling: WorkloadScaling, keda: NonNullable<WorkloadScaling["keda"]>): string {
  const polls = `KEDA polls every ${formatDuration(keda.pollingIntervalSeconds)}`;
  // Above 0 it is the HPA that scales in.
  if (!kedaWakes(scaling)) return polls;
  return `${polls}, scales in to ${formatNumber(scaling.idleReplicas)} after a cooldown of ${formatDuration(keda.cooldownSeconds)}`;
}

/** `trigger azure-servicebus on orders: 50 messages a replica, activated above 5 messages` */
function triggerText({ type, name, queue, target, activation }: TriggerState): string {
  const named = `trigger ${type}${name === null ? "" : ` (${name})`}${queue === null ? "" : ` on ${queue}`}`;
  // Its HPA has the target, with its type.
  if (isResourceTrigger(type)) return named;
  const amount = (value: number): string =>
    queue === null ? formatAmount(value, "own") : formatCount(value, "message");
  const each = target === null ? "target not known" : `${amount(target)} a replica`;
  return `${named}: ${each}, activated above ${amount(activation)}`;
}

function isResourceTrigger(type: string): boolean {
  return type === "cpu" || type === "memory";
}

/** What its HPA holds metrics against; the external ones of KEDA's HPA are its triggers. */
function targetsOf({ targets, keda }: WorkloadScaling): string[] {
  return targets
    .filter(({ metric }) => keda === null || metric.kind !== "External")
    .map((one) => {
      const figure = figureText(one.target, one);
      if (figure === undefined) return `${metricText(one.metric)} without target`;
      const isShare = one.metric.kind === "Resource" || one.metric.kind === "ContainerResource";
      const each = one.targetType === "AverageValue" || (one.targetType === undefined && !isShare) ? " a replica" : "";
      return `${metricText(one.metric)} ${figure}${each}`;
    });
}

function windowsOf({ scaleUp, scaleDown }: WorkloadScaling): string[] {
  const windows = [windowText("scale-out", scaleUp), windowText("scale-in", scaleDown)];
  const known = windows.filter((text) => text !== undefined);
  return known.length === 0 ? [] : [known.join(", ")];
}

function windowText(direction: string, rules: ScalingRules | null): string | undefined {
  if (rules === null) return undefined;
  if (rules.selectPolicy === "Disabled") return `${direction} disabled`;
  return `${direction} stabilization window ${formatDuration(rules.stabilizationSeconds)}`;
}

/** Fields that have the value that Kubernetes or KEDA takes where they are left out. */
function defaultsOf({ minReplicas, maxReplicas, keda, scaleUp, scaleDown }: WorkloadScaling): string[] {
  const found: string[] = [];
  if (keda !== null) {
    if (minReplicas === KEDA_DEFAULTS.minReplicaCount) found.push("minReplicaCount");
    if (maxReplicas === KEDA_DEFAULTS.maxReplicaCount) found.push("maxReplicaCount");
    if (keda.pollingIntervalSeconds === KEDA_DEFAULTS.pollingInterval) found.push("pollingInterval");
    if (keda.cooldownSeconds === KEDA_DEFAULTS.cooldownPeriod) found.push("cooldownPeriod");
  }
  if (isSame(scaleUp, HPA_DEFAULTS.scaleUp)) found.push("behavior.scaleUp");
  if (isSame(scaleDown, HPA_DEFAULTS.scaleDown)) found.push("behavior.scaleDown");
  return found;
}

function isSame(rules: ScalingRules | null, other: ScalingRules): boolean {
  return (
    rules !== null &&
    rules.stabilizationSeconds === other.stabilizationSeconds &&
    rules.selectPolicy === other.selectPolicy &&
    rules.policies.length === other.policies.length &&
    rules.policies.every(({ type, value, periodSeconds }) =>
      other.policies.some((one) => one.type === type && one.value === value && one.periodSeconds === periodSeconds),
    )
  );
}
