import type { Sent } from "../targets/orders/ledger/sent.ts";
import type { Counters } from "../model/counters.ts";
import type { Ledger } from "../model/ledger.ts";
import type { Latency } from "../model/load.ts";
import type { Observed } from "../model/observed.ts";
import type { Reading } from "../model/reading.ts";
import type { Load } from "../model/scenario.ts";
import type { PodEnds, PodsSeen } from "../observe/pods.ts";
import type { Sampler } from "../observe/sampler.ts";
import type { ClusterActions } from "./faultInjection.ts";
import type { RunningLoad } from "./load.ts";

/** What a scenario needs of its surroundings. */
export interface ScenarioEnvironment extends ClusterActions {
  /** Samples the whole cluster once a second. */
  startSampler(): Sampler<Observed>;
  /** Samples the pods, at the same pace. */
  startPods(): Sampler<PodsSeen>;
  /** Notes how pods end. */
  watchPodEnds(): PodEnds;
  /** metrics-server's resolution, in seconds. */
  metricsResolutionSeconds: number;
  /** The queue that the load's orders go to. */
  queue: string;
  startLoad(load: Load, name: string): Promise<RunningLoad>;
  readSent(outputFile: string): Promise<Sent>;
  /** Of the load of this name, durations by thirds; null where it has none. */
  readThirds(name: string): Promise<Latency[] | null>;
  readLedger(sent: Sent): Promise<Reading<Ledger>>;
  /** Messages that one worker processes at once, as the live Deployment says. */
  readWorkerConcurrency(): Promise<Reading<number>>;
  /** A worker's by thirds, in MiB; null where the cluster has no Prometheus. */
  readWorkerMemory(fromMs: number, toMs: number): Promise<Reading<number[]> | null>;
  /** Null where the cluster has no Prometheus. */
  readCounters(fromMs: number, toMs: number): Promise<Reading<Counters> | null>;
  signal: AbortSignal;
}
