/** What KEDA takes where a ScaledObject leaves it out: https://keda.sh/docs/latest/reference/scaledobject-spec/ */
export const KEDA_DEFAULTS = {
  minReplicaCount: 0,
  maxReplicaCount: 100,
  /** In seconds. */
  pollingInterval: 30,
  /** In seconds. */
  cooldownPeriod: 300,
  messageCount: 5,
  activationMessageCount: 0,
} as const;
