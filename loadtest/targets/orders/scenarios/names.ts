/** Scenarios about loads, in the order in which a proof runs them: what leaves the least behind comes first. */
export const loadScenarioNames = [
  "queue-backlog",
  "api-cpu",
  "end-to-end",
  "below-activation",
  "spike",
  "scale-in-under-load",
  "api-memory",
  "soak",
] as const;

/** Scenarios about faults, each with the number of its fault, in the order in which a proof runs them. */
export const faultNumbers = {
  "no-fault": 1,
  "sent-twice": 2,
  "workers-killed": 3,
  "scaled-in-busy": 4,
  poison: 5,
  "provider-fails": 6,
  "provider-slow": 6,
  "redis-killed": 7,
  "redis-away": 7,
  "bus-killed": 8,
  "bus-away": 8,
  "bus-away-idle": 8,
  "api-killed": 9,
  "api-rolled": 9,
  "validator-killed": 10,
  "keda-killed": 11,
  "metrics-adapter-killed": 11,
  "metrics-server-away": 11,
  "node-drained": 12,
  "bus-disk-full": 13,
  "redis-disk-full": 13,
  "tokens-expired": 14,
  "keys-rotated": 14,
  "keys-revoked": 14,
  "bus-connection-cut": 15,
  "api-abused": 16,
  "api-server-away": 18,
  "etcd-killed": 18,
  "kubelet-killed": 18,
} as const;
/** Faults that no scenario declares, since they are no matter of orders under way: by number, the command that shows what they do. */
export const faultsElsewhere: Readonly<Record<string, string>> = { 17: "npm run test:network-policies" };

type FaultScenarioName = keyof typeof faultNumbers;
export const faultScenarioNames = Object.keys(faultNumbers) as FaultScenarioName[];

export const scenarioNames = [...loadScenarioNames, ...faultScenarioNames];
export type ScenarioName = (typeof scenarioNames)[number];
