import type { Applies } from "./rules.ts";
import type { ScaledObjectSpec } from "./scaledObject.ts";

/** What a poll decides by. Times are in milliseconds. */
export interface ScaleRequest {
  readonly spec: ScaledObjectSpec;
  readonly replicas: number;
  readonly isActive: boolean;
  readonly isError: boolean;
  readonly lastActiveMillis: number | null;
  readonly createdMillis: number;
  readonly nowMillis: number;
}

export interface ScaleResult {
  readonly replicas: number;
  readonly lastActiveMillis: number | null;
}

/** executor/scale_scaledobjects.go RequestScale */
export function requestScale(request: ScaleRequest, applies: Applies): ScaleResult {
  const { spec, replicas, isError, lastActiveMillis: before } = request;
  const unchanged: ScaleResult = { replicas, lastActiveMillis: before };
  const active = (to: number): ScaleResult => ({ replicas: to, lastActiveMillis: lastActive(request, applies) });
  if (spec.pause.paused && applies("keda-paused")) return unchanged;
  if (request.isActive || (spec.pause.forceActivation && applies("keda-forced-activation"))) {
    const idles = spec.idleReplicas !== null && replicas < spec.minReplicas && applies("keda-activates-from-idle");
    if (idles || replicas === 0) {
      // scaleFromZeroOrIdle
      if (spec.pause.scaleOut && applies("keda-paused-scale-out")) return unchanged;
      return active(applies("keda-activates-to-minimum") ? Math.max(spec.minReplicas, 1) : 1);
    }
    if (isError && applies("keda-last-active-without-errors")) return unchanged;
    return applies("keda-last-active-at-each-active-poll") ? active(replicas) : unchanged;
  }
  if (isError && spec.fallback === null && applies("keda-errors-freeze")) return unchanged;
  const waits = spec.fallback !== null && spec.fallback.replicas !== 0;
  if (isError && waits && applies("keda-errors-wait-for-fallback")) return unchanged;
  const idle = applies("keda-idle-replicas") ? spec.idleReplicas : null;
  if ((idle !== null && replicas > idle) || (replicas > 0 && spec.minReplicas === 0)) {
    return isOver(request, applies) ? { ...unchanged, replicas: idle ?? spec.minReplicas } : unchanged;
  }
  const below = idle === null && replicas < spec.minReplicas && applies("keda-minimum-restored");
  return below ? { ...unchanged, replicas: spec.minReplicas } : unchanged;
}

/** The API server stores whole seconds. */
function lastActive({ nowMillis }: ScaleRequest, applies: Applies): number {
  return applies("keda-last-active-in-whole-seconds") ? Math.floor(nowMillis / 1000) * 1000 : nowMillis;
}

/** Whether it may scale to 0 or idle: executor/scale_scaledobjects.go scaleToZeroOrIdle */
function isOver(request: ScaleRequest, applies: Applies): boolean {
  const { spec, lastActiveMillis, createdMillis, nowMillis } = request;
  if (spec.pause.scaleIn && applies("keda-paused-scale-in")) return false;
  if (lastActiveMillis === null) {
    return !applies("keda-initial-cooldown") || createdMillis + spec.initialCooldownSeconds * 1000 < nowMillis;
  }
  const endMillis = lastActiveMillis + spec.cooldownSeconds * 1000;
  return !applies("keda-cooldown") || endMillis < nowMillis;
}
