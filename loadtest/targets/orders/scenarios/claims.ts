/** What must hold of the orders system under a fault, beside what every scenario claims. Each is evaluated in claims/. */
export type OrdersClaim =
  /** Exactly so many orders are committed. */
  | { id: "commits-counted"; commits: number }
  /** What a killed worker held is processed this long after its locks have expired, at the latest. */
  | { id: "redelivered-within-lock-time"; marginSeconds: number }
  /** No container of the workload was restarted, whether it crashed or its liveness probe failed; killed pods aside. */
  | { id: "not-restarted"; workload: "api" | "worker" };
