import { startPrometheus, type TestPrometheus } from "../../support/prometheus.ts";

/** How often the targets of a made-up history were scraped. */
export const SCRAPE_SECONDS = 5;

/** One series of a made-up history: seconds after its start, and the value scraped then. */
export interface Scraped {
  metric: string;
  labels: Record<string, string>;
  points: readonly (readonly [atSecond: number, value: number])[];
}

/** A point every scrape from one second to another, both included. */
export function every(
  fromSecond: number,
  toSecond: number,
  value: (second: number) => number,
  stepSeconds = SCRAPE_SECONDS,
): [number, number][] {
  const count = Math.floor((toSecond - fromSecond) / stepSeconds) + 1;
  return Array.from({ length: count }, (_, index) => {
    const second = fromSecond + index * stepSeconds;
    return [second, value(second)];
  });
}

/** A real Prometheus that has scraped these series long ago, and says of itself that it scrapes every 5 s and evaluates its rules as often. */
export async function prometheusOver(startMs: number, series: readonly Scraped[]): Promise<TestPrometheus> {
  const metrics = [...new Set(series.map(({ metric }) => metric))];
  const lines = metrics.flatMap((metric) => [
    `# TYPE ${metric} unknown`,
    ...series
      .filter((one) => one.metric === metric)
      .flatMap(({ labels, points }) =>
        points.map(([second, value]) => `${metric}${labelsOf(labels)} ${value} ${(startMs + second * 1000) / 1000}`),
      ),
  ]);
  return startPrometheus(
    // Its only target is not there: what it scrapes now must not mix with the history.
    () =>
      `global: {scrape_interval: ${SCRAPE_SECONDS}s, scrape_timeout: 4s, evaluation_interval: ${SCRAPE_SECONDS}s}\nscrape_configs: [{job_name: none, static_configs: [{targets: ["127.0.0.1:1"]}]}]\n`,
    { history: `${lines.join("\n")}\n# EOF\n` },
  );
}

function labelsOf(labels: Record<string, string>): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(",")}}`;
}
