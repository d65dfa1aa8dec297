import type { Sample } from "./observed.ts";
import type { PodRecord } from "./pods.ts";

/** All that was seen of one scenario, from shortly before its load until nothing was left to wait for. Times are milliseconds since 1970. */
export interface Recording {
  samples: readonly Sample[];
  /** Every pod of the workloads that existed in that time. */
  pods: readonly PodRecord[];
  loadStartMs: number;
  /** When the load ended; null where it never came to its end. */
  loadEndMs: number | null;
  endMs: number;
}
