/** What a cluster of one's own has to have at least, and why. docs/how-to/cluster.md shows this table. */
export const SUPPORTED_VERSIONS = {
  Kubernetes: {
    minimum: "1.30.0",
    reason:
      "KEDA needs it; native sidecars (the validator) are on by default since 1.29, HPAs on one container's CPU since 1.27",
  },
  KEDA: {
    minimum: "2.17.1",
    reason:
      "2.17.0 brought fallback.behavior, which the worker's ScaledObject sets; 2.17.1 fixed its azure-servicebus scaler",
  },
  "metrics-server": {
    minimum: "0.6.0",
    reason: "from there on it reads the kubelet's /metrics/resource, which is what newer kubelets serve",
  },
} as const;

export type Versioned = keyof typeof SUPPORTED_VERSIONS;

/** The Kubernetes minors against whose schemas the manifests are validated, and the folders whose go.mod pins each. */
export const VALIDATED_KUBERNETES = {
  "1.35": "scripts/schemas/kubernetes-1.35",
  "1.36": "scripts/toolsets/kubernetes",
  "1.37": "scripts/schemas/kubernetes-1.37",
} as const;

export type KubernetesMinor = keyof typeof VALIDATED_KUBERNETES;
export const KUBERNETES_MINORS = Object.keys(VALIDATED_KUBERNETES) as KubernetesMinor[];

/** Undefined where the version is new enough, or not known: what cannot be told is not held against anybody. */
export function tooOld(what: Versioned, version: string | null): { minimum: string; reason: string } | undefined {
  const numbers = (text: string): number[] | undefined =>
    /(\d+)\.(\d+)(?:\.(\d+))?/
      .exec(text)
      ?.slice(1)
      .map((digits: string | undefined) => Number(digits ?? 0));
  const found = version === null ? undefined : numbers(version);
  const required = SUPPORTED_VERSIONS[what];
  const needed = numbers(required.minimum);
  if (found === undefined || needed === undefined) return undefined;
  const difference = needed.map((number, place) => (found[place] ?? 0) - number).find((one) => one !== 0) ?? 0;
  return difference < 0 ? required : undefined;
}
