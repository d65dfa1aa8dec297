import * as z from "zod";
import { KEDA_DEFAULTS } from "../model/kedaDefaults.ts";
import { behaviorSpec } from "./hpaSpec.ts";
import { anyTrigger, type Trigger, triggerOf } from "./triggers.ts";

export type FallbackBehavior = "static" | "currentReplicas" | "currentReplicasIfHigher" | "currentReplicasIfLower";

export interface Fallback {
  readonly failureThreshold: number;
  readonly replicas: number;
  readonly behavior: FallbackBehavior;
}

/** The annotations autoscaling.keda.sh/paused, paused-replicas, paused-scale-in, paused-scale-out and force-activation. */
export interface PauseAnnotations {
  /** A paused ScaledObject has no HPA and does not scale. */
  readonly paused: boolean;
  /** What it is set to while paused; null where it stays as it is. */
  readonly pausedReplicas: number | null;
  readonly scaleIn: boolean;
  readonly scaleOut: boolean;
  readonly forceActivation: boolean;
}

/** A ScaledObject with KEDA's defaults. */
export interface ScaledObjectSpec {
  readonly pollingSeconds: number;
  readonly cooldownSeconds: number;
  readonly initialCooldownSeconds: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly idleReplicas: number | null;
  readonly fallback: Fallback | null;
  readonly triggers: readonly Trigger[];
  /** The HPA's behavior as the manifest has it; undefined where there is none. */
  readonly behavior: z.input<typeof behaviorSpec> | undefined;
  readonly pause: PauseAnnotations;
}

/** Checked here, and read where the HPA is made. */
const rawBehavior = z.custom<z.input<typeof behaviorSpec>>((value) => behaviorSpec.safeParse(value).success, {
  error: "it is no behavior of an HPA; see kubectl explain hpa.spec.behavior",
});

const spec = z.strictObject({
  scaleTargetRef: z.unknown().optional(),
  pollingInterval: z.int().positive().default(KEDA_DEFAULTS.pollingInterval),
  cooldownPeriod: z.int().nonnegative().default(KEDA_DEFAULTS.cooldownPeriod),
  initialCooldownPeriod: z.int().nonnegative().default(0),
  minReplicaCount: z.int().nonnegative().default(KEDA_DEFAULTS.minReplicaCount),
  maxReplicaCount: z.int().positive().default(KEDA_DEFAULTS.maxReplicaCount),
  idleReplicaCount: z.int().nonnegative().optional(),
  fallback: z
    .strictObject({
      failureThreshold: z.int().nonnegative(),
      replicas: z.int().nonnegative(),
      behavior: z
        .enum(["static", "currentReplicas", "currentReplicasIfHigher", "currentReplicasIfLower"], {
          error: "the fallback of a formula cannot be simulated, nor another behavior than KEDA's",
        })
        .default("static"),
    })
    .optional(),
  advanced: z
    .strictObject({
      restoreToOriginalReplicaCount: z.boolean().optional(),
      scalingModifiers: z.never({ error: "a formula (scalingModifiers) cannot be simulated" }).optional(),
      horizontalPodAutoscalerConfig: z
        .strictObject({ name: z.string().optional(), behavior: rawBehavior.optional() })
        .optional(),
    })
    .optional(),
  triggers: z.array(anyTrigger).min(1),
});

const ANNOTATION = "autoscaling.keda.sh/";
const PAUSED_REPLICAS = `${ANNOTATION}paused-replicas`;

/** scaledobject_types.go getBoolAnnotation: what is no boolean is true. */
function isSet(annotations: Readonly<Record<string, string>>, name: string): boolean {
  const value = annotations[ANNOTATION + name];
  return value !== undefined && !["0", "f", "F", "false", "FALSE", "False"].includes(value);
}

const annotations = z
  .record(z.string(), z.string())
  .refine((all) => /^\d+$/.test(all[PAUSED_REPLICAS] ?? "0"), { error: `${PAUSED_REPLICAS} is no number of replicas` });

/** The spec, annotations and namespace of a keda.sh/v1alpha1 ScaledObject. Unknown fields are errors: what is not simulated must not be passed over. */
export const scaledObject = z
  .object({ spec, annotations: annotations.default({}), namespace: z.string().default("default") })
  .transform(({ spec: of, annotations, namespace }): ScaledObjectSpec => ({
    pollingSeconds: of.pollingInterval,
    cooldownSeconds: of.cooldownPeriod,
    initialCooldownSeconds: of.initialCooldownPeriod,
    minReplicas: of.minReplicaCount,
    maxReplicas: of.maxReplicaCount,
    idleReplicas: of.idleReplicaCount ?? null,
    fallback: of.fallback ?? null,
    triggers: of.triggers.map((trigger, index) => triggerOf(trigger, index, namespace)),
    behavior: of.advanced?.horizontalPodAutoscalerConfig?.behavior,
    pause: {
      paused: isSet(annotations, "paused") || annotations[PAUSED_REPLICAS] !== undefined,
      pausedReplicas: annotations[PAUSED_REPLICAS] === undefined ? null : Number(annotations[PAUSED_REPLICAS]),
      scaleIn: isSet(annotations, "paused-scale-in"),
      scaleOut: isSet(annotations, "paused-scale-out"),
      forceActivation: isSet(annotations, "force-activation"),
    },
  }));

/** scaledobject_types.go UsesHPAObservations: polls add nothing that the HPA's reads do not tell. */
export function usesHpaObservations({ minReplicas, idleReplicas, triggers }: ScaledObjectSpec): boolean {
  const cached = triggers.some((trigger) => trigger.kind === "queue" && trigger.useCachedMetrics);
  return minReplicas > 0 && idleReplicas === null && !cached;
}
