import { scalingOf, type WorkloadScaling } from "../../loadtest/model/autoscaling.ts";
import { isResource } from "../../loadtest/model/metric.ts";
import { valueOf } from "../../loadtest/model/reading.ts";
import type { Recording } from "../../loadtest/model/recording.ts";
import type { Report } from "../../loadtest/model/report.ts";
import type { ScenarioReport } from "../../loadtest/model/scenarioReport.ts";
import type { Workload } from "../../loadtest/model/workload.ts";
import type { Second } from "../../loadtest/planner/simulateWorkload.ts";
import { type Backlog, backlogBegan, measuredBacklog } from "../../loadtest/timings/backlog.ts";
import { queueFed } from "../../loadtest/timings/signals.ts";
import { usedReplicas } from "../../loadtest/timings/usage.ts";
import { CliError } from "../process/cliError.ts";
import type { KnownPods, LoadOption } from "./build.ts";
import type { CurvePart } from "./curve.ts";
import { recordedSeconds } from "./recordedSeconds.ts";
import type { RawAutoscaler, ScaledWorkload } from "./scaledWorkload.ts";

type RecordedParts = Pick<ScenarioReport, "name" | "samples" | "pods" | "loadStartedAt" | "loadEndedAt" | "endedAt">;

/** A scenario as a recording. @throws {CliError} where it did not get to its load. */
export function recordingOf(scenario: RecordedParts): Recording {
  const { samples, pods, loadStartedAt, loadEndedAt, endedAt, name } = scenario;
  if (loadStartedAt === null || loadEndedAt === null) {
    throw new CliError(
      `scenario ${name} of the report has no load that began and ended`,
      "name another scenario: --scenario NAME",
    );
  }
  return {
    samples,
    pods,
    loadStartMs: Date.parse(loadStartedAt),
    loadEndMs: Date.parse(loadEndedAt),
    endMs: Date.parse(endedAt),
  };
}

/** The backlog of a workload that a queue feeds; undefined where none does, or where it was not measured. */
function backlogOf(scenario: ScenarioReport, workload: Workload): Backlog | undefined {
  const { autoscalingConfig, queue, ledger, loadStartedAt, loadEndedAt } = scenario;
  if (autoscalingConfig?.workloads[workload] === undefined || loadStartedAt === null || loadEndedAt === null)
    return undefined;
  const fed = queueFed(autoscalingConfig, workload, queue);
  if (fed === undefined || !scenario.mustScale.includes(workload)) return undefined;
  const messages = ledger === null ? null : (valueOf(ledger)?.accepted ?? null);
  const backlog = measuredBacklog(recordingOf(scenario), fed, messages);
  return "id" in backlog ? undefined : backlog;
}

/** A scenario's run second by second; null where its load was not seen. `beginSeconds`: from the load's start to its first second. */
export function recordedRun(
  scenario: ScenarioReport,
  workload: Workload,
): { seconds: Second[]; beginSeconds: number } | null {
  const { autoscalingConfig, queue } = scenario;
  const fed = autoscalingConfig === null ? undefined : queueFed(autoscalingConfig, workload, queue);
  const recording = recordingOf(scenario);
  const messages = backlogOf(scenario, workload)?.messages ?? 0;
  const beganMs = fed === undefined ? recording.loadStartMs : backlogBegan(recording, fed)?.atMs;
  const seconds = recordedSeconds(recording, { workload, fed, messages });
  if (beganMs === undefined || seconds === null) return null;
  return { seconds, beginSeconds: (beganMs - recording.loadStartMs) / 1000 };
}

/** Kubernetes tells whole seconds, so a pod that is created within the load's first second may be dated before it. */
const GRAIN_MS = 1000;

/** What a report tells of a workload's pods, over all its scenarios. */
export function podsInReport({ scenarios }: Pick<Report, "scenarios">, workload: Workload): KnownPods {
  const paces = scenarios.flatMap((scenario) => backlogOf(scenario, workload)?.messagesPerSecondPerReplica ?? []);
  return {
    messagesPerSecond: paces.length === 0 ? null : paces.reduce((sum, pace) => sum + pace, 0) / paces.length,
    concurrency: null,
    ...podStarts(scenarios, workload),
  };
}

