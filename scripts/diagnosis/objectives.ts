import { causeText } from "../../loadtest/report/texts/causeTexts.ts";
import { type Expected, scalerCannot } from "../../loadtest/assertions/scaledObjectLimits.ts";
import { scaledObjectState } from "../../loadtest/observe/kubernetes.ts";
import { sizesOf } from "../../loadtest/model/profiles.ts";
import { OBJECTIVES } from "../../loadtest/scenarios/objectives.ts";
import { queueBacklog } from "../../loadtest/scenarios/queueBacklog.ts";
import { warns, type Finding } from "./finding.ts";
import type { Deployed, ScaledObject } from "./view.ts";

/** What the proof's scenario queue-backlog asks of the worker, so that nobody has to run it to hear that it cannot pass. */
const EXPECTED: Expected = {
  messages: queueBacklog.orders?.(sizesOf.smoke) ?? 0,
  floor: Math.max(...queueBacklog.mustScale.map(({ atLeast }) => atLeast)),
  firstWorkerSeconds: OBJECTIVES.firstWorkerSeconds,
  idleWorkersGoneSeconds: OBJECTIVES.idleWorkersGoneSeconds,
};

/** What a set-up cannot do though nothing in it is broken. Warnings: somebody may want it so. */
export function objectiveFindings({ autoscalers, scaledObjects }: Deployed): Finding[] {
  const horizontal = autoscalers
    // One that KEDA made has its maximum from the ScaledObject.
    .filter(({ metadata }) => !(metadata?.ownerReferences ?? []).some(({ kind }) => kind === "ScaledObject"))
    .flatMap(({ metadata, spec: { minReplicas = 1, maxReplicas } }) =>
      minReplicas < maxReplicas
        ? []
        : [
            warns(
              `HorizontalPodAutoscaler ${metadata?.name ?? ""} has no room: minReplicas ${minReplicas}, maxReplicas ${maxReplicas}`,
              "raise maxReplicas or lower minReplicas: as it is it never scales",
            ),
          ],
    );
  return [...horizontal, ...scaledObjects.flatMap(cannot)];
}

function cannot(scaled: ScaledObject): Finding[] {
  if (!(scaled.spec?.triggers ?? []).some(({ type }) => type === "azure-servicebus")) return [];
  return scalerCannot(scaledObjectState(scaled), EXPECTED, scaled.metadata?.name).map((cause) =>
    warns(
      causeText(cause),
      "change the field in brackets in its manifest, or the proof's scenario queue-backlog fails",
    ),
  );
}
