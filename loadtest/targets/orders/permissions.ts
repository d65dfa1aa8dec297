import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import type { PreflightFinding } from "../../preflight/finding.ts";
import { requestOptions } from "../../preflight/apiRequest.ts";
import { optional, type RequiredPermission } from "../../preflight/permissions.ts";
import type { PartOf } from "../../preflight/target.ts";
import type { OrdersScenario } from "./scenarios/declaration.ts";

/** What the orders system's own evidence needs beside what every target does. */
export function ordersPermissions(namespace: string, scenarios: readonly OrdersScenario[]): RequiredPermission[] {
  const get = (resource: string, name: string, purpose: string): RequiredPermission => ({
    ...{ verb: "get", resource, name, namespace, purpose },
  });
  const kills = scenarios.some(({ faultInjections }) => faultInjections.some(({ action }) => action.kind === "kill"));
  return [
    get("services", "api", "to find its address"),
    get("services", "cache", "to find its address"),
    get("secrets", "servicebus-loadtest", "to send orders to the queue"),
    ...optional([
      ...(kills
        ? [
            {
              ...{ verb: "get", resource: "configmaps", namespace },
              purpose: "to bound a killed worker's redeliveries by its WORKER_CONCURRENCY",
            },
          ]
        : []),
      get("secrets", "servicebus-emulator-tls", "to trust the emulator's certificate"),
      get("services", "prometheus", "to read the services' own counters"),
    ]),
  ];
}

/** A proof without Prometheus leaves the services' own counters out. */
export async function ordersFindings(kubeConfig: KubeConfig, namespace: string): Promise<PreflightFinding[]> {
  const { items } = await kubeConfig
    .makeApiClient(CoreV1Api)
    .listNamespacedService({ namespace }, requestOptions())
    // Whether Services may be read is a finding of its own.
    .catch(() => ({ items: [] }));
  const names = items.map(({ metadata }) => metadata?.name);
  return names.length > 0 && !names.includes("prometheus")
    ? [{ id: "prometheus-missing", severity: "WARN", params: { namespace } }]
    : [];
}

const PARTS = ["api", "worker", "cache", "servicebus-emulator", "prometheus"];

/** The parts of the system whose images a verdict is about, by the label `service`. */
export const ordersPart: PartOf = ({ service }) =>
  service !== undefined && PARTS.includes(service) ? service : undefined;
