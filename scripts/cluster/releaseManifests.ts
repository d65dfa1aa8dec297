import { versionOf } from "../toolsets/toolsets.ts";

/** KEDA's and metrics-server's release manifests, by address, at the versions that the tool sets pin. */
export const RELEASE_MANIFESTS = {
  keda: `https://github.com/kedacore/keda/releases/download/v${versionOf("keda")}/keda-${versionOf("keda")}.yaml`,
  metricsServer: `https://github.com/kubernetes-sigs/metrics-server/releases/download/v${versionOf("metrics-server")}/components.yaml`,
} as const;
