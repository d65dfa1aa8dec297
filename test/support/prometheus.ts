import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { toolset } from "../../scripts/toolsets/toolsets.ts";
import { eventually } from "./eventually.ts";
import { freePort } from "../../scripts/process/freePort.ts";
import { startProcess } from "./process.ts";

export type Labels = Record<string, string>;

/** One series of an answer. */
export interface Series {
  labels: Labels;
  /** Values of the range, oldest first; NaN where there was none to compute. */
  values: number[];
}

/** A node of PromQL's syntax tree as Prometheus tells it; what is of interest is read out of it where it is walked. */
export type SyntaxNode = Record<string, unknown>;

/** A real Prometheus of the test's own. */
export interface TestPrometheus {
  readonly host: string;
  readonly port: number;
  /** The tree of an expression. @throws with Prometheus's words when it does not parse. */
  parse(expression: string): Promise<SyntaxNode>;
  /** The answer over the last `seconds`, a value a second. @throws with Prometheus's words when it cannot be computed. */
  range(expression: string, seconds: number): Promise<Series[]>;
  /** Label sets of what matches now. */
  series(selector: string): Promise<Labels[]>;
  /** What the rules said when they were last evaluated. */
  rules(): Promise<{ name: string; health: string; lastError?: string | undefined }[]>;
  close(): Promise<void>;
}

const ruleGroups = z.object({
  groups: z.array(
    z.object({
      rules: z.array(z.object({ name: z.string(), health: z.string(), lastError: z.string().optional() })),
    }),
  ),
});
const matrix = z.object({
  result: z.array(
    z.object({
      metric: z.record(z.string(), z.string()),
      values: z.array(z.tuple([z.number(), z.string()])),
    }),
  ),
});

/**
 * @param configuration is given the address that this Prometheus listens on, and gives back its configuration as YAML.
 * @param options.history what it has scraped long ago, as OpenMetrics text with timestamps; it is kept however old it is.
 */
export async function startPrometheus(
  configuration: (address: string) => string,
  { history }: { history?: string } = {},
): Promise<TestPrometheus> {
  const programs = await toolset("prometheus");
  const binary = programs.binary("prometheus");
  const directory = await mkdtemp(join(tmpdir(), "ownsignal-prometheus-"));
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const file = join(directory, "prometheus.yml");
  await writeFile(file, configuration(address));
  if (history !== undefined) {
    const source = join(directory, "history.txt");
    await writeFile(source, history);
    const blocks = ["tsdb", "create-blocks-from", "openmetrics", "--quiet", source, join(directory, "data")];
    const made = startProcess(programs.binary("promtool"), blocks);
    if ((await made.exited) !== 0) throw new Error(`promtool cannot take the history:\n${made.output()}`);
  }
  const server = startProcess(binary, [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(directory, "data")}`,
    "--storage.tsdb.retention.time=100y",
    `--web.listen-address=${address}`,
    "--log.level=warn",
  ]);
  const close = async (): Promise<void> => {
    await server.end();
    await rm(directory, { recursive: true, force: true });
  };

  async function ask<Data>(path: string, parameters: Labels, shape: z.ZodType<Data>): Promise<Data> {
    const response = await fetch(`http://${address}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const answer = (await response.json()) as { status: string; data?: unknown; error?: string };
    if (answer.status !== "success") {
      throw new Error(`${answer.error ?? response.status}: ${Object.values(parameters)[0] ?? path}`);
    }
    return shape.parse(answer.data);
  }

  await eventually("Prometheus is ready", async () => (await fetch(`http://${address}/-/ready`)).ok).catch(
    async (error: unknown) => {
      await close();
      throw new Error(`Prometheus did not start:\n${server.output()}`, { cause: error });
    },
  );
  return {
    host: "127.0.0.1",
    port,
    parse: (expression) => ask("parse_query", { query: expression }, z.record(z.string(), z.unknown())),
    range: async (expression, seconds) => {
      const end = Date.now() / 1_000;
      const parameters = { query: expression, start: String(end - seconds), end: String(end), step: "1" };
      const { result } = await ask("query_range", parameters, matrix);
      return result.map(({ metric, values }) => ({ labels: metric, values: values.map(([, value]) => Number(value)) }));
    },
    series: (selector) => ask("series", { "match[]": selector }, z.array(z.record(z.string(), z.string()))),
    rules: async () => (await ask("rules", {}, ruleGroups)).groups.flatMap(({ rules }) => rules),
    close,
  };
}