/** How long pods took to start that a load brought. */
export function podStarts(
  scenarios: readonly Pick<ScenarioReport, "pods" | "loadStartedAt">[],
  workload: Workload,
): Pick<KnownPods, "startSeconds" | "aloneStartSeconds"> {
  const starts = scenarios.flatMap(({ pods, loadStartedAt }) => {
    const fromMs = loadStartedAt === null ? Infinity : Date.parse(loadStartedAt) - GRAIN_MS;
    const created = pods.filter((pod) => pod.workload === workload && pod.createdMs >= fromMs);
    return created.flatMap((pod) =>
      pod.readyMs === null
        ? []
        : [
            {
              seconds: (pod.readyMs - pod.createdMs) / 1000,
              isAlone: !created.some((one) => one !== pod && Math.abs(one.createdMs - pod.createdMs) <= GRAIN_MS),
            },
          ],
    );
  });
  const secondsOf = (some: typeof starts): number[] => some.map(({ seconds }) => seconds);
  const together = starts.filter(({ isAlone }) => !isAlone);
  return {
    startSeconds: starts.length === 0 ? null : secondsOf(together.length === 0 ? starts : together),
    aloneStartSeconds: secondsOf(starts.filter(({ isAlone }) => isAlone)),
  };
}

/** A workload as a report tells of it. @throws {CliError} where nothing scaled it. */
export function workloadInReport(scenario: ScenarioReport, workload: Workload): ScaledWorkload {
  const { autoscalingConfig } = scenario;
  const scaling = autoscalingConfig === null ? undefined : autoscalingConfig.workloads[workload];
  if (scaling === undefined || scaling.scaler === "none") {
    throw new CliError(
      `${workload} had no autoscaler in scenario ${scenario.name} of the report`,
      "name another scenario: --scenario NAME",
    );
  }
  const containers = scaling.targets.flatMap(({ metric }) => (isResource(metric) ? [metric.container ?? "all"] : []));
  return {
    name: workload,
    kind: "Deployment",
    object: workload,
    autoscaler: scaling.scaler === "keda" ? scaledObjectOf(workload, scaling) : hpaInReport(workload, scaling),
    // Usage is told in shares of requests: of which, does not matter.
    containers: [...new Set(containers)].map((name) => ({
      name,
      requests: { cpu: REQUEST_MILLI, memory: REQUEST_MILLI },
    })),
    graceSeconds: 30,
  };
}

const REQUEST_MILLI = 1_000_000;

function behaviorOf({ scaleUp, scaleDown }: WorkloadScaling): Record<string, unknown> {
  const direction = (rules: WorkloadScaling["scaleUp"]): Record<string, unknown> =>
    rules === null
      ? {}
      : {
          stabilizationWindowSeconds: rules.stabilizationSeconds,
          selectPolicy: rules.selectPolicy,
          policies: rules.policies,
        };
  return { scaleUp: direction(scaleUp), scaleDown: direction(scaleDown) };
}

function scaledObjectOf(name: string, scaling: WorkloadScaling): RawAutoscaler {
  const { keda, minReplicas, maxReplicas, idleReplicas } = scaling;
  return {
    kind: "ScaledObject",
    name,
    annotations: {},
    spec: {
      minReplicaCount: minReplicas,
      maxReplicaCount: maxReplicas,
      ...(idleReplicas < minReplicas ? { idleReplicaCount: idleReplicas } : {}),
      pollingInterval: keda?.pollingIntervalSeconds,
      cooldownPeriod: keda?.cooldownSeconds,
      triggers: (keda?.triggers ?? []).map(({ type, name: trigger, metadata }) => ({
        type,
        ...(trigger === null ? {} : { name: trigger }),
        ...(type === "cpu" || type === "memory" ? { metricType: "Utilization" } : {}),
        metadata,
      })),
      advanced: { horizontalPodAutoscalerConfig: { behavior: behaviorOf(scaling) } },
    },
  };
}

