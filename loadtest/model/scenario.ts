import type { Profile, Sizes } from "../k6/lib/profiles.ts";
import type { Fault, FaultId } from "./fault.ts";
import type { Moment } from "./moment.ts";
import type { Workload } from "./workload.ts";

/** Every scenario, in the order in which a proof runs them: what leaves the least behind comes first. */
export const scenarioNames = [
  "queue-backlog",
  "api-cpu",
  "end-to-end",
  "below-activation",
  "spike",
  "scale-in-under-load",
  "api-memory",
  "soak",
] as const;
export type ScenarioName = (typeof scenarioNames)[number];

/** A load: a program with what it is told, and what it then has to deliver. */
export interface Load {
  /** A file of loadtest/. */
  script: string;
  /** `node` for what k6 cannot send. */
  runner: "k6" | "node";
  environment: Record<string, string>;
  /** How many iterations make it the load that was declared. */
  iterations: number;
  /** How long it takes by its own plan; it is stopped some time after that. */
  seconds: number;
}

/** What the load has to be told that depends on the cluster. */
export type Needs = "bus" | "api" | "api and orders that exist";

/** One workload that must scale out under the load, and in after it. */
export interface ScalingExpectation {
  workload: Workload;
  /** Which metric has to have been above its target. */
  signal: "cpu" | "memory" | "queue";
  /** Ready replicas. */
  atLeast: number;
  within: { seconds: number; after: Exclude<Moment, "queue-empty"> };
  /** An objective of its own for the first replica above idle, counted from the same moment. */
  firstWithinSeconds?: number;
  /**
   * The scale-in is asserted against the live windows, and against an objective that these must not exceed; or it is observed for a while and reported, and
   * where it did not come the pods are replaced, so that the next load finds everything idle.
   */
  scaleIn: { asserted: true; objectiveSeconds: number } | { asserted: false; watchSeconds: number };
}

/** What users may expect. */
export interface Objectives {
  /** Share of requests that may fail, 0 to 1. */
  failedShare: number;
  latencyP95Ms?: number;
  /** From an order's acceptance until it was processed, as the workers themselves count it. */
  orderAgeP95Seconds?: number;
}

/** When a fault is injected. */
export type Trigger =
  | { kind: "before the load" }
  | { kind: "ready"; workload: Workload; atLeast: number }
  | { kind: "desired"; workload: Workload; atMost: number }
  /** So many of KEDA's polls after the load's end, and some seconds for it to act on them. */
  | { kind: "polls"; polls: number; seconds: number };

/** A field of a live object that a scenario sets for its time. */
export type LiveField = "activationMessages" | "workerMaximum" | "apiCpuTarget";

export type Action =
  { kind: "set"; field: LiveField; to: number } | { kind: "kill"; workload: Workload } | { kind: "restore" };

/** They are injected in order, each when its trigger is seen. */
export interface FaultInjection {
  id: FaultId;
  trigger: Trigger;
  action: Action;
  /** How long its trigger may take, counted from the one before or the load's start. */
  withinSeconds: number;
}

/** The same as report.json has it. */
export function faultOf({ id, action }: Pick<FaultInjection, "id" | "action">): Fault {
  return { id, params: { to: action.kind === "set" ? action.to : null } };
}

/** A load, what it must scale, what it must not, and what users may expect meanwhile. A declaration: engine/ runs it, assertions/ evaluate it. */
export interface Scenario {
  name: ScenarioName;
  /** What it shows, in a line. */
  summary: string;
  load: (sizes: Sizes) => Load;
  needs: Needs;
  /** Orders that the load puts on the queue at once or one by one; null where it sends none. */
  orders: ((sizes: Sizes) => number) | null;
  mustScale: readonly ScalingExpectation[];
  /** The controls: they must not scale. */
  mustNotScale: readonly Workload[];
  /** `drains`: it is filled and emptied; `stays empty`: nothing of it comes from this load. */
  queue: "drains" | "stays empty";
  /** Until the threshold is restored, this many wait on the queue, and the worker does not move. */
  belowThreshold?: (sizes: Sizes) => number;
  objectives: Objectives;
  /** Memory, replicas and latency of the load's last third are held against those of the one before. */
  steady: boolean;
  faultInjections: readonly FaultInjection[];
  /** About how long it takes on a small cluster with dev's windows, the wait for idle before it included. */
  expectedSeconds: (sizes: Sizes) => number;
}

/** What a scenario usually says. */
export const USUAL = {
  steady: false,
  faultInjections: [],
} as const satisfies Partial<Scenario>;

/**
 * What is wrong with a scenario's numbers, in words; nothing where it can be run.
 * @param sizes with whatever the caller has set himself.
 */
export function impossibilities(scenario: Scenario, sizes: Sizes): string[] {
  const found: string[] = [];
  const positive = (what: string, value: number): void => {
    if (!(Number.isFinite(value) && value > 0)) found.push(`${what} is ${value}, it has to be more than 0`);
  };
  const load = scenario.load(sizes);
  positive(`${scenario.name}: the load's number of iterations`, load.iterations);
  positive(`${scenario.name}: the load's duration in seconds`, load.seconds);
  if (scenario.orders !== null) positive(`${scenario.name}: the number of orders`, scenario.orders(sizes));
  for (const { workload, atLeast, within } of scenario.mustScale) {
    positive(`${scenario.name}: the replicas that ${workload} has to reach`, atLeast);
    positive(`${scenario.name}: the seconds that ${workload} has for them`, within.seconds);
    if (scenario.mustNotScale.includes(workload)) found.push(`${scenario.name}: ${workload} must scale and must not`);
  }
  const { failedShare } = scenario.objectives;
  if (!(failedShare >= 0 && failedShare < 1)) {
    found.push(
      `${scenario.name}: the share of requests that may fail is ${failedShare}, it has to be from 0 to below 1`,
    );
  }
  return found;
}

export type { Profile, Sizes };
