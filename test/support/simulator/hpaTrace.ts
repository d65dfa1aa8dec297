import { hpaSpec } from "../../../loadtest/simulator/hpaSpec.ts";
import type { SyncRow } from "../../../loadtest/simulator/hpaLoop.ts";
import { quantityMilli } from "../../../loadtest/simulator/quantity.ts";
import type { PodBecomes, PodTemplate } from "../../../loadtest/simulator/pods.ts";
import type { HpaCondition } from "../../../loadtest/simulator/reconcile.ts";
import { type Applies, allRules } from "../../../loadtest/simulator/rules.ts";
import {
  type HpaScript,
  simulateHpa,
  type UsageScript,
  type WorldScript,
} from "../../../loadtest/simulator/simulateHpa.ts";
import type { HpaCase, WorldCase } from "./hpaCases.ts";

/** One sync, as the reference programs write it. Conditions are + or - and the reason. test/reference/go/cluster/controller.go */
export interface HpaRow {
  readonly atMillis: number;
  readonly replicas: number;
  readonly statusReplicas: number;
  readonly proposed: number | null;
  readonly desired: number;
  readonly ableToScale: string;
  readonly scalingActive: string;
  readonly scalingLimited: string;
}

/** The syncs that differ from the one before in more than their time. */
export interface HpaTrace {
  readonly name: string;
  readonly syncs: number;
  readonly rows: readonly HpaRow[];
}

function milli(quantity: string): number {
  const value = quantityMilli(quantity);
  if (value === null) throw new Error(`${quantity} is no quantity`);
  return value;
}

function template({ containers, ...lifetime }: WorldCase["pods"]): PodTemplate {
  return {
    ...lifetime,
    containers: containers.map(({ name, requests }) => ({
      name,
      requests: Object.fromEntries(Object.entries(requests).map(([resource, amount]) => [resource, milli(amount)])),
    })),
  };
}

/** A case's world as the simulator takes it. */
export function worldScript(of: WorldCase): WorldScript {
  return {
    ...of,
    pods: template(of.pods),
    usage: of.usage as readonly UsageScript[],
    podEvents: of.podEvents.map((event) => ({ ...event, becomes: event.becomes as PodBecomes })),
  };
}

function script(of: HpaCase): HpaScript {
  return {
    ...worldScript(of),
    hpa: hpaSpec.parse(of.hpa),
    changes: of.changes.map(({ atSeconds, hpa }) => ({ atSeconds, hpa: hpaSpec.parse(hpa) })),
    external: of.external,
  };
}

const text = (condition: HpaCondition): string =>
  condition === null ? "" : `${condition.status ? "+" : "-"}${condition.reason}`;

export function hpaRow({ conditions, readings: _readings, ...row }: SyncRow): HpaRow {
  return {
    ...row,
    ableToScale: text(conditions.ableToScale),
    scalingActive: text(conditions.scalingActive),
    scalingLimited: text(conditions.scalingLimited),
  };
}

/** Leaves out the rows that say the same as the one before. */
export function changedRows<Row extends { readonly atMillis: number }>(rows: readonly Row[]): Row[] {
  const kept: Row[] = [];
  for (const row of rows) {
    const last = kept.at(-1);
    if (last === undefined || JSON.stringify({ ...last, atMillis: row.atMillis }) !== JSON.stringify(row))
      kept.push(row);
  }
  return kept;
}

/** What the simulator makes of a case. */
export function hpaTrace(of: HpaCase, applies: Applies = allRules): HpaTrace {
  const rows = simulateHpa(script(of), applies).map(hpaRow);
  return { name: of.name, syncs: rows.length, rows: changedRows(rows) };
}
