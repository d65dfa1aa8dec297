import type { PendingCondition } from "../../model/pendingCondition.ts";
import { formatCount } from "../format.ts";
import { faultText } from "./faultTexts.ts";
import { theQueue } from "./queueText.ts";

/** To be put after "waiting for". */
export function pendingText(pending: PendingCondition): string {
  switch (pending.id) {
    case "load-end":
      return "the load to end";
    case "fault-trigger":
      return `the trigger of a fault injection: ${faultText(pending.fault)}`;
    case "replicas-ready":
      return `${pending.workload} to have ${formatCount(pending.replicas, "ready replica")}`;
    case "queue-drained":
      return `${theQueue(pending.queue)} to drain`;
    case "metric-inactive":
      return `the metric of ${pending.workload} to become inactive`;
    case "scaled-in":
      return `${pending.workload} to scale in to ${pending.replicas}${pending.asserted ? "" : ", which is reported and not asserted"}`;
  }
}
