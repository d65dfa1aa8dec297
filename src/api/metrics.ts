import { Counter, Histogram, type Registry } from "prom-client";

/** Why an order was turned away; one value each, so that the label stays bounded. */
export type RejectionReason = "malformed" | "not_allowed" | "validator_away" | "broker_away";

/** Records one answered request. */
export type RecordRequest = (status: number, seconds: number) => void;

export interface ApiMetrics {
  readonly accepted: { inc(): void };
  rejected(reason: RejectionReason): void;
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
    help: "Orders turned away, by reason.",
    labelNames: ["reason"],
    registers,
  });
  return {
    accepted,
    rejected: (reason) => {
      rejections.labels({ reason }).inc();
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
