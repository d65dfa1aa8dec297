import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/**
 * What became of a delivery. `fulfilled` and `duplicate` are counted when Redis has said so, whatever happens to the message
 * afterwards, so that the sum of `fulfilled` is the number of orders committed; `lock_lost` counts settlements that failed.
 */
export const outcomes = ["fulfilled", "duplicate", "dead_lettered", "abandoned", "lock_lost"] as const;
export type Outcome = (typeof outcomes)[number];

export interface WorkerMetrics {
  count(outcome: Outcome): void;
  observe(seconds: number): void;
  inFlight(count: number): void;
}

export function createWorkerMetrics(registry: Registry): WorkerMetrics {
  const registers = [registry];
  const processed = new Counter({
    name: "orders_processed_total",
    help: "Orders processed, by outcome; lock_lost counts settlements that the broker did not confirm.",
    labelNames: ["outcome"],
    registers,
  });
  // Every outcome is there from the start, at 0: a rate over a series that appears only with its first event misses that event.
  for (const outcome of outcomes) processed.inc({ outcome }, 0);
  const duration = new Histogram({
    name: "order_processing_duration_seconds",
    help: "Time from a message's arrival to its settlement.",
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const inFlight = new Gauge({ name: "orders_in_flight", help: "Messages held under a lock now.", registers });
  return {
    count: (outcome) => {
      processed.inc({ outcome });
    },
    observe: (seconds) => {
      duration.observe(seconds);
    },
    inFlight: (count) => {
      inFlight.set(count);
    },
  };
}
