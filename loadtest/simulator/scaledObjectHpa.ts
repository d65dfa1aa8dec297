import { type HpaSpec, hpaSpec } from "./hpaSpec.ts";
import { allRules, type Applies } from "./rules.ts";
import type { ScaledObjectSpec } from "./scaledObject.ts";
import type { ManifestMetric, Trigger } from "./triggers.ts";

/** The HPA that KEDA makes of a ScaledObject. controllers/keda/hpa.go newHPAForScaledObject, getScaledObjectMetricSpecs */
export function hpaOf(spec: ScaledObjectSpec, applies: Applies = allRules): HpaSpec {
  const metrics = spec.triggers.map(metricOf).toSorted((a, b) => (a.type < b.type ? -1 : a.type > b.type ? 1 : 0));
  const behavior = behaviorOf(spec, applies);
  return hpaSpec.parse({
    minReplicas: applies("keda-hpa-minimum-of-1") ? Math.max(spec.minReplicas, 1) : spec.maxReplicas,
    maxReplicas: spec.maxReplicas,
    metrics,
    ...(behavior === undefined ? {} : { behavior }),
  });
}

function metricOf(trigger: Trigger): ManifestMetric {
  if (trigger.kind === "resource") return trigger.metric;
  const { metric: name, targetType: type, targetMilli } = trigger;
  const quantity = `${targetMilli}m`;
  const target = type === "Value" ? { type, value: quantity } : { type, averageValue: quantity };
  return { type: "External", external: { metric: { name }, target } };
}

/** A direction that is paused by annotation is disabled; KEDA leaves `behavior` out otherwise, unless it is set. */
function behaviorOf({ behavior, pause }: ScaledObjectSpec, applies: Applies): ScaledObjectSpec["behavior"] {
  if (!applies("keda-pause-disables-direction") || (!pause.scaleIn && !pause.scaleOut)) return behavior;
  const disabled = { selectPolicy: "Disabled" } as const;
  return {
    ...behavior,
    ...(pause.scaleIn ? { scaleDown: { ...behavior?.scaleDown, ...disabled } } : {}),
    ...(pause.scaleOut ? { scaleUp: { ...behavior?.scaleUp, ...disabled } } : {}),
  };
}
