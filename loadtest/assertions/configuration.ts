import type { Assertion } from "../model/assertion.ts";
import type { AutoscalingConfig, ScaledObjectState } from "../model/autoscaling.ts";
import type { ScalingExpectation, Scenario, Sizes } from "../model/scenario.ts";
import { scalerCannot } from "./causes.ts";

/** What is needed of the live objects beside what the report keeps. */
export interface LiveObjects {
  live: AutoscalingConfig;
  scaledObject: ScaledObjectState | undefined;
  queue: string;
}

/**
 * What the live configuration cannot do however well everything works: each is a failed assertion with its figures and the field that says so, and no load
 * has to show it, nor anybody to wait for it. Empty where the scenario is worth running.
 */
export function configurationFailures(scenario: Scenario, sizes: Sizes, objects: LiveObjects): Assertion[] {
  return scenario.mustScale.flatMap((movement) =>
    movement.workload === "worker"
      ? workerFailures(scenario, movement, sizes, objects)
      : apiFailures(movement, objects.live),
  );
}

function workerFailures(
  scenario: Scenario,
  movement: ScalingExpectation,
  sizes: Sizes,
  objects: LiveObjects,
): Assertion[] {
  const { live, scaledObject, queue } = objects;
  // Under another autoscaler than KEDA nothing is known beforehand: what it does is measured.
  if (scaledObject === undefined || live.workerScaler !== "keda") return [];
  const failures: Assertion[] = [];
  const scalesOut = `at least ${movement.atLeast} ready within ${movement.within.seconds} s of ${movement.within.of}`;
  if (scaledObject.queue !== null && scaledObject.queue !== queue) {
    failures.push(
      failed("worker scales out", scalesOut, "never", [
        `ScaledObject worker watches the queue ${scaledObject.queue} (queueName), and the load goes to ${queue}`,
      ]),
    );
  }
  const causes = scalerCannot(scaledObject, {
    messages: scenario.orders?.(sizes) ?? Infinity,
    floor: movement.atLeast,
    firstWorkerSeconds: movement.firstWithinSeconds ?? Infinity,
    idleWorkersGoneSeconds: movement.back.judged ? movement.back.objectiveSeconds : Infinity,
  });
  const of = (field: string): string[] => causes.filter((cause) => cause.includes(`(${field})`));
  const polling = of("pollingInterval");
  if (polling.length > 0) {
    const expected = `at least ${live.workerIdleReplicas + 1} ready within ${movement.firstWithinSeconds ?? 0} s of ${movement.within.of}`;
    failures.push(
      failed(
        firstReplicaName("worker"),
        expected,
        `up to ${scaledObject.pollingIntervalSeconds} s, and a pod's start`,
        polling,
      ),
    );
  }
  const cooling = of("cooldownPeriod");
  if (cooling.length > 0 && movement.back.judged) {
    const expected = `${live.workerIdleReplicas} replicas within ${movement.back.objectiveSeconds} s of the empty queue`;
    failures.push(
      failed(
        `worker comes back to ${live.workerIdleReplicas}`,
        expected,
        `at best ${scaledObject.cooldownSeconds} s`,
        cooling,
      ),
    );
  }
  if (scaledObject.minReplicas > live.workerIdleReplicas && movement.back.judged) {
    const expected = `${live.workerIdleReplicas} replicas within ${movement.back.objectiveSeconds} s of the empty queue`;
    failures.push(
      failed(`worker comes back to ${live.workerIdleReplicas}`, expected, "never", [
        `ScaledObject worker keeps at least ${scaledObject.minReplicas} (minReplicaCount)`,
      ]),
    );
  }
  const never = causes.filter((cause) => !polling.includes(cause) && !cooling.includes(cause));
  if (never.length > 0) failures.push(failed("worker scales out", scalesOut, "never", never));
  return failures;
}

function apiFailures(movement: ScalingExpectation, live: AutoscalingConfig): Assertion[] {
  const failures: Assertion[] = [];
  const { stabilizationSeconds: upSeconds, selectPolicy: up } = live.apiScaleUp;
  const { stabilizationSeconds: downSeconds, selectPolicy: down } = live.apiScaleDown;
  const never: string[] = [];
  if (live.apiMaximum < movement.atLeast)
    never.push(`HPA api allows ${live.apiMaximum} replicas at the most (maxReplicas)`);
  if (up === "Disabled") never.push("HPA api never adds a replica (behavior.scaleUp.selectPolicy is Disabled)");
  if (upSeconds > movement.within.seconds) {
    never.push(`HPA api waits ${upSeconds} s before it adds a replica (behavior.scaleUp.stabilizationWindowSeconds)`);
  }
  if (never.length > 0) {
    const expected = `at least ${movement.atLeast} ready within ${movement.within.seconds} s of ${movement.within.of}`;
    failures.push(failed("api scales out", expected, "not in that time", never));
  }
  if (movement.back.judged) {
    const { objectiveSeconds } = movement.back;
    const cannot: string[] = [];
    if (down === "Disabled")
      cannot.push("HPA api never takes a replica away (behavior.scaleDown.selectPolicy is Disabled)");
    if (downSeconds > objectiveSeconds) {
      cannot.push(
        `HPA api keeps idle replicas for ${downSeconds} s (behavior.scaleDown.stabilizationWindowSeconds), and they have to be gone after ${objectiveSeconds} s`,
      );
    }
    if (cannot.length > 0) {
      const expected = `${live.apiMinimum} replicas within ${objectiveSeconds} s of the load's end`;
      failures.push(failed(`api comes back to ${live.apiMinimum}`, expected, "not in that time", cannot));
    }
  }
  return failures;
}

function failed(name: string, expected: string, measured: string, causes: readonly string[]): Assertion {
  return {
    name,
    status: "fail",
    expected,
    measured: `${measured}, by the configuration alone: no load was run`,
    reason: causes.join("; "),
  };
}

/** Of the claim about the first replica above rest. */
export function firstReplicaName(workload: string): string {
  return `${workload}'s first replica comes in time`;
}
