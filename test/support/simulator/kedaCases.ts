import type { Steps } from "../../../loadtest/simulator/steps.ts";
import { curve } from "./hpaCases.ts";
import { type Random, seeded } from "./random.ts";

/** A ScaledObject as a manifest has it, and the queues that its triggers count. test/reference/go/scaledobject/case.go */
export interface ScaledObjectCase {
  readonly scaledObject: object;
  readonly annotations: Readonly<Record<string, string>>;
  /** Before the start, so negative or 0. */
  readonly createdSeconds: number;
  readonly lastActiveSeconds: number | null;
  /** By the trigger's podSelector: trigger n counts queue=n. */
  readonly queues: Readonly<Record<string, { readonly length: Steps; readonly queryNanoseconds: number }>>;
}

/** KEDA alone, with an HPA that only asks. test/reference/go/keda/main.go */
export interface KedaCase extends ScaledObjectCase {
  readonly name: string;
  readonly seconds: number;
  readonly replicas: number;
  readonly sets: readonly { readonly atSeconds: number; readonly replicas: number }[];
  readonly askSeconds: number;
  readonly hpaActive: boolean;
}

const SECONDS = 1200;

/** What one attempt of a query takes, by trigger. No two queries, of one or of two attempts, end at once: their order would be chance. */
const QUERY_NANOSECONDS = [1_000_000, 1_250_000, 1_750_000];

function annotationsOf({ pick, chance }: Random): Record<string, string> {
  if (chance(0.6)) return {};
  const name = pick(["paused", "paused-replicas", "paused-scale-in", "paused-scale-out", "force-activation"]);
  const value = name === "paused-replicas" ? "2" : pick(["true", "true", "yes", "false", "F"]);
  return { [`autoscaling.keda.sh/${name}`]: value };
}

function queueTrigger(random: Random, index: number): object {
  const { int, pick, chance } = random;
  return {
    type: "kubernetes-workload",
    ...(chance(0.2) ? { metricType: "Value" } : {}),
    ...(chance(0.2) ? { useCachedMetrics: true } : {}),
    metadata: {
      podSelector: `queue=${index}`,
      value: pick(["5", "2.7", `${int(1, 12)}`]),
      ...(chance(0.7) ? { activationValue: `${int(0, 5)}` } : {}),
    },
  };
}

function resourceTrigger({ pick, chance }: Random): object {
  const containerName = chance(0.5) ? { containerName: "app" } : {};
  return chance(0.7)
    ? { type: pick(["cpu", "cpu", "memory"]), metricType: "Utilization", metadata: { value: "70", ...containerName } }
    : { type: "cpu", metricType: "AverageValue", metadata: { value: "300m", ...containerName } };
}

/** A ScaledObject with its queues. @param behavior that of its HPA, where it has one. */
export function scaledObjectCase(random: Random, behavior: object): ScaledObjectCase {
  const { int, pick, chance } = random;
  const idles = chance(0.2);
  const minimum = idles
    ? { minReplicaCount: int(2, 4) }
    : pick([{}, ...[0, 0, 0, 1, 3].map((minReplicaCount) => ({ minReplicaCount }))]);
  const queues = pick([1, 1, 1, 2, 3]);
  const onlyResource = chance(0.08);
  const triggers = onlyResource ? [] : Array.from({ length: queues }, (_, index) => queueTrigger(random, index));
  const fallback = {
    failureThreshold: int(0, 5),
    replicas: int(0, 6),
    ...(chance(0.5)
      ? { behavior: pick(["static", "currentReplicas", "currentReplicasIfHigher", "currentReplicasIfLower"]) }
      : {}),
  };
  const scaledObject = {
    ...(chance(0.8) ? { pollingInterval: pick([1, 5, 10, 15, 30, 45]) } : {}),
    ...(chance(0.8) ? { cooldownPeriod: pick([0, 20, 30, 60, 300]) } : {}),
    ...(chance(0.4) ? { initialCooldownPeriod: pick([0, 30, 100, 200]) } : {}),
    ...minimum,
    ...(idles ? { idleReplicaCount: int(0, 1) } : {}),
    maxReplicaCount: int(4, 20),
    ...(!onlyResource && chance(0.5) ? { fallback } : {}),
    ...("behavior" in behavior ? { advanced: { horizontalPodAutoscalerConfig: behavior } } : {}),
    triggers: onlyResource || chance(0.1) ? [...triggers, resourceTrigger(random)] : triggers,
  };
  const unreadable = chance(0.6) ? 0.3 : 0;
  const length = (): Steps => curve(random, pick([8, 30, 100]), unreadable);
  return {
    scaledObject,
    annotations: annotationsOf(random),
    createdSeconds: 0 - int(0, 300),
    lastActiveSeconds: chance(0.4) ? 0 - int(0, 400) : null,
    queues: Object.fromEntries(
      QUERY_NANOSECONDS.map((queryNanoseconds, index) => [`queue=${index}`, { length: length(), queryNanoseconds }]),
    ),
  };
}

/** KEDA's scale loop alone. */
export function kedaCase(seed: number): KedaCase {
  const random = seeded(seed);
  const { int, pick, chance } = random;
  const sets = Array.from({ length: int(0, 5) }, () => ({ atSeconds: int(1, SECONDS - 10), replicas: int(0, 8) }));
  return {
    ...scaledObjectCase(random, {}),
    name: `keda-${seed}`,
    seconds: SECONDS,
    replicas: int(0, 5),
    // Two at one time would happen in any order.
    sets: sets.filter((set, index) => sets.findIndex(({ atSeconds }) => atSeconds === set.atSeconds) === index),
    askSeconds: pick([0, 15, 15, 20]),
    hpaActive: chance(0.8),
  };
}
