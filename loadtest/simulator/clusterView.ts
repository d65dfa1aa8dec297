/** A pod as the controllers see it. Times are whole seconds, as the API server stores them, in milliseconds. */
export interface Pod {
  /** Counted from 1 in the order of creation. */
  readonly ordinal: number;
  readonly phase: "Pending" | "Running" | "Failed";
  readonly terminating: boolean;
  readonly startMillis: number;
  readonly ready: boolean;
  readonly readyChangedMillis: number;
}

/** What metrics-server has of one pod. Usage is in thousandths of the resource's unit, by container and resource. */
export interface PodUsage {
  readonly ordinal: number;
  readonly atMillis: number;
  readonly windowMillis: number;
  readonly containers: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** A container of the pod template; requests in thousandths of the resource's unit, as admitted. */
export interface Container {
  readonly name: string;
  readonly requests: Readonly<Record<string, number>>;
}

/** What an HPA controller reads in one sync: the scale at its begin, the rest when it asks. */
export interface ClusterView {
  readonly specReplicas: number;
  /** Pods of the ReplicaSet: neither terminating nor failed. */
  readonly statusReplicas: number;
  readonly containers: readonly Container[];
  readonly pods: () => readonly Pod[];
  readonly usage: () => readonly PodUsage[];
  /** In thousandths; null where the metric cannot be read. Time may pass. */
  readonly external: (metric: string) => number | null;
  readonly nowMillis: () => number;
}
