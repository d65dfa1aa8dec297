import { type Applies, allRules } from "../../../loadtest/simulator/rules.ts";
import { simulateBoth } from "../../../loadtest/simulator/simulateBoth.ts";
import { stepAt } from "../../../loadtest/simulator/steps.ts";
import type { BothCase } from "./bothCases.ts";
import { changedRows, type HpaRow, hpaRow, worldScript } from "./hpaTrace.ts";
import { changedKedaRows, queuesOf, scaledObjectOf, type WrittenKedaRow, writtenKedaRow } from "./kedaTrace.ts";

export interface BothTrace {
  readonly name: string;
  readonly syncs: number;
  readonly polls: number;
  readonly hpa: readonly HpaRow[];
  readonly rows: readonly WrittenKedaRow[];
}

/** What the simulator makes of a case. */
export function bothTrace(of: BothCase, applies: Applies = allRules): BothTrace {
  const { createdSeconds, lastActiveSeconds } = of.keda;
  const script = {
    ...worldScript(of),
    scaledObject: scaledObjectOf(of.keda),
    createdSeconds,
    lastActiveSeconds,
    hpaMillis: of.hpaMillis,
  };
  const queues = queuesOf(of.keda);
  const { syncs, polls, keda } = simulateBoth(
    script,
    ({ deployment }) =>
      (metric) => ({
        count: stepAt(queues[metric]?.length ?? [], deployment.agenda.nowMillis),
        attemptMillis: queues[metric]?.attemptMillis ?? 0,
      }),
    applies,
  );
  const hpa = changedRows(syncs.map(hpaRow));
  return { name: of.name, syncs: syncs.length, polls, hpa, rows: changedKedaRows(keda.map(writtenKedaRow)) };
}
