import type { ClusterView } from "./clusterView.ts";
import type { HpaSpec } from "./hpaSpec.ts";
import { type MetricReadings, metricReadings } from "./metricReadings.ts";
import { type HpaConditions, type HpaState, NEW_HPA, reconcile } from "./reconcile.ts";
import { allRules, type Applies } from "./rules.ts";

/** The controller manager's --horizontal-pod-autoscaler-sync-period by its default. */
export const SYNC_MILLIS = 15_000;

/** One HPA under its controller. Its spec may change at any time. */
export interface HpaLoop {
  spec: HpaSpec;
  state: HpaState;
  /** When the next sync begins. */
  nextMillis: number;
  syncs: number;
  /** A spec that came while a sync was under way. */
  changed: { readonly spec: HpaSpec; readonly atMillis: number } | null;
}

/** What one sync read, proposed and set, and the conditions that it left. */
export interface SyncRow {
  readonly atMillis: number;
  readonly replicas: number;
  readonly statusReplicas: number;
  readonly proposed: number | null;
  readonly desired: number;
  readonly conditions: HpaConditions;
  readonly readings: MetricReadings;
}

/** An HPA that the controller gets to know now: it syncs one period later. horizontal.go enqueueHPA */
export function newHpaLoop(spec: HpaSpec, nowMillis: number): HpaLoop {
  return { spec, state: NEW_HPA, nextMillis: nowMillis + SYNC_MILLIS, syncs: 0, changed: null };
}

/**
 * Its spec changes. Where a sync is under way, that one goes on with the spec that it began with, and the next comes one period after the change: of two times in
 * its queue the earlier counts. horizontal.go updateHPA; client-go delaying_queue.go insert
 */
export function changeSpec(loop: HpaLoop, spec: HpaSpec, nowMillis: number): void {
  if (nowMillis <= loop.nextMillis) loop.spec = spec;
  else loop.changed = { spec, atMillis: nowMillis };
}

/** Runs the sync that is due. The next is one period after the end of this one. horizontal.go processNextWorkItem */
export function sync(loop: HpaLoop, view: ClusterView, applies: Applies = allRules): SyncRow {
  const atMillis = Math.floor(view.nowMillis());
  const external = new Map<string, number | null>();
  const read = (metric: string): number | null => {
    const milli = view.external(metric);
    external.set(metric, milli);
    return milli;
  };
  const { state, proposed, desired } = reconcile(loop.spec, loop.state, { ...view, external: read }, applies);
  // Of a sync that read no metric there are none.
  const readings = proposed === null && external.size === 0 ? [] : metricReadings(loop.spec, view, external);
  loop.state = state;
  loop.nextMillis = (applies("next-sync-after-the-last") ? view.nowMillis() : loop.nextMillis) + SYNC_MILLIS;
  if (loop.changed !== null) {
    loop.spec = loop.changed.spec;
    if (applies("update-during-a-sync")) {
      loop.nextMillis = Math.min(loop.nextMillis, loop.changed.atMillis + SYNC_MILLIS);
    }
    loop.changed = null;
  }
  loop.syncs++;
  const { specReplicas: replicas, statusReplicas } = view;
  return { atMillis, replicas, statusReplicas, proposed, desired, conditions: state.conditions, readings };
}
