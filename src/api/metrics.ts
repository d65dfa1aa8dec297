import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { createDependencyGauge, type NoteDependency } from "../shared/registry.ts";

/** Why an order was rejected; one value each, so that the label stays bounded. */
const rejectionReasons = [
  "malformed",
  "not_allowed",
  "key_reused",
  "too_large_to_queue",
  "overloaded",
  "validator_unavailable",
  "broker_unavailable",
] as const;
export type RejectionReason = (typeof rejectionReasons)[number];

/** Records one answered request. */
export type RecordRequest = (status: number, seconds: number) => void;

export interface ApiMetrics {
  readonly accepted: { inc(): void };
  /** Orders that wait for the validator or the broker now. */
  readonly waiting: { inc(): void; dec(): void };
  readonly dependency: NoteDependency;
  rejected(reason: RejectionReason): void;
  /** A batch that the broker took, or did not. */
  published(orders: number, seconds: number): void;
  /** A recorder for one route and method. Its label sets are looked up once, not for every request. */
  requestRecorder(route: string, method: string): RecordRequest;
}

export function createApiMetrics(registry: Registry): ApiMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: "http_requests_total",
    help: "Requests answered.",
    labelNames: ["route", "method", "status"],
    registers,
  });
  const durations = new Histogram({
    name: "http_request_duration_seconds",
    help: "Time from a request's headers to its answer.",
    labelNames: ["route", "method"],
    buckets: [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const accepted = new Counter({
    name: "orders_accepted_total",
    help: "Orders that the broker has taken.",
    registers,
  });
  const rejections = new Counter({
    name: "orders_rejected_total",
    help: "Orders rejected, by reason.",
    labelNames: ["reason"],
    registers,
  });
  // Each is there from the start, at 0: a rate over a series that appears only with its first event misses that event.
  for (const reason of rejectionReasons) rejections.inc({ reason }, 0);
  const waiting = new Gauge({
    name: "orders_waiting",
    help: "Orders that wait for the validator or the broker now.",
    registers,
  });
  const publishing = new Histogram({
    name: "order_publish_duration_seconds",
    help: "Time from handing a batch of orders to the broker to its answer, or to giving it up.",
    buckets: [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2],
    registers,
  });
  const batches = new Histogram({
    name: "order_publish_batch_size",
    help: "Orders in a batch for the broker.",
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
    registers,
  });
  return {
    accepted,
    waiting,
    dependency: createDependencyGauge(registry, ["broker", "redis", "validator"]),
    rejected: (reason) => {
      rejections.labels({ reason }).inc();
    },
    published: (orders, seconds) => {
      batches.observe(orders);
      publishing.observe(seconds);
    },
    requestRecorder: (route, method) => {
      const duration = durations.labels({ route, method });
      const byStatus = new Map<number, { inc(): void }>();
      return (status, seconds) => {
        let counter = byStatus.get(status);
        if (counter === undefined) {
          counter = requests.labels({ route, method, status: String(status) });
          byStatus.set(status, counter);
        }
        counter.inc();
        duration.observe(seconds);
      };
    },
  };
}
