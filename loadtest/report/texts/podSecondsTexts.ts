import { formatCount } from "../format.ts";
import { metricText } from "./metricText.ts";
import type { Assumption, AssumptionId } from "../../model/podSeconds.ts";

type Assumptions = { readonly [Id in AssumptionId]: (params: Assumption<Id>["params"]) => string };

const NO_BASELINE = "no clairvoyant baseline";

const ASSUMPTIONS: Assumptions = {
  "idle-replicas-only": ({ replicas }) => `clairvoyant baseline: no backlog, so ${replicas} all the time`,
  "no-idle-pods": ({ orders, ordersPerSecondPerReplica }) =>
    `clairvoyant baseline: ${formatCount(orders, "message")} at ${ordersPerSecondPerReplica} messages/s of a replica as measured in this run, and no pod without work`,
  "replicas-by-messages": ({ messagesPerReplica, maxReplicas, orders, arrivalSeconds, ordersPerSecondPerReplica }) =>
    `clairvoyant baseline: at each moment one pod for every ${messagesPerReplica} messages, at most ${maxReplicas}, ready at once and gone at once; ` +
    `${formatCount(orders, "message")} arrive evenly within ${arrivalSeconds} s and are processed at ${ordersPerSecondPerReplica} messages/s of a replica as measured in this run`,
  "replicas-by-cpu": ({ targetPercent, minReplicas, maxReplicas }) =>
    `clairvoyant baseline: at each moment the ready pods' CPU together, as the HPA read it, at ${targetPercent} % a pod, rounded up, from ${minReplicas} to ${maxReplicas}; ` +
    "readings are up to 40 s old, which shifts the curve and hardly changes its area; memory, which more pods do not share, is left out",
  "never-drains": () => `${NO_BASELINE}: the backlog would never drain`,
  "no-cpu-target": () => `${NO_BASELINE}: the HPA has no target for CPU`,
  "no-backlog": () => `${NO_BASELINE}: no backlog was seen`,
  "no-autoscaler": () => `${NO_BASELINE}: nothing scales it`,
  "baseline-of-own-metric": ({ metric }) =>
    `${NO_BASELINE}: reckoned from ${metricText(metric)}, which its autoscaler follows, it would say what is configured, not what is needed`,
  "load-not-ended": () => `${NO_BASELINE}: the load never came to its end`,
  "orders-unknown": () => `${NO_BASELINE}: how many messages came is not known`,
  "no-busy-worker": () => `${NO_BASELINE}: no replica was seen at work on a backlog`,
  "cpu-unread": ({ seconds }) => `${seconds} s without a reading of CPU count at the minimum`,
  "pods-unread": ({ seconds }) =>
    `for ${seconds} s of the window the number of pods was not read, and these count as none in what was measured`,
};

/** What a row of pod-seconds rests on. */
export function assumptionsText(assumptions: readonly Assumption[]): string {
  return assumptions.map(assumptionText).join("; ");
}

function assumptionText<Id extends AssumptionId>({ id, params }: Assumption<Id>): string {
  return ASSUMPTIONS[id](params);
}
