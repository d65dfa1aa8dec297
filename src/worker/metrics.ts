import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { createDependencyGauge, type NoteDependency } from "../shared/registry.ts";

/**
 * The outcome of a delivery. `processed` and `duplicate` are counted when Redis has said so, whatever happens to the message
 * afterwards, so that the sum of `processed` is the number of orders committed; `lock_lost` counts settlements that failed.
 */
export const outcomes = ["processed", "duplicate", "dead_lettered", "abandoned", "lock_lost"] as const;
export type Outcome = (typeof outcomes)[number];

/**
 * Why the worker replaced a receiver: the link or its connection ended (`lost`), the broker gave no answer (`unanswered`), messages waited and none
 * came (`stalled`), or a slow message had used up the link's room (`window`).
 */
export const restartReasons = ["lost", "unanswered", "stalled", "window"] as const;
export type RestartReason = (typeof restartReasons)[number];

export const renewalResults = ["renewed", "failed"] as const;
export type RenewalResult = (typeof renewalResults)[number];

export interface WorkerMetrics {
  count(outcome: Outcome): void;
  /** From a message's arrival to its settlement. */
  observe(seconds: number): void;
  /** From the broker's taking an order to its commit. */
  observeAge(seconds: number): void;
  inFlight(count: number): void;
  retried(): void;
  renewal(result: RenewalResult): void;
  lockLost(): void;
  restarted(reason: RestartReason): void;
  paused(isPaused: boolean): void;
  readonly dependency: NoteDependency;
}

export function createWorkerMetrics(registry: Registry): WorkerMetrics {
  const registers = [registry];
  const processed = new Counter({
    name: "orders_processed_total",
    help: "Orders processed, by outcome; lock_lost counts settlements that the broker did not confirm.",
    labelNames: ["outcome"],
    registers,
  });
  const restarts = new Counter({
    name: "servicebus_receiver_restarts_total",
    help: "Receivers that were replaced, by reason.",
    labelNames: ["reason"],
    registers,
  });
  const renewals = new Counter({
    name: "message_lock_renewals_total",
    help: "Renewals of a message's lock, by result.",
    labelNames: ["result"],
    registers,
  });
  // Every label value is there from the start, at 0: a rate over a series that appears only with its first event misses that event.
  for (const outcome of outcomes) processed.inc({ outcome }, 0);
  for (const reason of restartReasons) restarts.inc({ reason }, 0);
  for (const result of renewalResults) renewals.inc({ result }, 0);
  const locksLost = new Counter({
    name: "message_locks_lost_total",
    help: "Locks that ended while their message was in flight: the broker delivers it again.",
    registers,
  });
  const retries = new Counter({
    name: "fulfilment_retries_total",
    help: "Calls of the provider that failed and were retried while the message was held.",
    registers,
  });
  const duration = new Histogram({
    name: "order_processing_duration_seconds",
    help: "Time from a message's arrival to its settlement.",
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const age = new Histogram({
    name: "order_age_seconds",
    help: "Time from an order's arrival on the queue to its commit.",
    // Up to hours: a backlog may wait that long, and the queue keeps it.
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 14_400],
    registers,
  });
  const inFlight = new Gauge({ name: "orders_in_flight", help: "Messages held under a lock now.", registers });
  const paused = new Gauge({
    name: "receiving_paused",
    help: "1 while nothing is received because Redis takes no commits, else 0.",
    registers,
  });
  return {
    count: (outcome) => {
      processed.inc({ outcome });
    },
    observe: (seconds) => {
      duration.observe(seconds);
    },
    observeAge: (seconds) => {
      age.observe(seconds);
    },
    inFlight: (count) => {
      inFlight.set(count);
    },
    retried: () => {
      retries.inc();
    },
    renewal: (result) => {
      renewals.inc({ result });
    },
    lockLost: () => {
      locksLost.inc();
    },
    restarted: (reason) => {
      restarts.inc({ reason });
    },
    paused: (isPaused) => {
      paused.set(isPaused ? 1 : 0);
    },
    dependency: createDependencyGauge(registry, ["broker", "redis"]),
  };
}
