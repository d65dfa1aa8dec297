import { type Assertion, ruledOut } from "../model/assertion.ts";
import type { AutoscalingConfig, ScaledObjectState } from "../model/autoscaling.ts";
import { type Cause, type CauseId, causeOf } from "../model/cause.ts";
import type { ScalingExpectation, Scenario, Sizes } from "../model/scenario.ts";
import type { Workload } from "../model/workload.ts";
import { scalerCannot } from "./scaledObjectLimits.ts";

/** What is needed of the live objects beside what the report keeps. */
export interface LiveObjects {
  live: AutoscalingConfig;
  scaledObject: ScaledObjectState | undefined;
  queue: string;
}

/**
 * What the live configuration cannot do however well everything works: each is a failed assertion with its figures, and no load has to show it, nor
 * anybody to wait for it. Empty where the scenario is worth running.
 */
export function configurationFailures(scenario: Scenario, sizes: Sizes, objects: LiveObjects): Assertion[] {
  return scenario.mustScale.flatMap((expectation) =>
    expectation.workload === "worker"
      ? workerFailures(scenario, expectation, sizes, objects)
      : apiFailures(expectation, objects.live),
  );
}

/** What the configuration rules out of one expectation. */
interface RuledOut {
  firstReplica: Cause[];
  scaleOut: Cause[];
  scaleIn: Cause[];
}

/** Causes that rule out another claim than that about scaling out. */
const CLAIM_OF: Partial<Record<CauseId, keyof RuledOut>> = {
  "polling-interval-exceeds-objective": "firstReplica",
  "cooldown-exceeds-objective": "scaleIn",
};

function workerFailures(
  scenario: Scenario,
  expectation: ScalingExpectation,
  sizes: Sizes,
  { live, scaledObject, queue }: LiveObjects,
): Assertion[] {
  // Under another autoscaler than KEDA nothing is known beforehand: what it does is measured.
  if (scaledObject === undefined || live.workerScaler !== "keda") return [];
  const { scaleIn, atLeast, firstWithinSeconds = Infinity } = expectation;
  const found: RuledOut = { firstReplica: [], scaleOut: [], scaleIn: [] };
  if (scaledObject.queue !== null && scaledObject.queue !== queue) {
    const params = { queueName: scaledObject.queue, loadQueue: queue };
    found.scaleOut.push(causeOf("scaled-object-polls-other-queue", "worker", params));
  }
  const limits = scalerCannot(scaledObject, {
    messages: scenario.orders?.(sizes) ?? Infinity,
    floor: atLeast,
    firstWorkerSeconds: firstWithinSeconds,
    idleWorkersGoneSeconds: scaleIn.asserted ? scaleIn.objectiveSeconds : Infinity,
  });
  for (const cause of limits) found[CLAIM_OF[cause.id] ?? "scaleOut"].push(cause);
  if (scaledObject.minReplicas > live.workerIdleReplicas && scaleIn.asserted) {
    found.scaleIn.push(causeOf("min-replicas-above-idle", "worker", { minReplicas: scaledObject.minReplicas }));
  }
  return failuresOf(expectation, live.workerIdleReplicas, found);
}

function apiFailures(expectation: ScalingExpectation, live: AutoscalingConfig): Assertion[] {
  const { atLeast, within, scaleIn } = expectation;
  const { stabilizationSeconds: upSeconds, selectPolicy: up } = live.apiScaleUp;
  const { stabilizationSeconds: downSeconds, selectPolicy: down } = live.apiScaleDown;
  const found: RuledOut = { firstReplica: [], scaleOut: [], scaleIn: [] };
  if (live.apiMaximum < atLeast) {
    const params = { object: "HorizontalPodAutoscaler", maxReplicas: live.apiMaximum, required: atLeast } as const;
    found.scaleOut.push(causeOf("max-replicas-below-required", "api", params));
  }
  if (up === "Disabled") found.scaleOut.push(causeOf("hpa-scale-up-disabled", "api", {}));
  if (upSeconds > within.seconds) {
    const params = { windowSeconds: upSeconds, objectiveSeconds: within.seconds };
    found.scaleOut.push(causeOf("hpa-scale-up-window-exceeds-objective", "api", params));
  }
  if (scaleIn.asserted) {
    const { objectiveSeconds } = scaleIn;
    if (down === "Disabled") found.scaleIn.push(causeOf("hpa-scale-down-disabled", "api", {}));
    if (downSeconds > objectiveSeconds) {
      const params = { windowSeconds: downSeconds, objectiveSeconds };
      found.scaleIn.push(causeOf("hpa-scale-down-window-exceeds-objective", "api", params));
    }
  }
  return failuresOf(expectation, live.apiMinimum, found);
}

function failuresOf(
  { workload, atLeast, within, scaleIn, firstWithinSeconds }: ScalingExpectation,
  idleReplicas: number,
  found: RuledOut,
): Assertion[] {
  const subject: Workload = workload;
  const { after } = within;
  const failures: Assertion[] = [];
  if (found.firstReplica.length > 0 && firstWithinSeconds !== undefined) {
    const expected = { ready: idleReplicas + 1, withinSeconds: firstWithinSeconds, after };
    failures.push(ruledOut({ id: "first-replica-ready", subject, expected }, ...found.firstReplica));
  }
  if (found.scaleOut.length > 0) {
    const expected = { ready: atLeast, withinSeconds: within.seconds, after };
    failures.push(ruledOut({ id: "scales-out", subject, expected }, ...found.scaleOut));
  }
  if (found.scaleIn.length > 0 && scaleIn.asserted) {
    const since = workload === "worker" ? ("queue-empty" as const) : ("load-end" as const);
    const expected = { replicas: idleReplicas, withinSeconds: scaleIn.objectiveSeconds, after: since };
    failures.push(ruledOut({ id: "scales-in", subject, expected }, ...found.scaleIn));
  }
  return failures;
}
