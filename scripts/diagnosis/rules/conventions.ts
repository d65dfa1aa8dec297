import { finding, type Finding } from "../finding.ts";
import { subjectOf, type Deployed } from "../view.ts";
import { isOurs } from "./environment.ts";
import { scalersOf } from "./scalers.ts";

/**
 * What the manifests of this project's own services always say by themselves: a default is read by nobody, and differs between versions. The API server
 * fills some in, so live objects are not asked; nor are other people's.
 */
export function conventionFindings(deployed: Deployed): Finding[] {
  const own = deployed.workloads.filter(({ spec }) => spec?.template.spec?.containers.some(isOurs));
  const scalers = own.map((workload) => scalersOf(workload, deployed));
  const scaledObjects = scalers.flatMap(({ scaled }) => scaled);
  return [
    ...scalers
      .flatMap(({ horizontal }) => horizontal)
      .flatMap((one) => behavior("HorizontalPodAutoscaler", one, one.spec.behavior)),
    ...scaledObjects.flatMap((scaled) => {
      const subject = subjectOf("ScaledObject", scaled);
      const { advanced, fallback, triggers = [] } = scaled.spec ?? {};
      const hpa = advanced?.horizontalPodAutoscalerConfig?.name;
      const windows = (["pollingInterval", "cooldownPeriod"] as const).filter(
        (key) => scaled.spec?.[key] === undefined,
      );
      const settings = new Set(
        triggers
          .filter(({ type }) => type === "azure-servicebus")
          .flatMap(({ metadata }) => (metadata.activationMessageCount === undefined ? ["activationMessageCount"] : [])),
      );
      return [
        ...behavior("ScaledObject", scaled, advanced?.horizontalPodAutoscalerConfig?.behavior),
        ...(windows.length > 0 ? [finding("windows-missing", subject, { fields: windows })] : []),
        ...(settings.size > 0 ? [finding("trigger-settings-missing", subject, { fields: [...settings] })] : []),
        ...(fallback === undefined ? [finding("fallback-missing", subject, {})] : []),
        ...(hpa === scaled.metadata?.name ? [] : [finding("hpa-name-differs", subject, { hpa })]),
      ];
    }),
  ];
}

function behavior(
  kind: "HorizontalPodAutoscaler" | "ScaledObject",
  object: Parameters<typeof subjectOf>[1],
  given: { scaleUp?: unknown; scaleDown?: unknown } | undefined,
): Finding[] {
  const directions = (["scaleUp", "scaleDown"] as const).filter((direction) => given?.[direction] === undefined);
  return directions.length === 0 ? [] : [finding("behavior-missing", subjectOf(kind, object), { directions })];
}
