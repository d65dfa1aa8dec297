import { type Expected, scalerCannot } from "../../../loadtest/assertions/scaledObjectLimits.ts";
import { scaledObjectState } from "../../../loadtest/observe/scaledObject.ts";
import { sizesOf } from "../../../loadtest/k6/lib/profiles.ts";
import { OBJECTIVES } from "../../../loadtest/targets/orders/scenarios/objectives.ts";
import { queueBacklog } from "../../../loadtest/targets/orders/scenarios/queueBacklog.ts";
import { finding, type Finding } from "../finding.ts";
import { subjectOf, type Deployed, type ScaledObject } from "../view.ts";

const SCENARIO = queueBacklog(sizesOf.smoke, "");

/** A window that is longer than a backlog may take to bring its replicas: the scenario's own limit. */
export const LONGEST_SCALE_OUT_SECONDS = Math.max(...SCENARIO.mustScale.map(({ within }) => within.seconds));

/** What the proof's scenario queue-backlog asks of the worker: nobody has to run it to learn that it cannot pass. */
const EXPECTED: Expected = {
  messages: SCENARIO.orders ?? 0,
  floor: Math.max(...SCENARIO.mustScale.map(({ atLeast }) => atLeast)),
  firstReplicaSeconds: OBJECTIVES.firstWorkerSeconds,
  idleReplicasGoneSeconds: OBJECTIVES.idleWorkersGoneSeconds,
};

/** What a configuration cannot do though nothing in it is broken. Warnings: it may be intended. */
export function objectiveFindings({ scaledObjects }: Deployed): Finding[] {
  return scaledObjects.flatMap(unreachableObjectives);
}

function unreachableObjectives(scaled: ScaledObject): Finding[] {
  if (!(scaled.spec?.triggers ?? []).some(({ type }) => type === "azure-servicebus")) return [];
  return scalerCannot(scaledObjectState(scaled), EXPECTED, scaled.metadata?.name).map((cause) =>
    finding("objective-unreachable", subjectOf("ScaledObject", scaled), { cause, scenario: SCENARIO.name }),
  );
}
