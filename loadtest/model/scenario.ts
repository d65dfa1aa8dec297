import type { Fault } from "./fault.ts";
import type { NodeFault } from "./nodeFault.ts";
import type { TargetFault } from "./targetFault.ts";
import type { MetricSelector } from "./metric.ts";
import type { Workload } from "./workload.ts";

/** What runs a load. Paths are absolute. */
export type LoadProgram =
  /** By k6, or by a program of Node's that counts as k6 does, its counts in SUMMARY_FILE. */
  | { kind: "k6"; script: string }
  | { kind: "node"; script: string }
  /** Its last line of standard output of the form "delivered N" is its count. */
  | { kind: "command"; command: readonly [string, ...string[]]; folder: string }
  /** A manifest of a Kubernetes Job; the last line "delivered N" of its pod's log is its count. */
  | { kind: "job"; manifest: string; namespace: string }
  /** Nothing is sent: the time passes. */
  | { kind: "none" };

/** A load: a program with what it is told, and what it then has to deliver. */
export interface Load {
  program: LoadProgram;
  environment: Record<string, string>;
  /** How many iterations, or how much of its own count, make it the load that was declared; null where nothing is sent. */
  delivered: number | null;
  /** How long it takes by its own plan; of kind `none`, how long is waited. */
  seconds: number;
  /** After which it is stopped, as broken. */
  timeoutSeconds: number;
}

/** One workload that must scale out under the load, and in after it. */
export interface ScalingExpectation {
  workload: Workload;
  /** Which metric has to have been above its target. */
  metric: MetricSelector;
  /** Ready replicas. */
  atLeast: number;
  within: { seconds: number; after: "load-start" | "load-end" | "threshold-restored" };
  /** An objective of its own for the first replica above idle, counted from the same moment. */
  firstWithinSeconds?: number;
  /**
   * The scale-in is asserted against the live windows, and against an objective that these must not exceed; or it is observed for a while and reported, and
   * where it did not come the pods are replaced if the target allows that, so that the next load finds everything idle.
   */
  scaleIn: { asserted: true; objectiveSeconds: number } | { asserted: false; watchSeconds: number };
}

/** A queue that the target reads at its source, and what this load does to it. */
export interface QueueExpectation {
  /** The queue's name among the target's queues. */
  name: string;
  /** The workload that it feeds. */
  workload: Workload;
  /** `drains`: it is filled and emptied; `stays empty`: nothing of it comes from this load. */
  expected: "drains" | "stays empty";
  /** How many messages the load puts on it; null where that is not known. */
  messages: number | null;
  /** Until the threshold is restored, this many wait on it, and the workload does not scale; null where the scenario is not about that. */
  belowThreshold: number | null;
}

/** What users may expect. Null: nothing is asserted. */
export interface Objectives {
  /** Share of requests that may fail, 0 to 1. */
  failedShare: number | null;
  latencyP95Ms: number | null;
  /** Changes of direction of desired replicas while the load lasts, for each workload that must scale. */
  directionChanges: number | null;
  /** Elasticity metrics of each workload that must scale, see docs/explanation/elasticity.md: replicas too few or too many on average, and shares of time, 0 to 1. */
  elasticity: {
    underProvisioned: number | null;
    overProvisioned: number | null;
    underProvisionedTime: number | null;
    overProvisionedTime: number | null;
  };
}

export const NO_OBJECTIVES: Objectives = {
  failedShare: null,
  latencyP95Ms: null,
  directionChanges: null,
  elasticity: {
    underProvisioned: null,
    overProvisioned: null,
    underProvisionedTime: null,
    overProvisionedTime: null,
  },
};

/** When a fault is injected. */
export type Trigger =
  | { kind: "before the load" }
  | { kind: "ready"; workload: Workload; atLeast: number }
  | { kind: "desired"; workload: Workload; atMost: number }
  | { kind: "after the load"; seconds: number }
  /** So long after the load's start. */
  | { kind: "into the load"; seconds: number }
  /** So long after the fault before it. */
  | { kind: "after the fault before"; seconds: number }
  /** So many of KEDA's polls after the load's end, and some seconds for it to act on them. */
  | { kind: "polls"; workload: Workload; polls: number; seconds: number };

/** Kinds of objects of which a scenario may set a field. */
export const LIVE_KINDS = [
  "Deployment",
  "StatefulSet",
  "ScaledObject",
  "HorizontalPodAutoscaler",
  "TriggerAuthentication",
  "Node",
] as const;
export type LiveKind = (typeof LIVE_KINDS)[number];

/** Pods that a fault is about: a workload's own, or those that labels select, `app=redis,role=primary`. */
export type PodSelection =
  | { workload: Workload }
  /** `main` is the container that SIGKILL ends; null for the first one of the pod. */
  | { labels: string; namespace: string; main: string | null };

/** The field of a live object that a scenario sets for its time. */
export interface LiveField {
  object: {
    kind: LiveKind;
    name: string;
    /** Empty for a Node, which has none. */
    namespace: string;
  };
  /**
   * Its path: names joined by dots, items of a list by index or by what one of their fields is, for example
   * `spec.triggers[type=azure-servicebus].metadata.activationMessageCount`. The first of several that is there is taken.
   */
  paths: readonly [string, ...string[]];
}

