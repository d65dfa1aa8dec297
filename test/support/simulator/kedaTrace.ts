import { type Applies, allRules } from "../../../loadtest/simulator/rules.ts";
import { scaledObject, type ScaledObjectSpec } from "../../../loadtest/simulator/scaledObject.ts";
import { type KedaRow, type QueueScript, simulateKeda } from "../../../loadtest/simulator/simulateKeda.ts";
import type { KedaCase, ScaledObjectCase } from "./kedaCases.ts";

/** A poll, or the answer to an HPA, as the reference programs write it. test/reference/go/scaledobject/loop.go */
export interface WrittenKedaRow {
  readonly atMillis: number;
  readonly by: string;
  readonly replicas: number;
  readonly lastActiveSeconds: number | null;
  readonly failures: Readonly<Record<string, number>>;
  readonly value: number | null;
}

export interface KedaTrace {
  readonly name: string;
  readonly polls: number;
  readonly rows: readonly WrittenKedaRow[];
}

export function scaledObjectOf({ scaledObject: spec, annotations }: ScaledObjectCase): ScaledObjectSpec {
  return scaledObject.parse({ spec, annotations });
}

/** The queues by the trigger's metric. */
export function queuesOf({ queues }: ScaledObjectCase): Record<string, QueueScript> {
  return Object.fromEntries(
    Object.values(queues).map(({ length, queryNanoseconds }, index) => [
      `s${index}-workload-default`,
      { length, attemptMillis: queryNanoseconds / 1_000_000 },
    ]),
  );
}

export function writtenKedaRow({
  atMillis,
  by,
  replicas,
  lastActiveMillis,
  failures,
  valueMilli,
}: KedaRow): WrittenKedaRow {
  const lastActiveSeconds = lastActiveMillis === null ? null : lastActiveMillis / 1000;
  return { atMillis, by, replicas, lastActiveSeconds, failures: Object.fromEntries(failures), value: valueMilli };
}

/** Leaves out the rows that say the same as the one before of the same kind. Of the last activity that is whether it was at this poll. */
export function changedKedaRows(rows: readonly WrittenKedaRow[]): WrittenKedaRow[] {
  const last = new Map<string, string>();
  return rows.filter(({ atMillis, by, replicas, lastActiveSeconds, failures, value }) => {
    const active = by !== "poll" || lastActiveSeconds === atMillis / 1000 ? "not told" : lastActiveSeconds;
    const sorted = Object.entries(failures).toSorted(([a], [b]) => a.localeCompare(b));
    const text = JSON.stringify([replicas, active, sorted, value]);
    const changed = last.get(by) !== text;
    last.set(by, text);
    return changed;
  });
}

/** What the simulator makes of a case. */
export function kedaTrace(of: KedaCase, applies: Applies = allRules): KedaTrace {
  const script = { ...of, scaledObject: scaledObjectOf(of), queues: queuesOf(of), isHpaActive: of.hpaActive };
  const { polls, rows } = simulateKeda(script, applies);
  return { name: of.name, polls, rows: changedKedaRows(rows.map(writtenKedaRow)) };
}