function hpaInReport(name: string, scaling: WorkloadScaling): RawAutoscaler {
  const metrics = scaling.targets.map(({ metric, target: amount, targetType }) => {
    const type = targetType ?? (isResource(metric) ? "Utilization" : "AverageValue");
    const target =
      type === "Utilization"
        ? { type, averageUtilization: amount }
        : { type, [type === "Value" ? "value" : "averageValue"]: String(amount) };
    if (metric.kind === "External") return { type: metric.kind, external: { metric: { name: metric.name }, target } };
    const { container } = metric;
    return container === undefined
      ? { type: metric.kind, resource: { name: metric.name, target } }
      : { type: metric.kind, containerResource: { name: metric.name, container, target } };
  });
  const { minReplicas, maxReplicas } = scaling;
  return {
    kind: "HorizontalPodAutoscaler",
    name,
    annotations: {},
    spec: { minReplicas, maxReplicas, metrics, behavior: behaviorOf(scaling) },
  };
}

/** How long readings may be missing while the load lasts. */
const LONGEST_HOLE_SECONDS = 30;
/**
 * A reading of CPU is a mean of 15 s, which ended up to 15 s before an HPA saw it, and is what it is for the next 15 s: it is taken for so much earlier that the
 * middles of both meet.
 */
const READING_AGE_MS = 22_500;

/** The load as it was recorded. @throws {CliError} where it was not, or has holes. */
export function loadInReport(scenario: ScenarioReport, workload: Workload): LoadOption {
  const option = `scenario ${scenario.name} of the report`;
  const of = { option, workload, metric: null };
  const backlog = backlogOf(scenario, workload);
  if (backlog !== undefined) return { ...of, parts: arrivalPart(backlog) };
  const { autoscalingConfig } = scenario;
  const targets = autoscalingConfig === null ? [] : scalingOf(autoscalingConfig, workload).targets;
  const cpu = targets.find(({ metric }) => isResource(metric, "cpu"));
  if (cpu?.target == null) {
    throw new CliError(
      `${option} tells neither a backlog of ${workload} nor its CPU: its load cannot be repeated`,
      "give the load yourself, with the manifests: -k OVERLAY --load WORKLOAD:CURVE",
    );
  }
  const recording = recordingOf(scenario);
  const request = cpu.targetType === "AverageValue" ? 1000 : REQUEST_MILLI / 100;
  const parts = usedReplicas(recording, workload, cpu.metric, READING_AGE_MS)
    .filter(({ atMs }) => atMs >= recording.loadStartMs)
    .map(({ atMs, value }): Extract<CurvePart, { kind: "at" }> => ({
      kind: "at",
      atSeconds: (atMs - recording.loadStartMs) / 1000,
      milli: Math.round(value * (cpu.target ?? 0) * request),
    }));
  const endSeconds = ((recording.loadEndMs ?? recording.endMs) - recording.loadStartMs) / 1000;
  requireNoHole(
    [...parts.map(({ atSeconds }) => atSeconds), ...(parts.length === 0 ? [endSeconds] : [])],
    option,
    workload,
  );
  // Nothing comes after the load.
  const changes = parts.filter(
    ({ milli, atSeconds }, index) => atSeconds < endSeconds && milli !== parts[index - 1]?.milli,
  );
  return { ...of, metric: "cpu", parts: [...changes, { kind: "at", atSeconds: endSeconds, milli: 0 }] };
}

function arrivalPart({ messages, arrivalSeconds }: Backlog): CurvePart[] {
  if (arrivalSeconds < 1) return [{ kind: "at", milli: messages * 1000, atSeconds: 0 }];
  return [{ kind: "rate", milli: (messages * 1000) / arrivalSeconds, fromSeconds: 0, toSeconds: arrivalSeconds }];
}

function requireNoHole(atSeconds: readonly number[], option: string, workload: Workload): void {
  for (const [index, at] of atSeconds.entries()) {
    const before = atSeconds[index - 1] ?? 0;
    if (at - before <= LONGEST_HOLE_SECONDS) continue;
    throw new CliError(
      `${option} has a hole: nothing was read of ${workload}'s CPU from ${Math.round(before)} s to ${Math.round(at)} s`,
      "take another scenario (--scenario NAME) or run the proof again",
    );
  }
}
