import { OBJECTIVES } from "./objectives.ts";
import type { ScalingExpectation } from "../../../model/scenario.ts";

/** The worker follows its queue: the first one within the objective, at least so many in time, and back when the queue is empty. */
export function workerFollowsQueue(atLeast: number, within: ScalingExpectation["within"]): ScalingExpectation {
  return {
    workload: "worker",
    metric: { kind: "external", name: null },
    atLeast,
    within,
    firstWithinSeconds: OBJECTIVES.firstWorkerSeconds,
    scaleIn: { asserted: true, objectiveSeconds: OBJECTIVES.idleWorkersGoneSeconds },
  };
}

/** The API follows its CPU, and comes back when the load is over. */
export function apiFollowsCpu(atLeast: number): ScalingExpectation {
  return {
    workload: "api",
    metric: { kind: "resource", name: "cpu" },
    atLeast,
    // A CPU sample is up to 40 s old when the HPA acts on it, and a pod has to start.
    within: { seconds: 45, after: "load-end" },
    scaleIn: { asserted: true, objectiveSeconds: OBJECTIVES.idleApiGoneSeconds },
  };
}
