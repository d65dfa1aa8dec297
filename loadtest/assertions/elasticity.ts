import { type Assertion, failed, inconclusive, passed } from "../model/assertion.ts";
import { type Cause, causeOf } from "../model/cause.ts";
import type { Elasticity } from "../model/elasticity.ts";
import { LARGEST_GAP_SHARE } from "../model/sampleCoverage.ts";
import type { Objectives } from "../model/scenario.ts";
import type { Workload } from "../model/workload.ts";
import { interruption, type Run } from "./run.ts";

type Metric = keyof Objectives["elasticity"];

const IDS = {
  underProvisioned: "under-provisioned-within-objective",
  overProvisioned: "over-provisioned-within-objective",
  underProvisionedTime: "under-provisioned-time-within-objective",
  overProvisionedTime: "over-provisioned-time-within-objective",
} as const satisfies Record<Metric, string>;

/**
 * Replicas too few and too many, on average and by their time, held against the objectives that are set.
 * @param known of every workload whose demand is known; of any other it is inconclusive.
 */
export function elasticityWithin(
  run: Run,
  workload: Workload,
  objectives: Objectives["elasticity"],
  known: readonly Elasticity[],
): Assertion[] {
  const measuredOf = known.find((elasticity) => elasticity.workload === workload);
  const metrics = Object.keys(IDS) as Metric[];
  return metrics.flatMap((metric) => {
    const atMost = objectives[metric];
    if (atMost === null) return [];
    const claim = { id: IDS[metric], subject: workload, expected: { atMost } };
    if (measuredOf === undefined) {
      return [inconclusive(claim, null, interruption(run) ?? causeOf("demand-not-known", workload, {}))];
    }
    const value = measuredOf[metric];
    const doubt = interruption(run) ?? unknownTime(measuredOf);
    if (doubt !== undefined) return [inconclusive(claim, { value }, doubt)];
    return value <= atMost
      ? [passed(claim, { value })]
      : [failed(claim, { value }, causeOf("elasticity-exceeds-objective", workload, { value, objective: atMost }))];
  });
}

/** What was not known for long could be anything. */
function unknownTime({ workload, seconds, unknownSeconds }: Elasticity): Cause | undefined {
  if (unknownSeconds <= seconds * LARGEST_GAP_SHARE) return undefined;
  const params = { missing: Math.round(unknownSeconds), of: Math.round(seconds), maxShare: LARGEST_GAP_SHARE };
  return causeOf("too-many-samples-missing", workload, { ...params, error: null });
}
