import type { Fault } from "./fault.ts";
import type { Workload } from "./workload.ts";

/** What a run waits for. Its sentences are in report/texts. */
export type PendingCondition =
  | { id: "load-end" }
  | { id: "fault-trigger"; fault: Fault }
  | { id: "replicas-ready"; workload: Workload; replicas: number }
  | { id: "queue-drained"; queue: string }
  | { id: "metric-inactive"; workload: Workload }
  /** `asserted`: an assertion depends on it. */
  | { id: "scaled-in"; workload: Workload; replicas: number; asserted: boolean };
