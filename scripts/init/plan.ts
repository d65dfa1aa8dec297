import type { Scalable } from "./scalable.ts";
import type { Signal } from "./signal.ts";
import { triggerLoad, type TriggerLoad } from "./triggerLoad.ts";
import { uniqueName } from "./uniqueName.ts";

/** A load as the file has it. */
export type PlannedLoad =
  | {
      kind: "k6";
      file: string;
      service: NonNullable<Scalable["service"]>;
      ratePerSecond: number;
      durationSeconds: number;
    }
  | ({ kind: "command"; file: string; count: number } & TriggerLoad)
  | { kind: "none"; seconds: number; schedule: string };

/** A scenario under which one workload scales by one of its signals. */
export interface PlannedScenario {
  /** Also its load's. */
  name: string;
  scalable: Scalable;
  signal: Signal;
  atLeast: number;
  load: PlannedLoad;
  /** Names of the others that keep their replicas. */
  controls: readonly string[];
}

const RATE_PER_SECOND = 100;
/** Beside the HPA's own scale-up window: for metrics-server, the HPA's sync, and pods to start. */
const DURATION_SECONDS = 120;
const CRON_SECONDS = 300;
/** Where no target says how much a replica gets. */
const COUNT = 1000;
const MOST = 100_000;
/** Of what asks for the replicas at one moment, since some is taken meanwhile. */
const BACKLOG_FACTOR = 4;

/** A scenario for each signal of what can scale, by name. */
export function plan(namespace: string, scalables: readonly Scalable[]): PlannedScenario[] {
  const taken = new Set<string>();
  return scalables
    .filter(({ maxReplicas, idleReplicas }) => maxReplicas > idleReplicas)
    .flatMap((scalable) =>
      scalable.signals.map((signal) => {
        const several = scalable.signals.length > 1;
        const name = uniqueName(several ? `${scalable.name}-${shortName(signal)}` : scalable.name, [], taken);
        const atLeast = replicasFor(scalable, signal);
        return {
          ...{ name, scalable, signal, atLeast },
          load: loadFor(name, { namespace, scalable, signal, atLeast }),
          controls: scalables.filter((other) => other !== scalable && !followsClock(other)).map((other) => other.name),
        };
      }),
    );
}

/** Whether it scales at times of its own, whatever the load is. */
export function followsClock({ signals }: Scalable): boolean {
  return signals.some((signal) => signal.kind === "trigger" && signal.trigger.type === "cron");
}

function shortName(signal: Signal): string {
  if (signal.kind === "resource") return signal.resource;
  return signal.kind === "metric" ? signal.metric : signal.trigger.type;
}

/** Two above what it has without the metric: KEDA's first step, from idle to its minimum, needs no more than an active trigger. */
function replicasFor({ idleReplicas, minReplicas, maxReplicas }: Scalable, signal: Signal): number {
  const replicas = Math.min(maxReplicas, Math.max(idleReplicas, minReplicas) + 2);
  if (signal.kind !== "trigger" || signal.trigger.type !== "cron") return replicas;
  const desired = signal.trigger.target;
  return desired !== null && Number.isInteger(desired) && desired > idleReplicas
    ? Math.min(maxReplicas, desired)
    : replicas;
}

interface Of {
  namespace: string;
  scalable: Scalable;
  signal: Signal;
  atLeast: number;
}

function loadFor(name: string, { namespace, scalable, signal, atLeast }: Of): PlannedLoad {
  const file = `load-${name}.sh`;
  if (signal.kind === "trigger") {
    const { trigger } = signal;
    if (trigger.type === "cron") {
      const { timezone = "UTC", start = "?", end = "?" } = trigger.metadata;
      return { kind: "none", seconds: CRON_SECONDS, schedule: `from ${start} to ${end}, ${timezone}` };
    }
    const load = triggerLoad(trigger, namespace);
    return { kind: "command", file, count: countFor(signal.trigger, load, atLeast), ...load };
  }
  if (signal.kind === "metric") {
    const task = `do $COUNT times what raises ${signal.metric}`;
    return { kind: "command", file, count: COUNT, task, example: [], isTaken: false };
  }
  if (scalable.service === null) {
    const task = `give ${scalable.object} $COUNT pieces of work that cost ${signal.resource}`;
    return { kind: "command", file, count: COUNT, task, example: [], isTaken: false };
  }
  return {
    kind: "k6",
    file: `load-${name}.js`,
    service: scalable.service,
    ratePerSecond: RATE_PER_SECOND,
    durationSeconds: DURATION_SECONDS + (scalable.windows?.scaleUpSeconds ?? 0),
  };
}

function countFor(
  { type, target, activation }: Extract<Signal, { kind: "trigger" }>["trigger"],
  { isTaken }: TriggerLoad,
  atLeast: number,
): number {
  if (target === null || !(isTaken || type === "kubernetes-workload")) return COUNT;
  // More than the activation threshold, from which KEDA starts anything at all.
  const atOnce = Math.max(Math.ceil(target * atLeast), Math.floor(activation) + 1, 1);
  return Math.min(MOST, isTaken ? atOnce * BACKLOG_FACTOR : atOnce);
}
