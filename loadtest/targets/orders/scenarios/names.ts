/** Every scenario, in the order in which a proof runs them: what leaves the least behind comes first. */
export const scenarioNames = [
  "queue-backlog",
  "api-cpu",
  "end-to-end",
  "below-activation",
  "spike",
  "scale-in-under-load",
  "api-memory",
  "soak",
] as const;
export type ScenarioName = (typeof scenarioNames)[number];
