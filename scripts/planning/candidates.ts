import type { Candidate } from "../../loadtest/planner/recommend.ts";
import type { Scaler } from "../../loadtest/planner/plannedWorkload.ts";
import type { ReadWorkload } from "./inputs.ts";
import { parseSetting } from "./settings.ts";

/** Values that a setting may take, the current one first; of one setting or of several that go together. */
type Axis = readonly (readonly string[])[];

const POLLING_SECONDS = [5, 10, 15, 30];
const COOLDOWN_SECONDS = [15, 60, 300];
const WINDOW_SECONDS = [0, 60, 300];
const SHARES_OF_TARGET = [0.25, 0.5, 2, 4];
const TIMES_MAXIMUM = [1.5, 2];
const UTILIZATION_PERCENT = [40, 50, 60, 70, 80];
/** Nearly as many at once as are called for. */
const FAST_PERCENT = 900;

/**
 * Every combination of the settings that are worth trying, but for what there is now. Not the minimum of replicas: what it costs between two loads is in no
 * forecast of one.
 */
export function candidatesOf({ plan, planWith }: ReadWorkload): Candidate[] {
  const axes = axesOf(plan.planned.scaler);
  const combinations = axes.reduce<string[][]>(
    (all, axis) => all.flatMap((settings) => axis.map((more) => [...settings, ...more])),
    [[]],
  );
  return combinations
    .filter((settings) => settings.length > 0)
    .map((settings) => ({
      settings,
      planned: planWith(settings.map((setting) => parseSetting(`${plan.planned.name}.${setting}`))),
    }));
}

function axesOf(scaler: Scaler): Axis[] {
  return scaler.kind === "hpa" ? axesOfHpa(scaler.spec) : axesOfScaledObject(scaler.spec);
}

const keep: readonly string[] = [];

/** The current value stays out of the others. */
function axis(name: string, current: number, values: readonly number[]): Axis {
  return [
    keep,
    ...[...new Set(values)].filter((value) => value !== current && value >= 0).map((value) => [`${name}=${value}`]),
  ];
}

function axesOfScaledObject(spec: Extract<Scaler, { kind: "scaled-object" }>["spec"]): Axis[] {
  const { pollingSeconds, cooldownSeconds, maxReplicas, triggers } = spec;
  const queue = triggers.find((trigger) => trigger.kind === "queue");
  const target = (queue?.targetMilli ?? 0) / 1000;
  return [
    axis("pollingInterval", pollingSeconds, POLLING_SECONDS),
    axis("cooldownPeriod", cooldownSeconds, COOLDOWN_SECONDS),
    ...(queue === undefined
      ? []
      : [
          axis(
            queue.targetField,
            target,
            SHARES_OF_TARGET.map((share) => Math.max(1, Math.round(share * target))),
          ),
        ]),
    axis(
      "maxReplicaCount",
      maxReplicas,
      TIMES_MAXIMUM.map((times) => Math.ceil(times * maxReplicas)),
    ),
    [keep, [`scaleUp.percent=${FAST_PERCENT}`]],
  ];
}

function axesOfHpa(spec: Extract<Scaler, { kind: "hpa" }>["spec"]): Axis[] {
  const { maxReplicas, metrics, behavior } = spec;
  const cpu = metrics.flatMap((metric) =>
    metric.type !== "External" && metric.resource === "cpu" && metric.target.type === "Utilization"
      ? [metric.target.percent]
      : [],
  )[0];
  return [
    ...(cpu === undefined ? [] : [axis("averageUtilization", cpu, UTILIZATION_PERCENT)]),
    axis(
      "maxReplicas",
      maxReplicas,
      TIMES_MAXIMUM.map((times) => Math.ceil(times * maxReplicas)),
    ),
    axis("scaleDown.stabilizationWindowSeconds", behavior?.down.stabilizationSeconds ?? 300, WINDOW_SECONDS),
    [keep, [`scaleUp.percent=${FAST_PERCENT}`]],
  ];
}
