import { type Evidence, evaluateScenario } from "../../../loadtest/assertions/evaluateScenario.ts";
import { DEADLINES } from "../../../loadtest/assertions/progress.ts";
import type { Assertion } from "../../../loadtest/model/assertion.ts";
import type {
  AutoscalerState,
  AutoscalingConfig,
  ScaledObjectState,
  TriggerState,
  WorkloadScaling,
} from "../../../loadtest/model/autoscaling.ts";
import { idleReplicasIn } from "../../../loadtest/model/idleReplicas.ts";
import type { MetricState } from "../../../loadtest/model/metric.ts";
import type { Sample, WorkloadReadings } from "../../../loadtest/model/observed.ts";
import {
  NO_OBJECTIVES,
  type Objectives,
  type ScalingExpectation,
  type Scenario,
} from "../../../loadtest/model/scenario.ts";
import type { WorkloadDeclaration } from "../../../loadtest/model/workload.ts";
import { NOTHING_DONE } from "./evaluation.ts";
import { ABSENT, API_AUTOSCALER, deployment, LOAD_START_MS, ran, run, SCALED_OBJECT, value } from "./fixtures.ts";

/** A shop that somebody else runs, and its catalogue as the control; no queue is read at its source. */
const declared = (name: string): WorkloadDeclaration => ({
  ...{ name, kind: "Deployment", object: name, namespace: "shop", container: null, idleReplicas: null },
});
export const FOREIGN: readonly WorkloadDeclaration[] = [declared("shop"), declared("catalogue")];

export const IDLE: WorkloadReadings = {
  replicas: deployment(1),
  autoscaler: value({ ...API_AUTOSCALER, name: "shop-hpa", metrics: [] }),
  scaledObject: ABSENT,
  externalMetrics: ABSENT,
};

export function redisTrigger(of: Partial<TriggerState> = {}): TriggerState {
  return { type: "redis", name: null, queue: "jobs", target: 5, activation: 0, metadata: { listName: "jobs" }, ...of };
}

export function externalMetric(current: number | null, target: number | null, name = "s0-redis-jobs"): MetricState {
  return { metric: { kind: "External", name }, current, target };
}

export function shopHpa(of: Partial<AutoscalerState> = {}): WorkloadReadings["autoscaler"] {
  return value({ ...API_AUTOSCALER, name: "shop-hpa", ...of });
}

export function shopScaledObject(active: boolean, of: Partial<ScaledObjectState> = {}): ScaledObjectState {
  const Active = { status: active ? "True" : "False", reason: "", message: "" };
  return {
    ...SCALED_OBJECT,
    name: "shop-scaler",
    triggers: [redisTrigger()],
    ...of,
    conditions: { ...SCALED_OBJECT.conditions, Active, ...of.conditions },
  };
}

/** A sample a second, both ends included; `shop` says what differs from idle at that second. */
export function shopSamples(
  fromSeconds: number,
  toSeconds: number,
  shop: (atSeconds: number) => Partial<WorkloadReadings>,
): Sample[] {
  return Array.from({ length: toSeconds - fromSeconds + 1 }, (_, index) => {
    const at = fromSeconds + index;
    return {
      atMs: LOAD_START_MS + at * 1000,
      workloads: { shop: { ...IDLE, ...shop(at) }, catalogue: IDLE },
      queues: {},
    };
  });
}

/** What the first sample's objects say, as the engine reads it. */
export function liveIn([first]: readonly Sample[]): AutoscalingConfig {
  if (first === undefined) throw new Error("there is no sample");
  const workloads: Record<string, WorkloadScaling> = {};
  for (const declaration of FOREIGN) {
    const seen = first.workloads[declaration.name];
    const scaledObject = seen?.scaledObject.kind === "value" ? seen.scaledObject.value : null;
    const autoscaler = seen?.autoscaler.kind === "value" ? seen.autoscaler.value : null;
    workloads[declaration.name] = {
      scaler: scaledObject !== null ? "keda" : autoscaler !== null ? "hpa" : "none",
      idleReplicas: idleReplicasIn(first, declaration) ?? 0,
      minReplicas: scaledObject?.minReplicas ?? autoscaler?.min ?? 0,
      maxReplicas: scaledObject?.maxReplicas ?? autoscaler?.max ?? 0,
      targets: [],
      scaleUp: autoscaler?.scaleUp ?? null,
      scaleDown: autoscaler?.scaleDown ?? null,
      keda: scaledObject,
    };
  }
  return { workloads, metricsResolutionSeconds: 15 };
}

export function expectation(of: Partial<ScalingExpectation> = {}): ScalingExpectation {
  return {
    workload: "shop",
    metric: { kind: "any", name: null },
    atLeast: 3,
    within: { seconds: 60, after: "load-start" },
    scaleIn: { asserted: true, objectiveSeconds: 600 },
    ...of,
  };
}

/** A load of 60 s that must scale the shop, and no other. */
export function shopScenario(of: Partial<Scenario> = {}): Scenario {
  return {
    name: "sale",
    summary: "many jobs at once",
    load: {
      program: { kind: "command", command: ["push"], folder: "/" },
      environment: {},
      delivered: 40,
      seconds: 60,
      timeoutSeconds: 90,
    },
    reaches: ["shop"],
    queue: null,
    mustScale: [expectation()],
    mustNotScale: ["catalogue"],
    objectives: NO_OBJECTIVES,
    faultInjections: [],
    expectedSeconds: 200,
    ...of,
  };
}

/** 60 s of load; four replicas from 10 s on, until KEDA's trigger was inactive (at 100 s) and its cooldown over. */
export function listWorkedOff(min = 0, idle: number | null = null): (at: number) => Partial<WorkloadReadings> {
  const rest = idle ?? min;
  return (at) => {
    const desired = at < 10 || at >= 130 ? rest : at < 14 ? Math.max(1, min) : 4;
    const metrics = [externalMetric(at >= 1 && at < 100 ? 20 : 0, 5)];
    return {
      replicas: deployment(desired),
      autoscaler: shopHpa({ min: Math.max(1, min), desired, metrics }),
      scaledObject: value(
        shopScaledObject(at >= 2 && at < 100, { minReplicas: min, idleReplicas: idle, cooldownSeconds: 15 }),
      ),
    };
  };
}

export function scenarioWith(of: Partial<ScalingExpectation>, objectives: Partial<Objectives> = {}): Scenario {
  return shopScenario({ mustScale: [expectation(of)], objectives: { ...NO_OBJECTIVES, ...objectives } });
}

export function evaluateShop(
  samples: readonly Sample[],
  scenario: Scenario = shopScenario(),
  of: Partial<Evidence> = {},
): Assertion[] {
  const evidence: Evidence = {
    run: run({ samples, loadEndMs: LOAD_START_MS + 60_000, load: ran({ iterations: 40 }) }),
    pods: [],
    live: liveIn(samples),
    workloads: FOREIGN,
    ledger: null,
    traffic: {},
    elasticity: [],
    done: NOTHING_DONE,
    targetAssertions: [],
    ...of,
  };
  return evaluateScenario(scenario, evidence, DEADLINES);
}
