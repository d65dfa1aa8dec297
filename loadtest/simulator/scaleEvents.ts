import type { DirectionRules, HpaSpec } from "./hpaSpec.ts";
import type { Applies } from "./rules.ts";

/** A change that an HPA made. */
export interface ScaleEvent {
  readonly atMillis: number;
  readonly replicaChange: number;
  /** Marked for being overwritten; it counts as before until then. */
  readonly outdated: boolean;
}

/** The changes of an HPA; only those of one direction are ever overwritten. */
export interface ScaleEvents {
  readonly up: readonly ScaleEvent[];
  readonly down: readonly ScaleEvent[];
}

/**
 * horizontal.go storeScaleEvent: an event older than the longest period of its own direction is overwritten, even where a longer period of the other
 * direction would still count it; once outdated it stays so.
 */
export function storeScaleEvent(
  events: ScaleEvents,
  { behavior }: HpaSpec,
  from: number,
  to: number,
  atMillis: number,
  applies: Applies,
): ScaleEvents {
  if (behavior === null && applies("no-events-without-behavior")) return events;
  const added = { atMillis, replicaChange: Math.abs(to - from), outdated: false };
  return to > from
    ? { ...events, up: withEvent(events.up, added, behavior?.up, applies) }
    : { ...events, down: withEvent(events.down, added, behavior?.down, applies) };
}

function withEvent(
  list: readonly ScaleEvent[],
  added: ScaleEvent,
  rules: DirectionRules | undefined,
  applies: Applies,
): readonly ScaleEvent[] {
  // getLongestPolicyPeriod, markScaleEventsOutdated
  const longestSeconds = Math.max(0, ...(rules?.policies ?? []).map(({ periodSeconds }) => periodSeconds));
  const cutoff = added.atMillis - longestSeconds * 1000;
  const marked = list.map((one) => (one.atMillis < cutoff ? { ...one, outdated: true } : one));
  const last = applies("events-overwritten") ? marked.findLastIndex(({ outdated }) => outdated) : -1;
  return last === -1 ? [...marked, added] : marked.with(last, added);
}

/** horizontal.go getReplicasChangePerPeriod */
function changeWithin(events: readonly ScaleEvent[], seconds: number, atMillis: number, applies: Applies): number {
  const cutoff = atMillis - seconds * 1000;
  return events
    .filter((one) => one.atMillis > cutoff || (one.atMillis === cutoff && !applies("period-excludes-its-start")))
    .reduce((sum, { replicaChange }) => sum + replicaChange, 0);
}

/** horizontal.go calculateScaleUpLimitWithScalingRules, calculateScaleDownLimitWithBehaviors: how far the policies of one direction let it go. */
export function policyLimit(
  direction: "up" | "down",
  rules: DirectionRules,
  events: ScaleEvents,
  replicas: number,
  atMillis: number,
  applies: Applies,
): number {
  if (rules.selectPolicy === "Disabled" && applies("select-policy-disabled")) return replicas;
  const both = applies("period-counts-both-directions");
  const proposals = rules.policies.map(({ type, value, periodSeconds }) => {
    const added = direction === "up" || both ? changeWithin(events.up, periodSeconds, atMillis, applies) : 0;
    const deleted = direction === "down" || both ? changeWithin(events.down, periodSeconds, atMillis, applies) : 0;
    const start = replicas - added + deleted;
    if (direction === "up") {
      if (type === "Pods") return start + value;
      const proposed = start * (1 + value / 100);
      return applies("up-rounds-up") ? Math.ceil(proposed) : Math.trunc(proposed);
    }
    if (type === "Pods") return start - value;
    const proposed = start * (1 - value / 100);
    return applies("down-truncates") ? Math.trunc(proposed) : Math.ceil(proposed);
  });
  const least = rules.selectPolicy === "Min" && applies("select-policy-min");
  return least === (direction === "up") ? Math.min(...proposals) : Math.max(...proposals);
}
