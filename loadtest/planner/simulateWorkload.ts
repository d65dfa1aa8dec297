import { after, type Agenda } from "../simulator/agenda.ts";
import { newHpaLoop, SYNC_MILLIS, type SyncRow } from "../simulator/hpaLoop.ts";
import type { HpaSpec } from "../simulator/hpaSpec.ts";
import { activeMessages, type MessageQueue, newMessageQueue } from "../simulator/messageQueue.ts";
import { activePods, type Deployment, type PodStart } from "../simulator/pods.ts";
import { allRules } from "../simulator/rules.ts";
import { simulateBoth } from "../simulator/simulateBoth.ts";
import { newWorld, syncIn, type UsageScript, type World, type WorldScript } from "../simulator/simulateHpa.ts";
import { stepAt, type Steps } from "../simulator/steps.ts";
import { idleReplicasOf, type PlannedWorkload } from "./plannedWorkload.ts";
import type { Variation } from "./variation.ts";

/** What a sampler sees that looks each second, first within a second after the load's begin. */
export interface Second {
  readonly desired: number;
  readonly ready: number;
  /** Pods that exist, as a Deployment's status.replicas counts them: without terminating ones. */
  readonly existing: number;
  /** Messages waiting or locked; null where no queue feeds it. */
  readonly active: number | null;
  /** Messages processed since the begin; null where no queue feeds it. */
  readonly completed: number | null;
}

export interface SimulatedRun {
  readonly seconds: readonly Second[];
  /** The HPA's syncs; their times are counted from the load's begin. */
  readonly syncs: readonly SyncRow[];
  /** KEDA's polls in the same way; empty without KEDA. */
  readonly polls: readonly PollRow[];
}

/** What a poll found of the triggers: whether one is active, and whether one cannot be read. */
export interface PollRow {
  readonly atMillis: number;
  readonly isActive: boolean;
  readonly isError: boolean;
}

/** From a change of spec.replicas to the new pods' creation. */
const CREATE_MILLIS = 100;
/** Of one query of a trigger's source. */
const QUERY_MILLIS = 20;
/** Of the controller's read of the scale. */
const READ_MILLIS = 5;
/** Of metrics-server, which tells the mean of CPU since the scrape before. */
const LOOKS_PER_SCRAPE = 5;
/** What a consumer needs to leave once its messages are settled. */
const LEAVE_MILLIS = 1000;
/** A queue of Service Bus locks for so long where nothing else is said. */
const LOCK_MILLIS = 60_000;
/** A run that is idle for long before its load. */
const LONG_AGO_SECONDS = -86_400;

/** More messages than this are simulated in lots, so that a forecast stays quick. */
export const MOST_SINGLE_MESSAGES = 5000;

/** Messages that one simulated message stands for. */
export function lotOf({ load }: PlannedWorkload): number {
  const total = load.arrivals.reduce((sum, { messages }) => sum + messages, 0);
  return Math.max(1, Math.ceil(total / MOST_SINGLE_MESSAGES));
}

/** One run of a workload, second by second, for so long from the load's begin. */
export function simulateWorkload(workload: PlannedWorkload, variation: Variation, forSeconds: number): SimulatedRun {
  const { scaler, load } = workload;
  // KEDA polls at 0, and so its phase is where the load begins; a period of the HPA earlier both know the idle workload.
  const pollMillis = scaler.kind === "scaled-object" ? scaler.spec.pollingSeconds * 1000 : SYNC_MILLIS;
  const beginMillis = Math.ceil((2 * SYNC_MILLIS) / pollMillis) * pollMillis + variation.pollMillis;
  const beginSeconds = beginMillis / 1000;
  // The begin is so many milliseconds after a sync.
  const firstSyncMillis = (beginMillis - variation.syncMillis) % SYNC_MILLIS;
  const seconds: Second[] = [];
  const script: WorldScript = {
    // What happens after a controller's last act is not simulated: there is one more of each.
    seconds: Math.ceil(beginSeconds + forSeconds + (pollMillis + SYNC_MILLIS) / 1000) + 1,
    replicas: idleReplicasOf(workload),
    pods: podsOf(workload, variation),
    usage: load.usage.map((one) => shifted(one, beginSeconds)),
    sets: [],
    podEvents: [],
    scrapeMillis: variation.scrapeMillis,
    looksPerScrape: LOOKS_PER_SCRAPE,
    readMillis: READ_MILLIS,
  };
  const hpaMillis = firstSyncMillis - SYNC_MILLIS;
  const watch = (world: World): MessageQueue | null => {
    const queue = queueIn(world, workload, variation, beginSeconds);
    after(world.deployment.agenda, beginMillis + variation.lookMillis, () => {
      lookEachSecond(world.deployment, queue, lotOf(workload), seconds, forSeconds);
    });
    return queue;
  };
  const levels = Object.fromEntries(
    Object.entries(load.levels).map(([metric, steps]) => [
      metric,
      steps === null ? null : laterBy(steps, beginSeconds),
    ]),
  );
  const waitingOnly = new Set(
    scaler.kind === "scaled-object"
      ? scaler.spec.triggers.flatMap((one) => (one.kind === "queue" && one.counts === "waiting" ? [one.metric] : []))
      : [],
  );
  const level = (steps: Steps | null, agenda: Agenda): number | null =>
    steps === null ? null : stepAt(steps, agenda.nowMillis);
  const { syncs, keda = [] } =
    scaler.kind === "scaled-object"
      ? simulateBoth(
          {
            ...script,
            scaledObject: scaler.spec,
            createdSeconds: LONG_AGO_SECONDS,
            lastActiveSeconds: null,
            hpaMillis,
          },
          (world) => {
            const queue = watch(world);
            return (metric) => ({
              count:
                levels[metric] === undefined
                  ? queue === null
                    ? 0
                    : (waitingOnly.has(metric) ? queue.waiting : activeMessages(queue)) * lotOf(workload)
                  : level(levels[metric], world.deployment.agenda),
              attemptMillis: QUERY_MILLIS,
            });
          },
        )
      : {
          syncs: hpaAlone(scaler.spec, {
            script,
            hpaMillis,
            watch,
            levelOf: (metric, agenda) => level(levels[metric] ?? null, agenda),
          }),
        };
  const fromBegin = <Row extends { readonly atMillis: number }>(row: Row): Row => ({
    ...row,
    atMillis: row.atMillis - beginMillis,
  });
  const polls = keda.flatMap(({ by, atMillis, found }) =>
    by === "poll" && found !== null ? [{ atMillis, ...found }] : [],
  );
  return { seconds, syncs: syncs.map(fromBegin), polls: polls.map(fromBegin) };
}

