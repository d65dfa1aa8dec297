import { type Cause, causeOf } from "../model/cause.ts";
import type { LoadResult } from "../model/load.ts";
import { type ReplicaState, replicasOf } from "../model/observed.ts";
import type { Recording } from "../model/recording.ts";
import type { Timed } from "../model/sampleCoverage.ts";
import type { Workload } from "../model/workload.ts";

/** A recording with what became of its load. */
export interface Run extends Omit<Recording, "pods"> {
  load: LoadResult;
  /** Why it was not observed to its end, such as an interrupt; null where the run ended by itself. */
  cutShort: string | null;
  /**
   * Of the time in which the proof had work to do while the load ran, how much it waited for a core, from 0 to 1; null or absent where that was not
   * measured. It is on the machine of the load.
   */
  waitedShare?: number | null;
}

/** Why a run was not observed to its end; undefined where it was. */
export function interruption({ cutShort }: Pick<Run, "cutShort">): Cause | undefined {
  return cutShort === null ? undefined : causeOf("run-interrupted", "proof", { reason: cutShort });
}

export function replicaReadings(run: Run, workload: Workload): Timed<ReplicaState>[] {
  return run.samples.map((sample) => ({ atMs: sample.atMs, reading: replicasOf(sample, workload) }));
}
