import { after } from "./agenda.ts";
import type { PodUsage } from "./clusterView.ts";
import type { Deployment, PodRecord } from "./pods.ts";

/** What metrics-server has since its last scrape. */
export interface MetricsServer {
  usage: readonly PodUsage[];
}

/** What a container uses of a resource, in thousandths of the resource's unit; null where it cannot be read. */
export type ReadUsage = (pod: PodRecord) => ReadonlyMap<string, ReadonlyMap<string, number>>;

/** --metric-resolution by its default in metrics-server's manifests. */
export const RESOLUTION_MILLIS = 15_000;

/** metrics-server, pkg/storage/pod.go: usage is a rate between two scrapes, and of a fresh container since its start only if it is that old. */
const YOUNGEST_MILLIS = 10_000;

/** A metrics-server that scrapes first after so many milliseconds, and then once every resolution. */
export function newMetricsServer(deployment: Deployment, firstMillis: number, read: ReadUsage): MetricsServer {
  const server: MetricsServer = { usage: [] };
  const { agenda } = deployment;
  const scrape = (): void => {
    after(agenda, RESOLUTION_MILLIS, scrape);
    server.usage = deployment.pods.flatMap((pod) => {
      const ageMillis = agenda.nowMillis - pod.runningMillis;
      if (pod.phase !== "Running" || ageMillis < YOUNGEST_MILLIS) return [];
      const windowMillis = Math.min(ageMillis, RESOLUTION_MILLIS);
      return [{ ordinal: pod.ordinal, atMillis: agenda.nowMillis, windowMillis, containers: read(pod) }];
    });
  };
  after(agenda, firstMillis, scrape);
  return server;
}

/** What it tells: of pods that are still there and run. */
export function knownUsage(server: MetricsServer, { pods }: Deployment): readonly PodUsage[] {
  const running = new Set(pods.filter(({ phase }) => phase === "Running").map(({ ordinal }) => ordinal));
  return server.usage.filter(({ ordinal }) => running.has(ordinal));
}
