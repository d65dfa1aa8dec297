import type { Sample } from "../model/observed.ts";
import type { Load } from "../model/scenario.ts";
import type { CpuTime } from "../observe/cpuTime.ts";
import type { PodEnds, PodsSample } from "../observe/pods.ts";
import type { Sampler } from "../observe/sampler.ts";
import type { ClusterActions } from "./faultInjection.ts";
import type { RunningLoad } from "./loads/running.ts";
import type { ProofTarget } from "./proofTarget.ts";

/** What a scenario needs of its surroundings. */
export interface ScenarioEnvironment extends ClusterActions {
  target: ProofTarget;
  /** Samples all workloads and queues once a second, also between the loads: what was seen idle by then need not be waited for again. */
  sampler: Sampler<Sample>;
  /** Samples the pods, at the same pace. */
  pods: Sampler<PodsSample>;
  /** Notes how pods end. */
  podEnds: Pick<PodEnds, "ends">;
  /** metrics-server's resolution, in seconds. */
  metricsResolutionSeconds: number;
  startLoad(load: Load, name: string): Promise<RunningLoad>;
  /** What the proof itself got of the machine so far; null where the system does not tell. */
  cpuTime(): Promise<CpuTime | null>;
  signal: AbortSignal;
}