export type Action =
  | { kind: "set"; field: LiveField; to: number | string | boolean }
  | KillAction
  /** Runs a command in the main container of one ready pod; what it prints and how it ends does not matter, it may end the container. */
  | { kind: "exec"; pods: PodSelection; command: readonly [string, ...string[]] }
  | { kind: "restart"; workload: Workload }
  /** Lets no pod start on the nodes that these pods run on, as `kubectl cordon` does; reverted as a field is. */
  | { kind: "cordon"; pods: PodSelection }
  /** What needs root on the cluster's node; reverted as a field is. */
  | { kind: "node"; fault: NodeFault }
  /** What only the target knows; reverted as a field is. */
  | { kind: "target"; fault: TargetFault }
  /** Reverts every change so far, or those of the last fault that changed something and is not reverted. */
  | { kind: "restore"; only?: "last" };

export interface KillAction {
  kind: "kill";
  pods: PodSelection;
  /** Of the ready ones that stay: the first, one by chance, or each. */
  which: "first" | "random" | "all";
  /**
   * `sigkill`: a container by SIGKILL, by way of the cluster's node; `delete`: a pod by the Kubernetes API, without grace; `evict`: by its eviction API, with
   * grace, which a PodDisruptionBudget may refuse: then it is asked for again until it is accepted, as `kubectl drain` does.
   */
  how: "sigkill" | "delete" | "evict";
  /** Which container SIGKILL ends; null for the main one. */
  container: string | null;
}

/** What a selection is called in reports. */
export function nameOf(pods: PodSelection): string {
  return "workload" in pods ? pods.workload : pods.labels;
}

/** They are injected in order, each when its trigger is seen. */
export interface FaultInjection {
  trigger: Trigger;
  action: Action;
  /** How long its trigger may take, counted from the one before or the load's start. */
  withinSeconds: number;
}

/** The same as report.json has it. */
export function faultOf({ action }: Pick<FaultInjection, "action">): Fault {
  switch (action.kind) {
    case "set": {
      const { object, paths } = action.field;
      const field = paths[0].split(".").at(-1) ?? paths[0];
      return { id: "field-set", params: { object: `${object.kind} ${object.name}`, field, to: action.to } };
    }
    case "kill":
      return {
        id: "pod-killed",
        params: {
          workload: nameOf(action.pods),
          how: action.how,
          ...(action.which === "first" ? {} : { which: action.which }),
          ...(action.container === null ? {} : { container: action.container }),
        },
      };
    case "exec":
      return { id: "command-run", params: { workload: nameOf(action.pods), command: action.command.join(" ") } };
    case "cordon":
      return { id: "nodes-cordoned", params: { workload: nameOf(action.pods) } };
    case "node":
      return { id: "node-fault", params: { fault: action.fault } };
    case "target":
      return { id: "target-fault", params: { ...action.fault } };
    case "restart":
      return { id: "rollout-restarted", params: { workload: action.workload } };
    case "restore":
      return { id: "changes-reverted", params: action.only === undefined ? {} : { only: action.only } };
  }
}

/**
 * A load, what it must scale, what it must not, and what users may expect meanwhile. Everything is resolved: numbers are the numbers of this run. engine/ runs
 * it, assertions/ evaluate it; a target declares it.
 */
export interface Scenario {
  name: string;
  /** What it shows, in a line. */
  summary: string;
  load: Load;
  /** The workloads that the load's own requests reach: a broken one fails them. */
  reaches: readonly Workload[];
  queue: QueueExpectation | null;
  mustScale: readonly ScalingExpectation[];
  /** The controls: they must not scale. */
  mustNotScale: readonly Workload[];
  objectives: Objectives;
  faultInjections: readonly FaultInjection[];
  /** About how long it takes on a small cluster with dev's windows, the wait for idle before it included. */
  expectedSeconds: number;
}

/** What is wrong with a scenario's numbers, in words; nothing where it can be run. */
export function impossibilities(scenario: Scenario): string[] {
  const found: string[] = [];
  const { name, load, queue } = scenario;
  const positive = (what: string, value: number): void => {
    if (!(Number.isFinite(value) && value > 0)) found.push(`${name}: ${what} is ${value}, it has to be more than 0`);
  };
  if (load.delivered !== null) positive("what the load has to deliver", load.delivered);
  positive("the load's duration in seconds", load.seconds);
  if (queue?.messages != null) positive("the number of messages", queue.messages);
  for (const { workload, atLeast, within } of scenario.mustScale) {
    positive(`the replicas that ${workload} has to reach`, atLeast);
    positive(`the seconds that ${workload} has for them`, within.seconds);
    if (scenario.mustNotScale.includes(workload)) found.push(`${name}: ${workload} must scale and must not`);
  }
  const { failedShare } = scenario.objectives;
  if (failedShare !== null && !(failedShare >= 0 && failedShare < 1)) {
    found.push(`${name}: the share of requests that may fail is ${failedShare}, it has to be from 0 to below 1`);
  }
  return found;
}
