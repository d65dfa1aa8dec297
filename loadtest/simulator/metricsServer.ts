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

type Usage = ReturnType<ReadUsage>;

/**
 * A metrics-server that scrapes first after so many whole milliseconds, less than a resolution, and then once every resolution.
 * @param looksPerScrape a divisor of the resolution: how often usage is looked at from one scrape to the next: what is told of CPU is the mean, and of memory the last.
 */
export function newMetricsServer(
  deployment: Deployment,
  firstMillis: number,
  read: ReadUsage,
  looksPerScrape: number,
): MetricsServer {
  const server: MetricsServer = { usage: [] };
  const { agenda } = deployment;
  const everyMillis = RESOLUTION_MILLIS / looksPerScrape;
  /** What each look since the last scrape saw, by the ordinals of pods. */
  let looks: ReadonlyMap<number, Usage>[] = [];
  const look = (): void => {
    after(agenda, everyMillis, look);
    const running = deployment.pods.filter(({ phase }) => phase === "Running");
    looks.push(new Map(running.map((pod) => [pod.ordinal, read(pod)])));
    if ((agenda.nowMillis - firstMillis) % RESOLUTION_MILLIS !== 0) return;
    server.usage = running.flatMap(({ ordinal, runningMillis }) => {
      const ageMillis = agenda.nowMillis - runningMillis;
      if (ageMillis < YOUNGEST_MILLIS) return [];
      const windowMillis = Math.min(ageMillis, RESOLUTION_MILLIS);
      const containers = overWindow(looks.flatMap((seen) => seen.get(ordinal) ?? []));
      return [{ ordinal, atMillis: agenda.nowMillis, windowMillis, containers }];
    });
    looks = [];
  };
  after(agenda, firstMillis % everyMillis, look);
  return server;
}

/** CPU is a rate over the window; memory is as it is at its end. */
function overWindow(looks: readonly Usage[]): Usage {
  const last: Usage = looks.at(-1) ?? new Map();
  const meanOf = (container: string, resource: string): number => {
    const values = looks.flatMap((usage) => usage.get(container)?.get(resource) ?? []);
    return Math.trunc(values.reduce((sum, value) => sum + value, 0) / values.length);
  };
  const told =
    (container: string) =>
    ([resource, value]: readonly [string, number]) =>
      [resource, resource === "cpu" ? meanOf(container, resource) : value] as const;
  return new Map([...last].map(([container, resources]) => [container, new Map([...resources].map(told(container)))]));
}

/** What it tells: of pods that are still there and run. */
export function knownUsage(server: MetricsServer, { pods }: Deployment): readonly PodUsage[] {
  const running = new Set(pods.filter(({ phase }) => phase === "Running").map(({ ordinal }) => ordinal));
  return server.usage.filter(({ ordinal }) => running.has(ordinal));
}
