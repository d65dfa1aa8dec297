import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import type { Cluster } from "../../scripts/cluster/provider.ts";
import { DEV_NAMESPACE } from "../../scripts/process/paths.ts";
import { KEDA_NAMESPACE } from "./operator.ts";
import type { Rates } from "./results.ts";

const MEBIBYTE = 2 ** 20;

/** Counters at one moment, and what memory is in use. */
export interface Reading {
  readonly atMs: number;
  readonly managementRequests: number;
  readonly apiRequests: number;
  readonly operator: Usage;
  readonly adapter: Usage;
}

interface Usage {
  /** Of the kubelet's own reading, which is some seconds old. */
  readonly atMs: number;
  readonly cpuSeconds: number;
  readonly bytes: number;
}

const summary = z.object({
  pods: z.array(
    z.object({
      podRef: z.object({ name: z.string(), namespace: z.string() }),
      containers: z
        .array(
          z.object({
            cpu: z.object({ time: z.string(), usageCoreNanoSeconds: z.number().optional() }).optional(),
            memory: z.object({ workingSetBytes: z.number().optional() }).optional(),
          }),
        )
        .default([]),
    }),
  ),
});

/** The sum of a counter's series in the exposition format. @throws {Error} where it has none. */
export function counted(exposition: string, name: string): number {
  const values = exposition
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .map((line) => Number(line.slice(line.lastIndexOf(" ") + 1)));
  if (values.length === 0) throw new Error(`no series ${name}`);
  return values.reduce((sum, value) => sum + value, 0);
}

/** What the kubelet says of the pod of a Deployment. @throws {Error} where it does not know it. */
export function usageOf(text: string, namespace: string, deployment: string): Usage {
  const { pods } = summary.parse(JSON.parse(text));
  const pod = pods.find(
    ({ podRef }) =>
      podRef.namespace === namespace && new RegExp(`^${deployment}-[a-z0-9]+-[a-z0-9]+$`).test(podRef.name),
  );
  const [container] = pod?.containers ?? [];
  const { cpu, memory } = container ?? {};
  if (cpu?.usageCoreNanoSeconds === undefined || memory?.workingSetBytes === undefined) {
    throw new Error(`the kubelet has no usage of a pod of ${namespace}/${deployment}`);
  }
  return {
    atMs: Date.parse(cpu.time),
    cpuSeconds: cpu.usageCoreNanoSeconds / 1e9,
    bytes: memory.workingSetBytes,
  };
}

async function read(cluster: Cluster): Promise<Reading> {
  const raw = (path: string): Promise<string> => cluster.kubectl(["get", "--raw", path]);
  const node = await cluster.kubectl(["get", "nodes", "-o", "jsonpath={.items[0].metadata.name}"]);
  const bus = await raw(`/api/v1/namespaces/${DEV_NAMESPACE}/pods/servicebus-emulator-0:9464/proxy/metrics`);
  const api = await raw("/metrics");
  const kubelet = await raw(`/api/v1/nodes/${node}/proxy/stats/summary`);
  return {
    atMs: Date.now(),
    managementRequests: counted(bus, "servicebus_emulator_management_requests_total"),
    apiRequests: counted(api, "apiserver_request_total"),
    operator: usageOf(kubelet, KEDA_NAMESPACE, "keda-operator"),
    adapter: usageOf(kubelet, KEDA_NAMESPACE, "keda-metrics-apiserver"),
  };
}

export function ratesBetween(one: Reading, other: Reading): Rates {
  const seconds = (other.atMs - one.atMs) / 1000;
  const cores = (before: Usage, after: Usage): number =>
    ((after.cpuSeconds - before.cpuSeconds) * 1000) / (after.atMs - before.atMs);
  return {
    managementPerSecond: (other.managementRequests - one.managementRequests) / seconds,
    operatorCores: cores(one.operator, other.operator),
    adapterCores: cores(one.adapter, other.adapter),
    operatorMiB: other.operator.bytes / MEBIBYTE,
    adapterMiB: other.adapter.bytes / MEBIBYTE,
    apiRequestsPerSecond: (other.apiRequests - one.apiRequests) / seconds,
  };
}

/** What is spent over so many seconds from now. */
export async function ratesOver(cluster: Cluster, seconds: number): Promise<Rates> {
  const before = await read(cluster);
  await delay(seconds * 1000);
  return ratesBetween(before, await read(cluster));
}
