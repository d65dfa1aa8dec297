import type { OverlayName } from "../../loadtest/targets/orders/overlays.ts";

/** What a person names of a system that is to be proven. */
export interface NamedSystem {
  context: string | undefined;
  namespace: string | undefined;
  overlay: OverlayName;
}

/** Whether the proof deploys what it proves: dev, where nothing was named. What azure needs is made by a person. */
export function isDeployedHere({ context, namespace, overlay }: NamedSystem): boolean {
  return context === undefined && namespace === undefined && overlay === "dev";
}
