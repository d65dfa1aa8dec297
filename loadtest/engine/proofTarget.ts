import type { InjectedFaults } from "../assertions/faults.ts";
import type { Run } from "../assertions/run.ts";
import type { Assertion } from "../model/assertion.ts";
import type { AutoscalingConfig } from "../model/autoscaling.ts";
import type { Counters } from "../model/counters.ts";
import type { Ledger } from "../model/ledger.ts";
import type { QueueState } from "../model/observed.ts";
import type { PodLife } from "../model/pods.ts";
import type { Reading } from "../model/reading.ts";
import type { Scenario } from "../model/scenario.ts";
import type { Traffic } from "../model/traffic.ts";
import type { Workload, WorkloadDeclaration } from "../model/workload.ts";
import type { NodeFaults } from "../model/nodeFault.ts";
import type { TargetFaults } from "../model/targetFault.ts";
import type { Source } from "../observe/sampler.ts";
import type { ContainerName } from "./podActions.ts";

/** What was seen of one scenario, for a target that adds evidence of its own. */
export interface Seen {
  run: Run;
  pods: readonly PodLife[];
  live: AutoscalingConfig;
  done: InjectedFaults;
  /** The file with the load's own output, a line an entry. */
  outputFile: string;
  /** The file with its counts. */
  summaryFile: string;
}

/** An assertion of a target's own, with the workloads whose external changes make its failure inconclusive. */
export interface TargetAssertion {
  about: readonly Workload[];
  assertion: Assertion;
}

/** What a target knows of a run beside the samples. */
export interface TargetEvidence {
  /** What became of everything that was accepted; null where nothing is claimed of it. */
  ledger: Reading<Ledger> | null;
  /** How many messages the load really put on the queue; null where that is not known. */
  messages: number | null;
  /** By workload that must not scale: its traffic by its own count. What is not in it is not claimed. */
  traffic: Readonly<Record<Workload, Reading<Traffic>>>;
  counters: Reading<Counters> | null;
  assertions: readonly TargetAssertion[];
}

/** A system whose autoscaling is proven: the orders system, or what a file declares. The engine knows it by this alone. */
export interface ProofTarget {
  workloads: readonly WorkloadDeclaration[];
  /** Queues that are read at their source, by name. */
  queues: Readonly<Record<string, Source<QueueState>>>;
  /** Whether external metrics are read from external.metrics.k8s.io, beside what their HPA reports. */
  externalMetrics: boolean;
  /** Whether a workload that did not scale in, where that is not asserted, may get new pods. */
  replacesPods: boolean;
  /** What the live configuration rules out that only this target knows, each a failed assertion. */
  ruledOut(scenario: Scenario, live: AutoscalingConfig): readonly Assertion[];
  /** What a load is told that depends on the cluster. @throws where it cannot be made. */
  environmentOf(scenario: Scenario): Promise<Record<string, string>>;
  /** Reads what only this target knows, once a run is over. Never rejects for what the cluster does: that is a gap. */
  evidenceOf(scenario: Scenario, seen: Seen): Promise<TargetEvidence>;
  /** Kills a container by SIGKILL; undefined where the cluster's node cannot be reached. */
  killContainer?: ((name: ContainerName) => Promise<void>) | undefined;
  /** Injects faults that need root on the cluster's node; undefined where that is not this machine. */
  node?: NodeFaults | undefined;
  /** Injects what only this target knows; undefined where it has no faults of its own. */
  faults?: TargetFaults | undefined;
  /** Closes what it holds open. */
  close(): void | Promise<void>;
}
