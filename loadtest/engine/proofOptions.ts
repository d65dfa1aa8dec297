import type { KubeConfig } from "@kubernetes/client-node";
import type { Deadlines } from "../assertions/progress.ts";
import type { ServiceDialer } from "../model/endpoint.ts";
import type { Profile, Sizes } from "../k6/lib/profiles.ts";
import type { ScenarioName } from "../model/scenario.ts";
import type { Target } from "../model/target.ts";

/** What a proof needs to know. */
export interface ProofOptions {
  kubeConfig: KubeConfig;
  namespace: string;
  reach: ServiceDialer;
  /** The k6 binary. */
  k6Path: string;
  /** Made if missing; gets the report and the loads' own files. */
  outDir: string;
  profile: Profile;
  /** In this order; those of the profile by default. */
  scenarios?: readonly ScenarioName[];
  /** What is proven, and where, for the report. */
  target: Target;
  /** What reproduces this run, for the report. */
  command: string;
  /** Kills the container `worker` of a pod by SIGKILL, and resolves when it is dead. Without it scale-in-under-load is inconclusive. */
  killPod?: (pod: string) => Promise<void>;
  /** Takes a line of progress. */
  log?: (line: string) => void;
  /** Aborted, the proof stops its load at once, restores what it has changed, and reports what it has, inconclusive. */
  signal?: AbortSignal;
  deadlines?: Partial<Deadlines>;
  queue?: string;
  /** How much is sent and for how long, where not what the profile says. */
  sizes?: Partial<Sizes>;
}
