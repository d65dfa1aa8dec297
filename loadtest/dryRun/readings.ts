import type { AutoscalerState, Condition, ScaledObjectState } from "../model/autoscaling.ts";
import { HPA_DEFAULTS } from "../model/hpaDefaults.ts";
import type { MetricState } from "../model/metric.ts";
import type { WorkloadReadings } from "../model/observed.ts";
import { ABSENT, type Reading } from "../model/reading.ts";
import type { Workload } from "../model/workload.ts";
import { idleReplicasOf, type PlannedWorkload } from "../planner/plannedWorkload.ts";
import type { PollRow, Second, SimulatedRun } from "../planner/simulateWorkload.ts";
import type { SyncRow } from "../simulator/hpaLoop.ts";
import type { DirectionRules, HpaSpec, Metric } from "../simulator/hpaSpec.ts";
import type { HpaCondition } from "../simulator/reconcile.ts";
import { hpaOf } from "../simulator/scaledObjectHpa.ts";

/** A workload in simulation, with what its manifests say of what scales it. */
export interface SimulatedWorkload {
  readonly planned: PlannedWorkload;
  readonly hpaName: string;
  /** As its manifest says; null under an HPA alone. */
  readonly scaledObject: ScaledObjectState | null;
  /** Of its metrics those that count the messages of another workload's queue, and which workload works them off. */
  readonly reads: Readonly<Record<string, Workload>>;
}

/** What the proof's sampler would read of a workload in each second of a run, the idle one before the load first. */
export function readingsOf(workload: SimulatedWorkload, { seconds, syncs, polls }: SimulatedRun): WorkloadReadings[] {
  const idle = idleReplicasOf(workload.planned);
  const states = new Map(syncs.map((row) => [row, autoscalerReading(workload, row)]));
  const found = new Map(polls.map((row) => [row, scaledObjectReading(workload, row)]));
  const none = {
    autoscaler: autoscalerReading(workload, undefined),
    scaledObject: scaledObjectReading(workload, undefined),
  };
  const at = (
    second: Pick<Second, "desired" | "ready" | "existing">,
    sync?: SyncRow,
    poll?: PollRow,
  ): WorkloadReadings => ({
    replicas: {
      kind: "value",
      value: { desired: second.desired, ready: second.ready, replicas: second.existing, rolledOut: true },
    },
    autoscaler: (sync === undefined ? undefined : states.get(sync)) ?? none.autoscaler,
    scaledObject: (poll === undefined ? undefined : found.get(poll)) ?? none.scaledObject,
    externalMetrics: ABSENT,
  });
  const before = <Row extends { readonly atMillis: number }>(rows: readonly Row[]): Row | undefined =>
    rows.findLast(({ atMillis }) => atMillis < 0);
  const all = [at({ desired: idle, ready: idle, existing: idle }, before(syncs), before(polls))];
  let [sync, poll] = [0, 0];
  for (const [index, second] of seconds.entries()) {
    while ((syncs[sync]?.atMillis ?? Infinity) <= index * 1000) sync += 1;
    while ((polls[poll]?.atMillis ?? Infinity) <= index * 1000) poll += 1;
    all.push(at(second, syncs[sync - 1], polls[poll - 1]));
  }
  return all;
}

function autoscalerReading(
  { planned, hpaName }: SimulatedWorkload,
  sync: SyncRow | undefined,
): Reading<AutoscalerState> {
  const { scaler } = planned;
  // KEDA deletes the HPA of a paused ScaledObject.
  if (scaler.kind === "scaled-object" && scaler.spec.pause.paused) return ABSENT;
  const spec = scaler.kind === "hpa" ? scaler.spec : hpaOf(scaler.spec);
  const { ableToScale, scalingActive, scalingLimited } = sync?.conditions ?? {};
  return {
    kind: "value",
    value: {
      name: hpaName,
      min: spec.minReplicas,
      max: spec.maxReplicas,
      current: sync?.replicas ?? idleReplicasOf(planned),
      desired: sync?.desired ?? idleReplicasOf(planned),
      scaleUp: rules(spec.behavior?.up) ?? HPA_DEFAULTS.scaleUp,
      scaleDown: rules(spec.behavior?.down) ?? HPA_DEFAULTS.scaleDown,
      metrics: metricStates(spec, sync),
      conditions: conditions({
        AbleToScale: ableToScale,
        ScalingActive: scalingActive,
        ScalingLimited: scalingLimited,
      }),
    },
  };
}

function rules(of: DirectionRules | undefined): AutoscalerState["scaleUp"] | undefined {
  if (of === undefined) return undefined;
  const { stabilizationSeconds, selectPolicy, policies } = of;
  return { stabilizationSeconds, selectPolicy, policies };
}

function conditions(of: Readonly<Record<string, HpaCondition | undefined>>): Record<string, Condition> {
  return Object.fromEntries(
    Object.entries(of).flatMap(([type, one]) =>
      one == null
        ? []
        : [[type, { status: one.status ? "True" : "False", reason: one.reason, message: "in simulation" }]],
    ),
  );
}

function metricStates({ metrics }: HpaSpec, sync: SyncRow | undefined): MetricState[] {
  return metrics.map((metric, index) => ({ ...identityOf(metric), current: sync?.readings[index] ?? null }));
}

/** In the form that the API's own objects are read into. */
function identityOf(metric: Metric): Omit<MetricState, "current"> {
  if (metric.type === "External") {
    const { type, milli } = metric.target;
    const of = { metric: { kind: metric.type, name: metric.name }, target: milli / 1000 };
    return type === "Value" ? { ...of, targetType: type } : of;
  }
  const { type: kind, resource: name, container, target } = metric;
  const identity = container === null ? { kind, name } : { kind, name, container };
  return target.type === "Utilization"
    ? { metric: identity, target: target.percent }
    : { metric: identity, target: target.milli / 1000, targetType: target.type };
}

function scaledObjectReading(
  { scaledObject }: SimulatedWorkload,
  poll: PollRow | undefined,
): Reading<ScaledObjectState> {
  if (scaledObject === null) return ABSENT;
  const isError = poll?.isError === true;
  const condition = (isTrue: boolean, reason: string): Condition => ({
    status: isTrue ? "True" : "False",
    reason,
    message: "in simulation",
  });
  return {
    kind: "value",
    value: {
      ...scaledObject,
      conditions: {
        Ready: condition(!isError, isError ? "TriggerError" : "ScaledObjectReady"),
        Active: condition(poll?.isActive === true, poll?.isActive === true ? "ScalerActive" : "ScalerNotActive"),
      },
    },
  };
}
