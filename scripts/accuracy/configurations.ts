import { join } from "node:path";
import { ROOT } from "../process/paths.ts";

/** A configuration of the worker that forecasts are tried on; `test/accuracy/<name>` is its overlay. */
export interface Configuration {
  readonly name: string;
  /** What differs from dev. */
  readonly differs: string;
  /** About how long a run takes, from its deployment until it is idle again. */
  readonly seconds: number;
}

const USUAL_SECONDS = 110;

export const CONFIGURATIONS: readonly Configuration[] = [
  { name: "dev", differs: "nothing", seconds: USUAL_SECONDS },
  {
    name: "azure-windows",
    differs: "poll 30 s, cooldown 300 s, scale-in window 300 s, as in overlays/azure",
    seconds: 420,
  },
  { name: "pods-policy", differs: "the only scale-up policy is 2 Pods in 15 s", seconds: USUAL_SECONDS },
  { name: "no-behavior", differs: "no `behavior`", seconds: USUAL_SECONDS },
  { name: "min-replicas-one", differs: "minReplicaCount 1", seconds: USUAL_SECONDS },
  { name: "cached-metrics", differs: "useCachedMetrics, poll 15 s", seconds: USUAL_SECONDS },
  { name: "idle-replica-count", differs: "idleReplicaCount 0, minReplicaCount 2", seconds: USUAL_SECONDS },
  { name: "metric-type-value", differs: "metricType Value, 300 messages for all replicas", seconds: USUAL_SECONDS },
];

/** Settings are recommended for these as well. */
export const LONG_COOLDOWN: Configuration = { name: "long-cooldown", differs: "cooldown 60 s", seconds: 155 };
export const HIGH_TARGET: Configuration = { name: "high-target", differs: "messageCount 250", seconds: 130 };

export function configurationNamed(name: string): Configuration {
  const found = CONFIGURATIONS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no configuration ${name}`);
  return found;
}

export const ACCURACY = join(ROOT, "test/accuracy");

export function overlayOf({ name }: Pick<Configuration, "name">): string {
  return join(ACCURACY, name);
}

/** Orders of each load, all at once: more than the maximum of replicas is called for, in every configuration. */
export const ORDERS = 1000;
/** Orders that a worker of dev has in flight at a time: WORKER_CONCURRENCY there. */
export const CONCURRENCY = 4;
