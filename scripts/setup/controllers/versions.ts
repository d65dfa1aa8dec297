/** What a cluster of one's own has to have at least, and why. docs/cluster.md shows this table. */
export const MINIMUM_VERSIONS = {
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

export type Versioned = keyof typeof MINIMUM_VERSIONS;

/** Undefined where the version is new enough, or not known: what cannot be told is not held against anybody. */
export function tooOld(what: Versioned, version: string | null): { minimum: string; reason: string } | undefined {
  const numbers = (text: string): number[] | undefined =>
    /(\d+)\.(\d+)(?:\.(\d+))?/
      .exec(text)
      ?.slice(1)
      .map((digits: string | undefined) => Number(digits ?? 0));
  const found = version === null ? undefined : numbers(version);
  const required = MINIMUM_VERSIONS[what];
  const needed = numbers(required.minimum);
  if (found === undefined || needed === undefined) return undefined;
  const difference = needed.map((number, place) => (found[place] ?? 0) - number).find((one) => one !== 0) ?? 0;
  return difference < 0 ? required : undefined;
}
