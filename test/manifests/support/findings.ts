import { renderedFindings } from "../../../scripts/diagnosis/rendered.ts";
import { formatFinding } from "../../../scripts/diagnosis/texts.ts";
import { labelFindings } from "./labelContract.ts";
import type { Manifest } from "../../../scripts/manifests/manifest.ts";
import { podSecurityFindings } from "./podSecurity.ts";
import { exposureFindings, missingReferences, namespaceFindings } from "./references.ts";
import { probeFindings } from "./probes.ts";
import { selectorFindings } from "./selectors.ts";

/** What breaks a rule that every overlay and combination keeps, by rule; each list is empty where nothing does. */
export function findingsByRule(objects: readonly Manifest[], namespace: string): Record<string, string[]> {
  return {
    labels: labelFindings(objects),
    selectors: selectorFindings(objects),
    doctor: renderedFindings(objects)
      // A component may mean that its worker scales on CPU; an overlay does not, which test/manifests/autoscaling.test.ts asks.
      .filter(({ id }) => id !== "worker-not-on-queue-length")
      .map(formatFinding),
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
