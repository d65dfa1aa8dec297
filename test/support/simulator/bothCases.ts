import { behavior, usageCase, type WorldCase, worldCase } from "./hpaCases.ts";
import { type ScaledObjectCase, scaledObjectCase } from "./kedaCases.ts";
import { seeded } from "./random.ts";

/** A ScaledObject with the HPA that KEDA makes of it. test/reference/go/both/main.go */
export interface BothCase extends WorldCase {
  readonly keda: ScaledObjectCase;
  /** When the HPA is there: such a moment that no sync meets a poll, which are at whole seconds. */
  readonly hpaMillis: number;
}

/** KEDA and the HPA together. A paused ScaledObject is none: its HPA is deleted by KEDA's reconciler, which does not run in the reference. */
export function bothCase(seed: number): BothCase {
  const random = seeded(seed);
  const { int, pick, chance } = random;
  const all = scaledObjectCase(random, behavior(random));
  const paused =
    "autoscaling.keda.sh/paused" in all.annotations || "autoscaling.keda.sh/paused-replicas" in all.annotations;
  const keda = paused ? { ...all, annotations: {} } : all;
  const world = worldCase(random, `both-${seed}`, 1, 12);
  return {
    ...world,
    // Not while a poll is under way, which would make two rows of one.
    sets: world.sets.map((set) => ({ ...set, atSeconds: set.atSeconds + 0.25 })),
    replicas: chance(0.5) ? 0 : int(0, 12),
    // The sum of what a sync takes must not bring it to a whole second within the case.
    readMillis: chance(0.3) ? int(1, 2) : 0,
    usage: usageCase(random, 12),
    keda,
    hpaMillis: 1100 + pick([0, 37, 120]),
  };
}
