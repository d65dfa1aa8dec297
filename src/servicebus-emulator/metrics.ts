import { Counter, Gauge, type Registry } from "prom-client";
import type { Broker, BrokerEvents, Operation } from "./broker/contract.ts";

/** What an operator sees of the broker; the gauges are read when they are scraped. */
export interface EmulatorMetrics {
  readonly events: BrokerEvents;
  /** A transaction could not be written. */
  readonly storageFailed: () => void;
  /** A request of the management API was let in: what Azure throttles by. */
  readonly managed: (method: string) => void;
  /** Must be called once, before the first scrape. */
  observe(broker: Broker, connectionCount: () => number): void;
}

/** The operations that a dashboard divides by: their series are there from the start, at 0, since a rate misses a series' first event. */
const COMMON = ["send", "receive", "complete", "abandon", "dead_letter", "expire"] as const satisfies Operation[];

export function createEmulatorMetrics(registry: Registry): EmulatorMetrics {
  const registers = [registry];
  const operations = new Counter({
    name: "servicebus_emulator_operations_total",
    help: "Messages by what was done to them.",
    labelNames: ["queue", "operation"],
    registers,
  });
  const lockLosses = new Counter({
    name: "servicebus_emulator_lock_losses_total",
    help: "Locks that ended before their message was settled.",
    labelNames: ["queue"],
    registers,
  });
  const storageFailures = new Counter({
    name: "servicebus_emulator_storage_failures_total",
    help: "Transactions that could not be written; what was in them was refused.",
    registers,
  });
  const managementRequests = new Counter({
    name: "servicebus_emulator_management_requests_total",
    help: "Requests of the management API that were let in.",
    labelNames: ["method"],
    registers,
  });
  managementRequests.inc({ method: "GET" }, 0);
  /** Series by queue and operation, looked up once and not for every message. */
  const series = new Map<string, Map<Operation, { inc(count: number): void }>>();

  function seriesOf(queue: string): Map<Operation, { inc(count: number): void }> {
    const known = series.get(queue);
    if (known !== undefined) return known;
    const made = new Map(COMMON.map((operation) => [operation, operations.labels({ queue, operation })]));
    for (const one of made.values()) one.inc(0);
    lockLosses.inc({ queue }, 0);
    const fresh = new Map<Operation, { inc(count: number): void }>(made);
    series.set(queue, fresh);
    return fresh;
  }

  return {
    events: {
      opened: (queue) => {
        seriesOf(queue);
      },
      deleted: (queue) => {
        for (const operation of series.get(queue)?.keys() ?? []) operations.remove({ queue, operation });
        lockLosses.remove({ queue });
        series.delete(queue);
      },
      operation: (queue, operation, count) => {
        const ofQueue = seriesOf(queue);
        let counter = ofQueue.get(operation);
        if (counter === undefined) {
          counter = operations.labels({ queue, operation });
          ofQueue.set(operation, counter);
        }
        counter.inc(count);
      },
      lockLost: (queue) => {
        lockLosses.inc({ queue });
      },
    },
    storageFailed: () => {
      storageFailures.inc();
    },
    managed: (method) => {
      managementRequests.inc({ method });
    },
    observe: (broker, connectionCount) => {
      new Gauge({
        name: "servicebus_emulator_messages",
        help: "Messages by state; dead_letter counts all in the dead-letter queue.",
        labelNames: ["queue", "state"],
        registers,
        collect() {
          this.reset();
          for (const { name: queue, main, deadLetter } of broker.queues) {
            const { active, locked, deferred, scheduled } = main.counts;
            const dead = deadLetter.counts;
            this.set({ queue, state: "active" }, active);
            this.set({ queue, state: "locked" }, locked);
            this.set({ queue, state: "deferred" }, deferred);
            this.set({ queue, state: "scheduled" }, scheduled);
            this.set({ queue, state: "dead_letter" }, dead.active + dead.locked + dead.deferred);
          }
        },
      });
      new Gauge({
        name: "servicebus_emulator_size_bytes",
        help: "Size of a queue's messages, dead-lettered ones too.",
        labelNames: ["queue"],
        registers,
        collect() {
          this.reset();
          for (const { name: queue, main, deadLetter } of broker.queues) {
            this.set({ queue }, main.counts.sizeBytes + deadLetter.counts.sizeBytes);
          }
        },
      });
      new Gauge({
        name: "servicebus_emulator_connections",
        help: "AMQP connections.",
        registers,
        collect() {
          this.set(connectionCount());
        },
      });
    },
  };
}
