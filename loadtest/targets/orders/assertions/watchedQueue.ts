import { type Assertion, ruledOut } from "../../../model/assertion.ts";
import { type AutoscalingConfig, scalingOf, type TriggerState } from "../../../model/autoscaling.ts";
import { causeOf } from "../../../model/cause.ts";
import type { Scenario } from "../../../model/scenario.ts";
import { watchesQueue } from "../serviceBus/watchesQueue.ts";

/**
 * What the live configuration rules out since no trigger watches the queue that the load fills; empty where one does, or where none names a queue.
 * @param loadQueue as the bus names it.
 */
export function watchesOtherQueue(
  scenario: Pick<Scenario, "mustScale" | "queue">,
  live: AutoscalingConfig,
  loadQueue: string,
): Assertion[] {
  return scenario.mustScale.flatMap(({ workload, atLeast, within }) => {
    if (scenario.queue?.workload !== workload) return [];
    const watching = (scalingOf(live, workload).keda?.triggers ?? []).filter(({ queue }) => queue !== null);
    const [first] = watching;
    if (first?.queue == null || watching.some((trigger) => watches(trigger, loadQueue))) return [];
    const expected = { ready: atLeast, withinSeconds: within.seconds, after: within.after };
    const claim = { id: "scales-out", subject: workload, expected } as const;
    return [
      ruledOut(claim, causeOf("scaled-object-polls-other-queue", workload, { queueName: first.queue, loadQueue })),
    ];
  });
}

function watches({ queue, metadata }: TriggerState, name: string): boolean {
  return watchesQueue({ queueName: queue, useRegex: metadata.useRegex }, name);
}
