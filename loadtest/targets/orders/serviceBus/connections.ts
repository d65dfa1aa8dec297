import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ApiException, CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { messageOf } from "../../../../src/shared/messageOf.ts";
import { type Address, type Endpoint, hostPort, type ServiceDialer } from "../../../model/endpoint.ts";
import type { Reading } from "../../../model/reading.ts";
import type { BusAccess } from "./queue.ts";

/** The Service of a bus within the cluster; undefined for Azure's. */
export function busService({ connection }: BusAccess): string | undefined {
  return /^([^.]+)\.[^.]+\.svc(\.|$)/.exec(connection.host)?.[1];
}

/** A bus within the cluster is dialled by way of its Service, Azure's by its own name. */
export async function reachBus(access: BusAccess, port: number, reach: ServiceDialer): Promise<Endpoint> {
  const { host } = access.connection;
  const service = busService(access);
  return service === undefined ? { host, port, close: () => undefined } : reach(service, port);
}

/** A cluster without Prometheus is legitimate; one whose Prometheus cannot be reached has something to hide. */
export async function reachPrometheus(
  kubeConfig: KubeConfig,
  namespace: string,
  reach: ServiceDialer,
): Promise<Reading<Address>> {
  try {
    await kubeConfig.makeApiClient(CoreV1Api).readNamespacedService({ name: "prometheus", namespace });
    return { kind: "value", value: await reach("prometheus", 9090) };
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return { kind: "absent" };
    return { kind: "gap", error: `Prometheus cannot be reached: ${messageOf(error)}` };
  }
}

/** What the loads that send straight to the bus are told. */
export async function busEnvironmentOf(
  access: BusAccess,
  queue: string,
  bus: Endpoint,
  outDir: string,
): Promise<Record<string, string>> {
  const environment: Record<string, string> = {
    SERVICEBUS_CONNECTION_STRING: access.connectionString,
    SERVICEBUS_QUEUE: queue,
  };
  if (bus.host !== access.connection.host) environment.SERVICEBUS_ADDRESS = hostPort(bus);
  if (access.ca !== undefined) {
    const caFile = join(outDir, "ca.crt");
    await writeFile(caFile, access.ca);
    environment.SSL_CERT_FILE = caFile;
  }
  return environment;
}
