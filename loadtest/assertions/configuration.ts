import { type Assertion, ruledOut } from "../model/assertion.ts";
import { type AutoscalingConfig, kedaWakes, scalingOf, type WorkloadScaling } from "../model/autoscaling.ts";
import { type Cause, type CauseId, causeOf } from "../model/cause.ts";
import { autoscalerOf, newest, type Sample, scaledObjectOf } from "../model/observed.ts";
import type { ScalingExpectation, Scenario } from "../model/scenario.ts";
import { returnMoment } from "./moments.ts";
import { replicasByKeda } from "./replicasByKeda.ts";
import { scalerCannot } from "./scaledObjectLimits.ts";

/** The effective configuration, and the objects that it comes from. */
export interface LiveObjects {
  live: AutoscalingConfig;
  samples: readonly Sample[];
}

/**
 * What the live configuration cannot do however well everything works: each is a failed assertion with its figures, and no load has to show it, nor
 * anybody to wait for it. Empty where the scenario is worth running.
 */
export function configurationFailures(scenario: Scenario, objects: LiveObjects): Assertion[] {
  return scenario.mustScale.flatMap((expectation) => {
    const scaling = scalingOf(objects.live, expectation.workload);
    const found = [
      scaledObjectFailures(scenario, expectation, scaling, objects.samples),
      autoscalerFailures(expectation, scaling, objects.samples),
    ];
    return failuresOf(scenario, objects.live, expectation, {
      firstReplica: found.flatMap(({ firstReplica }) => firstReplica),
      scaleOut: found.flatMap(({ scaleOut }) => scaleOut),
      scaleIn: found.flatMap(({ scaleIn }) => scaleIn),
    });
  });
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

/** Of KEDA. Without a ScaledObject nothing is known beforehand but what the HPA says. */
function scaledObjectFailures(
  { queue }: Scenario,
  { workload, atLeast, firstWithinSeconds = Infinity, scaleIn }: ScalingExpectation,
  scaling: WorkloadScaling,
  samples: readonly Sample[],
): RuledOut {
  const found: RuledOut = { firstReplica: [], scaleOut: [], scaleIn: [] };
  const scaledObject = newest(samples, (sample) => scaledObjectOf(sample, workload));
  if (scaledObject === undefined || scaling.scaler !== "keda") return found;
  const { name, idleReplicas, minReplicas } = scaledObject;
  const wakes = kedaWakes(scaling);
  const limits = scalerCannot(scaledObject, {
    messages: queue?.workload === workload ? (queue.messages ?? Infinity) : Infinity,
    floor: atLeast,
    // A workload that idles at its minimum is its HPA's alone: KEDA's poll and cooldown decide nothing.
    firstReplicaSeconds: wakes ? firstWithinSeconds : Infinity,
    idleReplicasGoneSeconds: wakes && scaleIn.asserted ? scaleIn.objectiveSeconds : Infinity,
  });
  for (const cause of limits) found[CLAIM_OF[cause.id] ?? "scaleOut"].push(cause);
  const kept = idleReplicas ?? minReplicas;
  if (kept > scaling.idleReplicas && scaleIn.asserted) {
    found.scaleIn.push(causeOf("min-replicas-above-idle", name, { minReplicas: kept }));
  }
  return found;
}

/** Of the HPA, KEDA's own included as far as it is the one that decides. */
function autoscalerFailures(
  { workload, atLeast, within, scaleIn }: ScalingExpectation,
  scaling: WorkloadScaling,
  samples: readonly Sample[],
): RuledOut {
  const found: RuledOut = { firstReplica: [], scaleOut: [], scaleIn: [] };
  const { scaler, maxReplicas, scaleUp, scaleDown } = scaling;
  if (scaler === "none") return found;
  const name = newest(samples, (sample) => autoscalerOf(sample, workload))?.name ?? workload;
  if (scaler === "hpa" && maxReplicas < atLeast) {
    const params = { object: "HorizontalPodAutoscaler", maxReplicas, required: atLeast } as const;
    found.scaleOut.push(causeOf("max-replicas-below-required", name, params));
  }
  if (scaleUp !== null && atLeast > replicasByKeda(scaling)) {
    const { stabilizationSeconds: windowSeconds, selectPolicy } = scaleUp;
    if (selectPolicy === "Disabled") found.scaleOut.push(causeOf("hpa-scale-up-disabled", name, {}));
    if (windowSeconds > within.seconds) {
      const params = { windowSeconds, objectiveSeconds: within.seconds };
      found.scaleOut.push(causeOf("hpa-scale-up-window-exceeds-objective", name, params));
    }
  }
  // From a minimum of 0 KEDA takes the last replicas at once, whatever the HPA's rules are.
  if (scaleDown !== null && scaleIn.asserted && !kedaWakes(scaling)) {
    const { objectiveSeconds } = scaleIn;
    const { stabilizationSeconds: windowSeconds, selectPolicy } = scaleDown;
    if (selectPolicy === "Disabled") found.scaleIn.push(causeOf("hpa-scale-down-disabled", name, {}));
    if (windowSeconds > objectiveSeconds) {
      const params = { windowSeconds, objectiveSeconds };
      found.scaleIn.push(causeOf("hpa-scale-down-window-exceeds-objective", name, params));
    }
  }
  return found;
}

function failuresOf(
  scenario: Scenario,
  live: AutoscalingConfig,
  { workload: subject, atLeast, within, scaleIn, firstWithinSeconds }: ScalingExpectation,
  found: RuledOut,
): Assertion[] {
  const { idleReplicas } = scalingOf(live, subject);
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
    const since = returnMoment(scenario, live, subject);
    const expected = { replicas: idleReplicas, withinSeconds: scaleIn.objectiveSeconds, after: since };
    failures.push(ruledOut({ id: "scales-in", subject, expected }, ...found.scaleIn));
  }
  return failures;
}
