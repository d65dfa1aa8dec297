import { collectDefaultMetrics, Registry } from "prom-client";

/** A registry of its own for each service, with the metrics of the Node process in it. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
