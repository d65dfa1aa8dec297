import type { DemandBasis, DemandBasisId } from "../../model/elasticity.ts";
import { metricText } from "./metricText.ts";

type Bases = { readonly [Id in DemandBasisId]: (params: DemandBasis<Id>["params"]) => string };

const BASES: Bases = {
  "drain-objective": ({ drainSeconds, messagesPerSecondPerReplica }) =>
    `demand: as many replicas as process each message within ${drainSeconds} s of its arrival, at ${messagesPerSecondPerReplica} messages/s of a replica as measured in this run`,
  "resource-target": ({ metric, target, readingAgeSeconds }) =>
    `demand: what all ready replicas used of ${metricText(metric)}, as the HPA read it, at a target of ${target} each; a reading is taken for ${readingAgeSeconds} s before`,
  "metric-target": ({ targets }) =>
    `demand: ${targets.map(({ metric, target }) => `${metricText(metric)} at ${target} a replica`).join(", or ")}, ` +
    "which is what its autoscaler is configured to follow: it says how closely that was followed, not whether it is enough",
};

/** What demand of an elasticity metric is reckoned from. */
export function demandText<Id extends DemandBasisId>({ id, params }: DemandBasis<Id>): string {
  return BASES[id](params);
}
