import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ApiException, CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { messageOf } from "../../../../src/shared/messageOf.ts";
import { type Address, type Endpoint, hostPort, type ServiceDialer } from "../../../model/endpoint.ts";
import type { Reading } from "../../../model/reading.ts";
import type { BusAccess } from "./queue.ts";

/** The Service of a bus within the cluster; undefined for Azure's. */
export function busService({ login }: BusAccess): { service: string; namespace: string } | undefined {
  const [, service, namespace] = /^([^.]+)\.([^.]+)\.svc(\.|$)/.exec(login.host) ?? [];
  return service === undefined || namespace === undefined ? undefined : { service, namespace };
}

/** A bus within the cluster is dialled by way of its Service, Azure's by its own name. */
export async function reachBus(access: BusAccess, port: number, reach: ServiceDialer): Promise<Endpoint> {
  const { host } = access.login;
  const within = busService(access);
  return within === undefined ? { host, port, close: () => undefined } : reach(within.service, port, within.namespace);
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
  const { login } = access;
  const environment: Record<string, string> = {
    ...(login.kind === "key"
      ? { SERVICEBUS_CONNECTION_STRING: login.connectionString }
      : { SERVICEBUS_NAMESPACE: login.host, SERVICEBUS_ACCESS_TOKEN: login.token }),
    SERVICEBUS_QUEUE: queue,
  };
  if (bus.host !== login.host) environment.SERVICEBUS_ADDRESS = hostPort(bus);
  if (access.ca !== undefined) {
    const caFile = join(outDir, "ca.crt");
    await writeFile(caFile, access.ca);
    environment.SSL_CERT_FILE = caFile;
  }
  return environment;
}
