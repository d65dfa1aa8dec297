import { advanceTo } from "./agenda.ts";
import { newHpaLoop, type SyncRow } from "./hpaLoop.ts";
import { allRules, type Applies } from "./rules.ts";
import type { ScaledObjectSpec } from "./scaledObject.ts";
import { hpaOf } from "./scaledObjectHpa.ts";
import { ask, type KedaTarget, newScaleLoop, poll, type Query } from "./scaleLoop.ts";
import { newWorld, syncIn, type World, type WorldScript } from "./simulateHpa.ts";
import { type KedaRow, kedaRow } from "./simulateKeda.ts";
import { setReplicas } from "./pods.ts";

/** A ScaledObject with its HPA, in a world. Times before the start are negative. */
export interface BothScript extends WorldScript {
  readonly scaledObject: ScaledObjectSpec;
  readonly createdSeconds: number;
  readonly lastActiveSeconds: number | null;
  /** When the HPA is there; its first sync is one period later. */
  readonly hpaMillis: number;
}

/** What is called once for a new world and gives what the triggers of its ScaledObject count, by metric. */
export type Sources = (world: World) => (metric: string) => Query;

export interface BothRows {
  readonly syncs: SyncRow[];
  /** Polls, and the HPA's reads. */
  readonly keda: KedaRow[];
  readonly polls: number;
}

/** KEDA and the HPA controller on one Deployment. */
export function simulateBoth(script: BothScript, sources: Sources, applies: Applies = allRules): BothRows {
  const { scaledObject: spec, lastActiveSeconds } = script;
  const world = newWorld(script);
  const { deployment } = world;
  const { agenda } = deployment;
  const loop = newScaleLoop(
    spec,
    script.createdSeconds * 1000,
    lastActiveSeconds === null ? null : lastActiveSeconds * 1000,
  );
  // controllers/keda/scaledobject_controller.go handlePause: a paused ScaledObject has no HPA, and may have replicas of its own.
  const { paused, pausedReplicas } = spec.pause;
  const hpa = paused ? undefined : newHpaLoop(hpaOf(spec, applies), script.hpaMillis);
  const target: KedaTarget = {
    nowMillis: () => agenda.nowMillis,
    wait: (millis) => {
      advanceTo(agenda, agenda.nowMillis + millis);
    },
    replicas: () => deployment.replicas,
    setReplicas: (replicas) => {
      setReplicas(deployment, replicas);
    },
    readyPods: () => deployment.pods.filter((pod) => pod.phase === "Running" && pod.ready).length,
    isHpaActive: () => hpa?.state.conditions.scalingActive?.status === true,
    query: sources(world),
  };
  const rows: BothRows & { polls: number } = { syncs: [], keda: [], polls: 0 };
  const read = (metric: string): number | null => {
    const valueMilli = ask(loop, metric, target, applies);
    rows.keda.push(kedaRow(loop, target, { atMillis: Math.floor(agenda.nowMillis), by: metric, valueMilli }));
    return valueMilli;
  };
  if (pausedReplicas !== null && pausedReplicas !== deployment.replicas) setReplicas(deployment, pausedReplicas);
  const endMillis = script.seconds * 1000 - 500;
  for (;;) {
    const syncMillis = (hpa?.nextMillis ?? Infinity) + script.readMillis;
    if (Math.min(loop.nextPollMillis, syncMillis) >= endMillis) return { ...rows, polls: loop.polls };
    if (hpa !== undefined && syncMillis < loop.nextPollMillis) {
      rows.syncs.push(syncIn(world, hpa, read, script.readMillis, applies));
      continue;
    }
    const atMillis = loop.nextPollMillis;
    advanceTo(agenda, atMillis);
    poll(loop, target, applies);
    rows.keda.push(kedaRow(loop, target, { atMillis, by: "poll", valueMilli: null }));
  }
}