function hpaAlone(
  spec: HpaSpec,
  of: {
    script: WorldScript;
    hpaMillis: number;
    levelOf: (metric: string, agenda: Agenda) => number | null;
    watch: (world: World) => unknown;
  },
): SyncRow[] {
  const { script, hpaMillis, levelOf, watch } = of;
  const world = newWorld(script);
  watch(world);
  const loop = newHpaLoop(spec, hpaMillis);
  const { agenda } = world.deployment;
  const external = (metric: string): number | null => {
    const level = levelOf(metric, agenda);
    return level === null ? null : level * 1000;
  };
  const rows: SyncRow[] = [];
  while (loop.nextMillis + READ_MILLIS <= script.seconds * 1000) {
    rows.push(syncIn(world, loop, external, READ_MILLIS, allRules));
  }
  return rows;
}

function podsOf({ containers, graceSeconds, service }: PlannedWorkload, variation: Variation): WorldScript["pods"] {
  const ofMessage = service === null ? 0 : (service.concurrency / service.messagesPerSecond) * 1000;
  return {
    containers,
    createMillis: CREATE_MILLIS,
    ...startOf(variation.startMillis),
    alone: startOf(variation.aloneStartMillis),
    goneMillis: Math.round(Math.min(graceSeconds * 1000, 1.5 * ofMessage + LEAVE_MILLIS)),
  };
}

/** A container runs a little before its pod is ready; only readings of CPU depend on when. */
function startOf(millis: number): PodStart {
  return { startMillis: Math.floor(millis / 2), readyMillis: Math.ceil(millis / 2) };
}

function queueIn(
  { deployment }: World,
  workload: PlannedWorkload,
  variation: Variation,
  beginSeconds: number,
): MessageQueue | null {
  const { service, load } = workload;
  if (service === null) return null;
  const lot = lotOf(workload);
  const meanMillis = ((service.concurrency / service.messagesPerSecond) * 1000 * lot) / variation.pace;
  return newMessageQueue(deployment, {
    arrivals: lots(load.arrivals, lot).map(({ atSeconds, messages }) => ({
      atSeconds: atSeconds + beginSeconds,
      messages,
    })),
    concurrency: service.concurrency,
    serviceMillis: () => Math.max(1, Math.round(meanMillis * variation.ofMessage())),
    lockMillis: LOCK_MILLIS,
  });
}

/** Arrivals in lots of so many messages; what is left of one comes with the next. */
function lots(arrivals: PlannedWorkload["load"]["arrivals"], lot: number): PlannedWorkload["load"]["arrivals"] {
  if (lot === 1) return arrivals;
  let come = 0;
  return arrivals.flatMap(({ atSeconds, messages }) => {
    const before = Math.round(come / lot);
    come += messages;
    const now = Math.round(come / lot) - before;
    return now === 0 ? [] : [{ atSeconds, messages: now }];
  });
}

function lookEachSecond(
  deployment: Deployment,
  queue: MessageQueue | null,
  lot: number,
  seconds: Second[],
  forSeconds: number,
): void {
  const { pods } = deployment;
  seconds.push({
    desired: deployment.replicas,
    ready: pods.filter((pod) => pod.ready && !pod.terminating).length,
    existing: activePods(deployment).length,
    active: queue === null ? null : activeMessages(queue) * lot,
    completed: queue === null ? null : queue.completed * lot,
  });
  if (seconds.length > forSeconds) return;
  after(deployment.agenda, 1000, () => {
    lookEachSecond(deployment, queue, lot, seconds, forSeconds);
  });
}

function shifted(usage: UsageScript, seconds: number): UsageScript {
  return "total" in usage
    ? { ...usage, total: laterBy(usage.total, seconds) }
    : { ...usage, perPod: laterBy(usage.perPod, seconds) };
}

/** Nothing before the load. */
function laterBy(steps: Steps, seconds: number): Steps {
  return [[LONG_AGO_SECONDS, 0], ...steps.map(([at, value]) => [at + seconds, value] as const)];
}
