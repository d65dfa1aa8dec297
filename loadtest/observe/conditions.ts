import type { Condition } from "../model/autoscaling.ts";

/** Conditions of a live object, by type. */
export function conditionsByType(
  conditions: readonly { type: string; status: string; reason?: string; message?: string }[],
): Record<string, Condition> {
  return Object.fromEntries(
    conditions.map(({ type, status, reason = "", message = "" }) => [type, { status, reason, message }]),
  );
}
