/**
 * What a file declares, with every default filled in. Paths are absolute, durations are numbers with their unit in their name.
 * `null` means that the file is silent: either the cluster answers it, or nothing is asserted. Each field says which.
 */
export interface Declaration {
  /** The file itself. */
  file: string;
  /** Where commands run. */
  folder: string;
  /** Null: that of the context. */
  namespace: string | null;
  workloads: readonly DeclaredWorkload[];
  /** In the order in which they run. */
  scenarios: readonly DeclaredScenario[];
  evidence: { ledger: DeclaredLedger | null; prometheus: DeclaredPrometheus | null };
}

export interface DeclaredWorkload {
  /** By which everything else refers to it. */
  name: string;
  kind: "Deployment" | "StatefulSet";
  /** Its name in the cluster. */
  object: string;
  /** Null: the declaration's. */
  namespace: string | null;
}

export interface ServiceAddress {
  service: string;
  /** Null: the declaration's. */
  namespace: string | null;
  port: number;
  /** Null: HOST:PORT, else SCHEME://HOST:PORT. */
  scheme: string | null;
}

export type EnvironmentValue =
  | { kind: "text"; text: string }
  | { kind: "service"; address: ServiceAddress }
  /** Of a Secret in the declaration's namespace. */
  | { kind: "secret"; secret: string; key: string };

/** A program with its arguments. */
export type Command = readonly [program: string, ...args: string[]];

export type Environment = Readonly<Record<string, EnvironmentValue>>;

/** What is sent. It was delivered where it reached its `iterations` or printed "delivered N" with at least its `count`. */
export type DeclaredLoad = {
  name: string;
  /** What a plan simulates in its place: curves by WORKLOAD or WORKLOAD.METRIC; null: not said. */
  simulated: Readonly<Record<string, string>> | null;
} & (
  | { kind: "k6"; script: string; environment: Environment; iterations: number; timeoutSeconds: number }
  | { kind: "command"; command: Command; environment: Environment; count: number; timeoutSeconds: number }
  | { kind: "job"; manifest: string; count: number; timeoutSeconds: number }
  /** Nothing is sent. */
  | { kind: "none"; seconds: number }
);

export interface DeclaredScenario {
  name: string;
  summary: string | null;
  load: DeclaredLoad;
  mustScale: readonly DeclaredScaling[];
  /** Names of workloads; none of them is in mustScale. */
  mustNotScale: readonly string[];
  objectives: DeclaredObjectives;
  /** In order. Those of before-load come first. */
  faults: readonly DeclaredFault[];
  repeats: number;
}

export interface DeclaredScaling {
  /** A workload's name. */
  workload: string;
  /** By which metric; null: whichever is above its target. */
  metric: DeclaredMetric | null;
  /** Ready replicas. */
  atLeast: number;
  /** `seconds` null: from the live windows. */
  within: { seconds: number | null; after: "load-start" | "load-end" };
  /** For the first replica above idle, from the same moment; null: not asserted. */
  firstWithinSeconds: number | null;
  /** `seconds` null: from the live windows. */
  backToIdle: { asserted: true; seconds: number | null } | { asserted: false };
}

export type DeclaredMetric =
  /** `container` null: of the whole pod. */
  | { kind: "resource"; name: "cpu" | "memory"; container: string | null }
  /** As the HPA's own status names it. */
  | { kind: "named"; name: string };

/** Null: not asserted. */
export interface DeclaredObjectives {
  /** Null where the load counts no requests. */
  requests: { failedShare: number; latencyP95Ms: number | null } | null;
  directionChanges: number;
  /** Of each workload that must scale. */
  elasticity: {
    underProvisionedTimeShare: number | null;
    overProvisionedTimeShare: number | null;
    underProvisionedReplicas: number | null;
    overProvisionedReplicas: number | null;
  };
}

export interface DeclaredFault {
  when:
    | { kind: "before-load" }
    | { kind: "ready"; workload: string; atLeast: number }
    | { kind: "desired"; workload: string; atMost: number }
    | { kind: "into-load"; seconds: number }
    | { kind: "after-fault"; seconds: number }
    | { kind: "after-load-end"; seconds: number };
  action:
    | { kind: "set"; object: FaultObject; field: FieldPath; to: string | number | boolean }
    | { kind: "kill"; pods: DeclaredPods; how: "delete" | "evict"; which: "first" | "random" | "all" }
    | { kind: "exec"; pods: DeclaredPods; command: Command }
    | { kind: "cordon"; pods: DeclaredPods }
    | { kind: "restart"; workload: string }
    | { kind: "restore" };
  /** How long its moment may take, from the fault before it or from the load's start. */
  withinSeconds: number;
}

/** A workload's, or those of labels; `namespace` null: the declaration's. */
export type DeclaredPods = { workload: string } | { labels: string; namespace: string | null };

export interface FaultObject {
  kind: "Deployment" | "StatefulSet" | "ScaledObject" | "HorizontalPodAutoscaler";
  name: string;
  /** Null: the declaration's. */
  namespace: string | null;
}

/** Keys of objects and indexes of lists, such as `["spec", "triggers", 0, "metadata", "listLength"]`. */
export type FieldPath = readonly (string | number)[];

/** Both print one id a line. */
export interface DeclaredLedger {
  accepted: Command;
  finished: Command;
}

export interface DeclaredPrometheus {
  source: { kind: "service"; address: ServiceAddress } | { kind: "url"; url: string };
  mustHold: readonly { name: string; query: string; bound: { kind: "atMost" | "atLeast"; value: number } }[];
  /** `workload` is a control of at least one scenario. */
  mustNotRise: readonly { workload: string; query: string }[];
}

/** What the file left out, to be printed before a run. */
export interface FilledIn {
  /** As in `scenarios[0].repeats`. */
  path: string;
  /** As the file would say it, or in words where it cannot. */
  value: string;
  why: string;
}
