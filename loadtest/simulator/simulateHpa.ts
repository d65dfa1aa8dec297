import { advanceTo, after, newAgenda } from "./agenda.ts";
import { changeSpec, type HpaLoop, newHpaLoop, sync, type SyncRow } from "./hpaLoop.ts";
import type { HpaSpec } from "./hpaSpec.ts";
import { knownUsage, type MetricsServer, newMetricsServer } from "./metricsServer.ts";
import {
  activePods,
  type Deployment,
  happenTo,
  newDeployment,
  type PodBecomes,
  type PodRecord,
  type PodTemplate,
  setReplicas,
} from "./pods.ts";
import { allRules, type Applies } from "./rules.ts";
import { stepAt, type Steps } from "./steps.ts";

/** One resource of one container, in thousandths of its unit: of each pod, or of all ready pods together, each up to its limit. */
export type UsageScript = { readonly container: string; readonly resource: string } & (
  { readonly perPod: Steps } | { readonly total: Steps; readonly mostPerPod?: number }
);

/** What happens to a Deployment that is given in advance. */
export interface WorldScript {
  readonly seconds: number;
  readonly replicas: number;
  readonly pods: PodTemplate;
  readonly usage: readonly UsageScript[];
  /** Changes of spec.replicas by somebody else. */
  readonly sets: readonly { readonly atSeconds: number; readonly replicas: number }[];
  readonly podEvents: readonly { readonly atSeconds: number; readonly ordinal: number; readonly becomes: PodBecomes }[];
  /** When metrics-server scrapes first. */
  readonly scrapeMillis: number;
  /** How often it looks at usage from one scrape to the next; by default once, at the scrape. */
  readonly looksPerScrape?: number;
  /** How long the controller's read of the scale takes. */
  readonly readMillis: number;
}

/** An HPA alone, whose metrics do not depend on what it does. External metrics are in thousandths. */
export interface HpaScript extends WorldScript {
  readonly hpa: HpaSpec;
  readonly changes: readonly { readonly atSeconds: number; readonly hpa: HpaSpec }[];
  readonly external: Readonly<Record<string, Steps>>;
}

export interface World {
  readonly deployment: Deployment;
  readonly metricsServer: MetricsServer;
}

/** The world of a script, at its first instant. */
export function newWorld(script: WorldScript): World {
  const agenda = newAgenda();
  const deployment = newDeployment(agenda, script.pods, script.replicas);
  const read = (pod: PodRecord): ReturnType<typeof usageOf> => usageOf(script.usage, deployment, pod);
  const metricsServer = newMetricsServer(deployment, script.scrapeMillis, read, script.looksPerScrape ?? 1);
  for (const { atSeconds, replicas } of script.sets) {
    after(agenda, atSeconds * 1000, () => {
      setReplicas(deployment, replicas);
    });
  }
  for (const { atSeconds, ordinal, becomes } of script.podEvents) {
    after(agenda, atSeconds * 1000, () => {
      happenTo(deployment, ordinal, becomes);
    });
  }
  return { deployment, metricsServer };
}

function usageOf(
  usage: readonly UsageScript[],
  { agenda, pods }: Deployment,
  pod: PodRecord,
): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const works = (one: PodRecord): boolean => one.ready && !one.terminating;
  const shareOf = (total: number, most = Infinity): number =>
    works(pod) ? Math.min(Math.trunc(total / pods.filter(works).length), most) : 0;
  const containers = new Map<string, Map<string, number>>();
  for (const one of usage) {
    const value = stepAt("total" in one ? one.total : one.perPod, agenda.nowMillis);
    if (value === null) continue;
    const used = "total" in one ? shareOf(value, one.mostPerPod) : value;
    const container = containers.get(one.container) ?? new Map<string, number>();
    containers.set(one.container, container.set(one.resource, used));
  }
  return containers;
}

/** Runs the sync that is due, in a world, and lets the world follow. */
export function syncIn(
  { deployment, metricsServer }: World,
  loop: HpaLoop,
  external: (metric: string) => number | null,
  readMillis: number,
  applies: Applies,
): SyncRow {
  advanceTo(deployment.agenda, loop.nextMillis + readMillis);
  const view = {
    specReplicas: deployment.replicas,
    statusReplicas: activePods(deployment).length,
    containers: deployment.template.containers,
    pods: () => deployment.pods,
    usage: () => knownUsage(metricsServer, deployment),
    external,
    nowMillis: () => deployment.agenda.nowMillis,
  };
  const row = sync(loop, view, applies);
  if (row.desired !== row.replicas) setReplicas(deployment, row.desired);
  return row;
}

/** Every sync of an HPA alone. */
export function simulateHpa(script: HpaScript, applies: Applies = allRules): SyncRow[] {
  const world = newWorld(script);
  const { agenda } = world.deployment;
  const loop = newHpaLoop(script.hpa, 0);
  for (const { atSeconds, hpa } of script.changes) {
    after(agenda, atSeconds * 1000, () => {
      changeSpec(loop, hpa, agenda.nowMillis);
    });
  }
  const external = (metric: string): number | null => stepAt(script.external[metric] ?? [], agenda.nowMillis);
  const rows: SyncRow[] = [];
  while (loop.nextMillis + script.readMillis <= script.seconds * 1000) {
    rows.push(syncIn(world, loop, external, script.readMillis, applies));
  }
  return rows;
}
