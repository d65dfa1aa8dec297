import {
  type KillAction,
  type Load,
  NO_OBJECTIVES,
  type Objectives,
  type QueueExpectation,
  type Scenario,
} from "../../../model/scenario.ts";
import type { Sizes } from "../../../k6/lib/profiles.ts";
import type { OrdersClaim } from "./claims.ts";
import type { ScenarioName } from "./names.ts";

/** What a load has to be told that depends on the cluster. */
export type Needs = "bus" | "api" | "api and orders that exist";

/** The name of the only queue among the target's queues. */
export const QUEUE = "queue";

/** A scenario of the orders system, with what only this system has. */
export interface OrdersScenario extends Scenario {
  name: ScenarioName;
  needs: Needs;
  /** Orders that the load sends; null where it sends none. */
  orders: number | null;
  /** From an order's acceptance until it was processed, as the workers count it; null where nothing is claimed. */
  orderAgeP95Seconds: number | null;
  /** Memory, replicas and latency of the load's last third are held against those of the one before. */
  steady: boolean;
  /** What else must hold. */
  mustHold: readonly OrdersClaim[];
}

/** How much is sent, a profile's sizes or the caller's, and where the system is, are parameters. */
export type ScenarioOf = (sizes: Sizes, namespace: string) => OrdersScenario;

/** How long k6 may take to begin and to end, on top of the load's own time. */
const LOAD_MARGIN_SECONDS = 60;

/** A load of loadtest/k6. */
export function loadOf(
  script: string,
  of: { environment: Record<string, string>; delivered: number; seconds: number; runner?: "k6" | "node" },
): Load {
  const path = new URL(`../../../k6/${script}`, import.meta.url).pathname;
  return {
    program: { kind: of.runner ?? "k6", script: path },
    environment: of.environment,
    delivered: of.delivered,
    seconds: of.seconds,
    timeoutSeconds: of.seconds + LOAD_MARGIN_SECONDS,
  };
}

export function objectives(of: Partial<Objectives>): Objectives {
  return { ...NO_OBJECTIVES, failedShare: 0, ...of };
}

/** The load fills the queue, and it is emptied. */
export function queueDrains(messages: number, belowThreshold: number | null = null): QueueExpectation {
  return { name: QUEUE, workload: "worker", expected: "drains", messages, belowThreshold };
}

/** Nothing of this load comes to the queue. */
export const QUEUE_STAYS_EMPTY: QueueExpectation = {
  name: QUEUE,
  workload: "worker",
  expected: "stays empty",
  messages: null,
  belowThreshold: null,
};

/** Kills the first ready pod, or its main container, where nothing else is said. */
export function killing(of: Pick<KillAction, "pods" | "how"> & Partial<KillAction>): KillAction {
  return { kind: "kill", which: "first", container: null, ...of };
}

/** What a scenario usually says. */
export const USUAL = {
  steady: false,
  faultInjections: [],
  orderAgeP95Seconds: null,
  mustHold: [],
} as const satisfies Partial<OrdersScenario>;
