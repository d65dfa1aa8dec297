import { eventually } from "./eventually.ts";
import { startProcess, type TestProcess } from "./process.ts";

/** One of the services as a real process, `node src/<service>/main.ts`. */
export interface TestService extends TestProcess {
  /** The port for clients; the worker has none. */
  readonly url: string;
  /** Where its operators look: `/livez`, `/readyz`, `/metrics`. */
  readonly operationsUrl: string;
  /** Whether `/readyz` says so. */
  isReady(): Promise<boolean>;
  /** The value of a series, named as in the exposition, such as `orders_processed_total{outcome="processed"}`. */
  metric(series: string): Promise<number>;
}

/** @param program what to run in place of the service's source, such as its bundle. */
export async function startService(
  service: "api" | "validator" | "worker",
  environment: Record<string, string>,
  program = `src/${service}/main.ts`,
): Promise<TestService> {
  const child = startProcess(process.execPath, [program], {
    environment: { PORT: "0", METRICS_PORT: "0", DRAIN_DELAY_MS: "0", ...environment },
  });
  const started = await eventually(`${service} says that it has started`, () =>
    child
      .output()
      .split("\n")
      .filter((line) => line.startsWith("{") && line.endsWith("}"))
      .map((line) => JSON.parse(line) as { msg: string; port?: number; metricsPort?: number })
      .find(({ msg }) => msg === "started"),
  ).catch(async (error: unknown) => {
    await child.end("SIGKILL");
    throw new Error(`${service} did not start:\n${child.output()}`, { cause: error });
  });
  const operations = `http://127.0.0.1:${started.metricsPort ?? 0}`;
  return {
    ...child,
    url: `http://127.0.0.1:${started.port ?? 0}`,
    operationsUrl: operations,
    isReady: async () => (await fetch(`${operations}/readyz`)).status === 200,
    metric: async (series) => {
      const text = await (await fetch(`${operations}/metrics`)).text();
      const line = text.split("\n").find((candidate) => candidate.startsWith(`${series} `));
      if (line === undefined) throw new Error(`no series ${series} from ${service}`);
      return Number(line.slice(series.length + 1));
    },
  };
}

/** Waits until the service says that it is ready. */
export async function untilReady(...services: TestService[]): Promise<void> {
  for (const service of services) {
    await eventually("the service is ready", () => service.isReady()).catch((error: unknown) => {
      throw new Error(service.output(), { cause: error });
    });
  }
}
