import { textsOf } from "../../../scripts/manifests/manifestFinding.ts";
import { autoscalingFindings } from "../../../scripts/manifests/autoscaling.ts";
import { labelFindings } from "./labelContract.ts";
import { drainFindings } from "../../../scripts/manifests/lifecycle.ts";
import type { Manifest } from "../../../scripts/manifests/manifest.ts";
import { podSecurityFindings } from "./podSecurity.ts";
import { exposureFindings, missingReferences, namespaceFindings } from "./references.ts";
import { probeFindings } from "./probes.ts";
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
