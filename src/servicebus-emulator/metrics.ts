import { Counter, Gauge, type Registry } from "prom-client";
import type { Broker, BrokerEvents } from "./broker.ts";

/** What an operator sees of the broker; the gauges are read when they are scraped. */
export interface EmulatorMetrics {
  readonly events: BrokerEvents;
  /** Must be called once, before the first scrape. */
  observe(broker: Broker, connectionCount: () => number): void;
}

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
  return {
    events: {
      operation: (queue, operation, count) => {
        operations.inc({ queue, operation }, count);
      },
      lockLost: (queue) => {
        lockLosses.inc({ queue });
      },
    },
    observe: ({ queues }, connectionCount) => {
      for (const { name } of queues) {
        lockLosses.inc({ queue: name }, 0);
        // Every series is there from the start, at 0: a rate over one that appears with its first event misses that event.
        for (const operation of ["send", "receive", "complete", "abandon", "dead_letter"]) {
          operations.inc({ queue: name, operation }, 0);
        }
      }
      new Gauge({
        name: "servicebus_emulator_messages",
        help: "Messages by state; dead_letter counts all in the dead-letter queue.",
        labelNames: ["queue", "state"],
        registers,
        collect() {
          for (const { name: queue, main, deadLetter } of queues) {
            this.set({ queue, state: "active" }, main.activeCount);
            this.set({ queue, state: "locked" }, main.lockedCount);
            this.set({ queue, state: "dead_letter" }, deadLetter.activeCount + deadLetter.lockedCount);
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
