import { optional, type RequiredPermission } from "../../preflight/permissions.ts";
import type { PartOf } from "../../preflight/target.ts";
import type { OrdersScenario } from "./scenarios/declaration.ts";

/** What the orders system's own evidence needs beside what every target does, and beside its Services and Secrets. */
export function ordersPermissions(namespace: string, scenarios: readonly OrdersScenario[]): RequiredPermission[] {
  const kills = scenarios.some(({ faultInjections }) => faultInjections.some(({ action }) => action.kind === "kill"));
  const rotates = scenarios.some(({ faultInjections }) =>
    faultInjections.some(({ action }) => action.kind === "target"),
  );
  const purpose = "to bound a killed worker's redeliveries by its WORKER_CONCURRENCY";
  return [
    ...(kills ? optional([{ verb: "get", resource: "configmaps", namespace, purpose }]) : []),
    ...(rotates
      ? [
          ...["get", "patch"].map((verb) => ({ ...{ verb, resource: "secrets", namespace }, purpose: CHANGES_KEYS })),
          { ...{ verb: "patch", resource: "pods", namespace }, purpose: "to bring changed keys to the bus at once" },
          { ...{ verb: "get", resource: "pods/log", namespace }, purpose: "to see that the bus has taken its keys" },
        ]
      : []),
  ];
}

const CHANGES_KEYS = "to change the keys of the bus during a scenario";

const PARTS = ["api", "worker", "cache", "servicebus-emulator", "prometheus"];

/** The parts of the system whose images a verdict is about, by the label `service`. */
export const ordersPart: PartOf = ({ service }) =>
  service !== undefined && PARTS.includes(service) ? service : undefined;
