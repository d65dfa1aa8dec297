import type { V1Deployment } from "@kubernetes/client-node";

/** `namespace/name`. */
export function pathOfDeployment({ metadata }: V1Deployment): string {
  return `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`;
}
