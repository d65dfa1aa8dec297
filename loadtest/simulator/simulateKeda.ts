import { allRules, type Applies } from "./rules.ts";
import type { ScaledObjectSpec } from "./scaledObject.ts";
import { ask, type KedaTarget, newScaleLoop, poll, queueTriggers, type ScaleLoop } from "./scaleLoop.ts";
import { stepAt, type Steps } from "./steps.ts";

/** The source of a trigger: a count over time, and how long one query of it takes. */
export interface QueueScript {
  readonly length: Steps;
  readonly attemptMillis: number;
}

/** KEDA alone: its pods are ready at once, and an HPA only asks. Times before the start are negative. */
export interface KedaScript {
  readonly seconds: number;
  readonly replicas: number;
  readonly scaledObject: ScaledObjectSpec;
  readonly createdSeconds: number;
  readonly lastActiveSeconds: number | null;
  /** By the trigger's metric. */
  readonly queues: Readonly<Record<string, QueueScript>>;
  /** Changes of spec.replicas by somebody else, a quarter of a second later. */
  readonly sets: readonly { readonly atSeconds: number; readonly replicas: number }[];
  /** How often the HPA asks for each metric, half a second later; 0 for never. */
  readonly askSeconds: number;
  readonly isHpaActive: boolean;
}

/** What there was after a poll, or after the HPA asked for a metric. `valueMilli` is null where that failed, and of polls. */
export interface KedaRow {
  readonly atMillis: number;
  readonly by: string;
  readonly replicas: number;
  readonly lastActiveMillis: number | null;
  readonly failures: ReadonlyMap<string, number>;
  readonly valueMilli: number | null;
  /** What the last poll found; null before the first. */
  readonly found: ScaleLoop["found"];
}

/** A row of a loop as it is. */
export function kedaRow(
  loop: ScaleLoop,
  target: KedaTarget,
  of: { atMillis: number; by: string; valueMilli: number | null },
): KedaRow {
  const failures = new Map([...loop.copies.stored.health].map(([metric, health]) => [metric, health.failures]));
  return { ...of, replicas: target.replicas(), lastActiveMillis: loop.lastActiveMillis, failures, found: loop.found };
}

/** Every poll and every answer. */
export function simulateKeda(script: KedaScript, applies: Applies = allRules): { polls: number; rows: KedaRow[] } {
  const { scaledObject: spec, lastActiveSeconds, askSeconds } = script;
  const lastActiveMillis = lastActiveSeconds === null ? null : lastActiveSeconds * 1000;
  const loop = newScaleLoop(spec, script.createdSeconds * 1000, lastActiveMillis);
  let nowMillis = 0;
  let replicas = script.replicas;
  const target: KedaTarget = {
    nowMillis: () => nowMillis,
    wait: (millis) => {
      nowMillis += millis;
    },
    replicas: () => replicas,
    setReplicas: (to) => {
      replicas = to;
    },
    readyPods: () => replicas,
    isHpaActive: () => script.isHpaActive,
    query: (metric) => {
      const queue = script.queues[metric];
      return { count: stepAt(queue?.length ?? [], nowMillis), attemptMillis: queue?.attemptMillis ?? 0 };
    },
  };
  const rows: KedaRow[] = [];
  for (let second = 0; second < script.seconds; second++) {
    nowMillis = second * 1000;
    if (loop.nextPollMillis === nowMillis) {
      poll(loop, target, applies);
      rows.push(kedaRow(loop, target, { atMillis: second * 1000, by: "poll", valueMilli: null }));
    }
    for (const set of script.sets) if (set.atSeconds === second) replicas = set.replicas;
    if (askSeconds === 0 || second === 0 || second % askSeconds !== 0 || replicas === 0) continue;
    nowMillis = second * 1000 + 500;
    for (const { metric } of queueTriggers(spec)) {
      const valueMilli = ask(loop, metric, target, applies);
      rows.push(kedaRow(loop, target, { atMillis: second * 1000 + 500, by: metric, valueMilli }));
    }
  }
  return { polls: loop.polls, rows };
}
