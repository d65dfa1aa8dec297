import { textsOf } from "./manifestFinding.ts";
import { autoscalingFindings } from "./autoscaling.ts";
import { labelFindings } from "./labelContract.ts";
import { drainFindings, probeFindings } from "./lifecycle.ts";
import type { Manifest } from "./manifest.ts";
import { podSecurityFindings } from "./podSecurity.ts";
import { exposureFindings, missingReferences, namespaceFindings } from "./references.ts";
import { selectorFindings, targetPortFindings } from "./selectors.ts";

/** What breaks a rule that every overlay and combination keeps, by rule; each list is empty where nothing does. */
export function findingsByRule(objects: readonly Manifest[], namespace: string): Record<string, string[]> {
  return {
    labels: labelFindings(objects),
    selectors: selectorFindings(objects),
    ports: targetPortFindings(objects),
    autoscaling: textsOf(autoscalingFindings(objects)),
    drain: textsOf(drainFindings(objects)),
    probes: probeFindings(objects),
    security: podSecurityFindings(objects),
    namespace: namespaceFindings(objects, namespace),
    references: missingReferences(objects),
    exposure: exposureFindings(objects),
    secrets: objects
      .filter(({ kind }) => kind === "Secret")
      .map(({ metadata }) => `Secret ${metadata.name} is rendered`),
  };
}
