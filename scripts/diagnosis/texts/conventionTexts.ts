import type { Texts } from "./text.ts";

export type ConventionId =
  "behavior-missing" | "windows-missing" | "trigger-settings-missing" | "fallback-missing" | "hpa-name-differs";

/** Of what a manifest leaves to defaults. */
export const CONVENTION_TEXTS: Texts<ConventionId> = {
  "behavior-missing": {
    what: ({ subject: { kind, name }, params: { directions } }) =>
      `${kind} ${name} leaves ${directions.join(" and ")} to Kubernetes' defaults`,
    fix: ({ params: { directions } }) => `say behavior.${directions.join(" and behavior.")}`,
  },
  "windows-missing": {
    what: ({ subject: { name }, params: { fields } }) =>
      `ScaledObject ${name} leaves ${fields.join(" and ")} to KEDA's defaults`,
    fix: ({ params: { fields } }) => `say ${fields.join(" and ")}`,
  },
  "trigger-settings-missing": {
    what: ({ subject: { name }, params: { fields } }) =>
      `ScaledObject ${name} does not say ${fields.join(" and ")} of its trigger`,
    fix: ({ params: { fields } }) => `say ${fields.join(" and ")}`,
  },
  "fallback-missing": {
    what: ({ subject: { name } }) =>
      `ScaledObject ${name} has no fallback: from 0 no replica comes while its trigger cannot be read`,
    fix: () => "say fallback, with behavior currentReplicasIfHigher",
  },
  "hpa-name-differs": {
    what: ({ subject: { name }, params: { hpa } }) =>
      `ScaledObject ${name} makes an HPA named ${hpa ?? `keda-hpa-${name}`}, which alerts and dashboards do not find`,
    fix: ({ subject: { name } }) => `say advanced.horizontalPodAutoscalerConfig.name: ${name}`,
  },
};
