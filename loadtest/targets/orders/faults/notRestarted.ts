/** No container of API and worker was restarted. */
export const NOT_RESTARTED = [
  { id: "not-restarted", workload: "api" },
  { id: "not-restarted", workload: "worker" },
] as const;
