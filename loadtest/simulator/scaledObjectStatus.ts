import type { Applies } from "./rules.ts";

/** Failures in a row of one metric. */
export interface Health {
  readonly failures: number;
  readonly failing: boolean;
}

/** The part of a ScaledObject's status that KEDA decides by. `fallback` is the condition of that name, null where unknown. */
export interface ObjectStatus {
  health: ReadonlyMap<string, Health>;
  fallback: boolean | null;
}

/** What the API server holds, and KEDA's copies of it, which may be stale. */
export interface ScaledObjectCopies {
  readonly stored: ObjectStatus;
  /** The scale loop's, read anew at each poll. */
  readonly ofLoop: ObjectStatus;
  /** The one in the cache of scalers, which the HPA's reads use; null where the cache was cleared. */
  ofScalers: ObjectStatus | null;
}

export function newCopies(): ScaledObjectCopies {
  const empty = (): ObjectStatus => ({ health: new Map(), fallback: null });
  return { stored: empty(), ofLoop: empty(), ofScalers: empty() };
}

/** Makes a copy what is stored. */
export function refresh(copy: ObjectStatus, { stored }: ScaledObjectCopies): void {
  copy.health = new Map(stored.health);
  copy.fallback = stored.fallback;
}

/**
 * Notes the health of a metric in a copy and patches what is stored with the difference that this makes to the copy; the copy then becomes what is
 * stored. A copy that was stale so overwrites what others have stored. fallback.go UpdateHealthStatus, IncrementFailure, updateStatus
 */
export function noteHealth(
  copies: ScaledObjectCopies,
  copy: ObjectStatus,
  metric: string,
  health: Health,
  failureThreshold: number,
): void {
  const before = copy.health.get(metric);
  const after = new Map(copy.health).set(metric, health);
  const fallback = [...after.values()].some(({ failures, failing }) => failing && failures > failureThreshold);
  const { stored } = copies;
  const changed = before?.failures !== health.failures || before.failing !== health.failing;
  if (!changed && fallback === copy.fallback) return;
  if (changed) {
    const kept = stored.health.get(metric) ?? health;
    stored.health = new Map(stored.health).set(metric, {
      failures: before?.failures === health.failures ? kept.failures : health.failures,
      failing: before?.failing === health.failing ? kept.failing : health.failing,
    });
  }
  if (fallback !== copy.fallback) stored.fallback = fallback;
  refresh(copy, copies);
}

/** The copy that an HPA's read uses. scale_handler.go getScalersCacheForScaledObject */
export function copyOfScalers(copies: ScaledObjectCopies, applies: Applies): ObjectStatus {
  if (copies.ofScalers === null || !applies("keda-stale-copy-of-scaled-object")) {
    copies.ofScalers = { health: new Map(), fallback: null };
    refresh(copies.ofScalers, copies);
  }
  return copies.ofScalers;
}
