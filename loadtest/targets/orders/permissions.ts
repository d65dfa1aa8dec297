import { optional, type RequiredPermission } from "../../preflight/permissions.ts";
import type { PartOf } from "../../preflight/target.ts";
import type { OrdersScenario } from "./scenarios/declaration.ts";

/** What the orders system's own evidence needs beside what every target does, and beside its Services and Secrets. */
export function ordersPermissions(namespace: string, scenarios: readonly OrdersScenario[]): RequiredPermission[] {
  const kills = scenarios.some(({ faultInjections }) => faultInjections.some(({ action }) => action.kind === "kill"));
  if (!kills) return [];
  const purpose = "to bound a killed worker's redeliveries by its WORKER_CONCURRENCY";
  return optional([{ verb: "get", resource: "configmaps", namespace, purpose }]);
}

const PARTS = ["api", "worker", "cache", "servicebus-emulator", "prometheus"];

/** The parts of the system whose images a verdict is about, by the label `service`. */
export const ordersPart: PartOf = ({ service }) =>
  service !== undefined && PARTS.includes(service) ? service : undefined;
