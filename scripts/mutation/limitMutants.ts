import { KEDA_DEFAULTS } from "../../loadtest/model/kedaDefaults.ts";
import { HPA_DEFAULTS } from "../../loadtest/model/hpaDefaults.ts";
import type { Objects, ScaledWorkload } from "../planning/scaledWorkload.ts";
import { type Mutant, type MutationId, type Raw, rawOf, withChanged } from "./mutant.ts";

const TIMES_SECONDS = 20;
const PAUSED = "autoscaling.keda.sh/paused";
const FIXED_REPLICAS = 3;

/** What may be wrong with limits, windows and the rest of what scales a workload. */
export function limitMutants(objects: Objects, workload: ScaledWorkload): Mutant[] {
  const { kind, spec } = workload.autoscaler;
  const isKeda = kind === "ScaledObject";
  const number = (field: string, otherwise: number): number => {
    const given = spec[field];
    return typeof given === "number" ? given : otherwise;
  };
  const [minField, maxField] = isKeda ? ["minReplicaCount", "maxReplicaCount"] : ["minReplicas", "maxReplicas"];
  const minimum = number(minField, isKeda ? KEDA_DEFAULTS.minReplicaCount : 1);
  const maximum = number(maxField, isKeda ? KEDA_DEFAULTS.maxReplicaCount : 1);
  const least = Math.max(1, minimum);
  const idles = isKeda && (minimum === 0 || spec.idleReplicaCount !== undefined);
  const polling = number("pollingInterval", KEDA_DEFAULTS.pollingInterval);
  const cooldown = number("cooldownPeriod", KEDA_DEFAULTS.cooldownPeriod);
  return [
    ...(maximum > least ? [withField(objects, workload, "maximum-at-minimum", maxField, maximum, least)] : []),
    scaleOutDisabled(objects, workload),
    ...(isKeda ? [paused(objects, workload)] : []),
    ...(idles
      ? [
          withField(
            objects,
            workload,
            "polling-interval-times-20",
            "pollingInterval",
            polling,
            polling * TIMES_SECONDS,
          ),
          withField(objects, workload, "cooldown-times-20", "cooldownPeriod", cooldown, cooldown * TIMES_SECONDS),
        ]
      : [scaleInWindow(objects, workload)]),
    replicasFixed(objects, workload),
  ];
}

function withField(
  objects: Objects,
  { name, autoscaler }: ScaledWorkload,
  id: MutationId,
  field: string,
  from: number,
  to: number,
): Mutant {
  const { kind, name: object, spec } = autoscaler;
  return {
    ...{ id, workload: name, object: `${kind} ${object}`, field: `spec.${field}`, to: String(to) },
    from: spec[field] === undefined ? null : String(from),
    objects: withChanged(objects, autoscaler, (changed) => {
      changed.spec[field] = to;
    }),
  };
}

function paused(objects: Objects, { name, autoscaler }: ScaledWorkload): Mutant {
  return {
    ...{ id: "paused", workload: name, object: `ScaledObject ${autoscaler.name}`, from: null, to: '"true"' },
    field: `metadata.annotations["${PAUSED}"]`,
    objects: withChanged(objects, autoscaler, ({ metadata }) => {
      metadata.annotations = { ...rawOf(metadata.annotations), [PAUSED]: "true" };
    }),
  };
}

/** Sets a field of one direction of the HPA's behavior, wherever its manifest has that. */
function withBehavior(
  objects: Objects,
  { name, autoscaler }: ScaledWorkload,
  of: { id: MutationId; direction: "scaleUp" | "scaleDown"; field: string; otherwise: unknown },
  next: (before: unknown) => unknown,
): Mutant {
  const { kind, name: object } = autoscaler;
  const { id, direction, field, otherwise } = of;
  const path = kind === "ScaledObject" ? ["advanced", "horizontalPodAutoscalerConfig", "behavior"] : ["behavior"];
  const before = [...path, direction].reduce<Raw>((at, key) => rawOf(at[key]), autoscaler.spec)[field];
  const to = next(before ?? otherwise);
  return {
    ...{ id, workload: name, object: `${kind} ${object}`, field: `spec.${[...path, direction, field].join(".")}` },
    ...{ from: before === undefined ? null : JSON.stringify(before), to: String(to) },
    objects: withChanged(objects, autoscaler, ({ spec }) => {
      let at = spec;
      for (const key of [...path, direction]) {
        at[key] = { ...rawOf(at[key]) };
        at = at[key] as Raw;
      }
      at[field] = to;
    }),
  };
}

function scaleOutDisabled(objects: Objects, workload: ScaledWorkload): Mutant {
  const of = { id: "scale-out-disabled", direction: "scaleUp", field: "selectPolicy", otherwise: "Max" } as const;
  return withBehavior(objects, workload, of, () => "Disabled");
}

/** Kubernetes takes an hour at the most. */
const LONGEST_WINDOW_SECONDS = 3600;

function scaleInWindow(objects: Objects, workload: ScaledWorkload): Mutant {
  const otherwise = HPA_DEFAULTS.scaleDown.stabilizationSeconds;
  const of = {
    id: "scale-in-window-times-20",
    direction: "scaleDown",
    field: "stabilizationWindowSeconds",
    otherwise,
  } as const;
  return withBehavior(objects, workload, of, (before) =>
    Math.min(LONGEST_WINDOW_SECONDS, Math.max(1, Number(before)) * TIMES_SECONDS),
  );
}

function replicasFixed(objects: Objects, { name, kind, object }: ScaledWorkload): Mutant {
  return {
    ...{ id: "replicas-fixed", workload: name, object: `${kind} ${object}`, field: "spec.replicas" },
    ...{ from: null, to: String(FIXED_REPLICAS) },
    objects: withChanged(objects, { kind, name: object }, ({ spec }) => {
      spec.replicas = FIXED_REPLICAS;
    }),
  };
}
