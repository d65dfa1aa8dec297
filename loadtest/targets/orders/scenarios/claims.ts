import type { Workload } from "../../../model/workload.ts";

/** What must hold of the orders system under a fault, beside what every scenario claims. Each is evaluated in claims/. */
export type OrdersClaim =
  /** Exactly so many orders are committed. */
  | { id: "commits-counted"; commits: number }
  /** At least so many messages of orders that were committed before were absorbed. */
  | { id: "duplicates-absorbed"; atLeast: number }
  /** What a killed worker held is processed this long after its locks have expired, at the latest. */
  | { id: "redelivered-within-lock-time"; marginSeconds: number }
  /** No container of the workload was restarted, whether it crashed or its liveness probe failed; killed pods aside. */
  | { id: "not-restarted"; workload: "api" | "worker" }
  /** Pods that were scaled in ended by themselves, with exit code 0. */
  | { id: "terminated-gracefully"; workload: Workload }
  | { id: "no-lock-lost" }
  /** What can never be an order is dead-lettered, all of it, with this reason, at its first delivery. */
  | { id: "poison-dead-lettered"; reason: string }
  /** The 95th percentile of the time from the queue to the commit less than doubled from a moment of the load on; what came before `sinceSeconds` is not compared. */
  | { id: "age-less-than-doubled"; sinceSeconds: number; fromSeconds: number }
  /** A request that was not served was answered all the same, by one of these statuses and in time; with fewer than `atLeast` of them the fault had no effect. */
  | { id: "answered-in-time"; withinSeconds: number; statuses: readonly number[]; atLeast?: number }
  /** No order was committed for so long while something was broken, and some were so soon after it was restored. */
  | { id: "processing-held"; heldSeconds: number; withinSeconds: number }
  /** The last order that was rejected was sent so long after the bus could be read again, or after the last fault, at the latest. */
  | { id: "accepting-again"; withinSeconds: number; after: "queue-readable" | "last-fault" }
  /** The workload's desired replicas did not fall for so long after the first fault. */
  | { id: "replicas-kept"; workload: Workload; seconds: number }
  /** Every pod of the workload whose eviction was asked for went, by itself and with exit code 0; one had to wait for its PodDisruptionBudget, and so many were ready throughout. */
  | { id: "evicted-within-budget"; workload: Workload; available: number }
  /** While connections were cut, fewer orders were committed a second than otherwise: the cut was felt. */
  | { id: "throughput-falls" }
  /** What could not be read of the workload for so long after the first fault is a gap in the report, all of it. */
  | { id: "unseen-called-gap"; workload: Workload; seconds: number }
  /** Requests failed only where they were in flight at a kill, or came so long after it, until no request goes to the killed pod any more. */
  | { id: "failed-in-flight-only"; marginSeconds: number }
  /** Abusive requests were refused, each by a status for it, and so many connections were held at once. */
  | { id: "abuse-refused"; connections: number }
  /** The 99th percentile of the load's latencies less than doubled from the second third of the load to the last one. */
  | { id: "latency-less-than-doubled" }
  /** No pod of the workload took more memory. */
  | { id: "memory-bounded"; workload: Workload; atMostMiB: number }
  /** No order was accepted that the validator rejects. */
  | { id: "no-invalid-order-accepted" };
