import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { startTestEmulator } from "../support/emulator.ts";
import { eventually } from "../support/eventually.ts";
import { acceptedOrder, lookUp, order, orderMessage, placeOrder } from "../support/orders.ts";
import { startRedis } from "../support/redis.ts";
import { startService, untilReady } from "../support/service.ts";
import { createResources } from "../support/resources.ts";
import { deployedQueries } from "./support/deployedQueries.ts";
import { recording, serveRecordings } from "./support/fixtures.ts";
import { startPrometheus, type Labels, type TestPrometheus } from "../support/prometheus.ts";
import { groupingsOf, selectorsOf } from "./support/promql.ts";
import { QUIET_QUERIES, quietSelectors } from "./support/quiet.ts";
import { alerts, COMPONENT, recordingRules } from "./support/rules.ts";

const NAMESPACE = "orders-dev";
/** Toolsets are built at their first use. */
const FIRST_BUILD_LIMIT_MS = 15 * 60_000;
const RANGE_SECONDS = 20;

const queries = deployedQueries(NAMESPACE, "10s");
const QUIET_SELECTORS = quietSelectors(NAMESPACE);

const resources = createResources();
let prometheus: TestPrometheus;
let trafficEnded = false;

beforeAll(async () => {
  const redis = resources.add(await startRedis());
  const emulator = resources.add(await startTestEmulator());
  const validator = resources.add(await startService("validator", {}));
  const api = resources.add(
    await startService("api", {
      VALIDATOR_URL: validator.url,
      SERVICEBUS_CONNECTION_STRING: emulator.connectionString("api"),
      REDIS_URL: redis.url,
    }),
  );
  const worker = resources.add(
    await startService("worker", {
      SERVICEBUS_CONNECTION_STRING: emulator.connectionString("worker"),
      REDIS_URL: redis.url,
      FULFILMENT_LATENCY_MS: "5",
    }),
  );
  await untilReady(validator, api, worker);
  const recordings = resources.add(await serveRecordings());

  const podNames = [
    ...new Set([...(await recording("kube-state-metrics")).matchAll(/pod="([^"]+)"/g)].map(([, pod]) => pod ?? "")),
  ];
  const target = (
    service: string,
    container: string,
    operationsUrl: string,
  ): { targets: string[]; labels: Labels } => ({
    targets: [new URL(operationsUrl).host],
    labels: {
      app: "ownsignal",
      microservice: "orders",
      service,
      type: service === "servicebus-emulator" ? "infrastructure" : "platform",
      namespace: NAMESPACE,
      pod: podNames.find((pod) => pod.startsWith(`${service}-`)) ?? "",
      container,
    },
  });
  const pods = [
    target("api", "api", api.operationsUrl),
    target("api", "validator", validator.operationsUrl),
    target("worker", "worker", worker.operationsUrl),
    target("servicebus-emulator", "servicebus-emulator", emulator.operationsUrl()),
  ];
  const deployed = await readFile(join(COMPONENT, "prometheus.yml"), "utf8");
  prometheus = resources.add(
    await startPrometheus((address) => stringify(withoutCluster(deployed, pods, recordings.address, address))),
  );

  const goOn = async (): Promise<void> => {
    while (!trafficEnded) {
      await lookUp(api.url, await acceptedOrder(api.url));
      await lookUp(api.url, crypto.randomUUID());
      await placeOrder(api.url, { ...order, productId: "sprocket" });
      const poison = orderMessage();
      await emulator.send({ ...poison, body: { ...poison.body, fault: true } });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const ended = goOn();
  resources.add({
    close: async () => {
      trafficEnded = true;
      await ended;
    },
  });
}, FIRST_BUILD_LIMIT_MS);

afterAll(() => resources.close());

interface Job {
  job_name: string;
  metrics_path?: string;
  kubernetes_sd_configs?: unknown;
  relabel_configs?: unknown;
  static_configs?: { targets: string[]; labels?: Labels }[];
}

/** The configuration that is deployed, but for where its targets are and how often they are asked. */
function withoutCluster(deployed: string, pods: Job["static_configs"], recorded: string, own: string): unknown {
  const configuration = parse(deployed) as {
    global: Record<string, string>;
    rule_files: string[];
    scrape_configs: Job[];
  };
  const { scrape_configs: jobs, ...rest } = configuration;
  return {
    ...rest,
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: [join(COMPONENT, "rules/*.rules.yml")],
    scrape_configs: jobs.map((deployedJob) => {
      const job = { ...deployedJob, kubernetes_sd_configs: undefined, relabel_configs: undefined };
      switch (job.job_name) {
        case "pods":
          return { ...job, static_configs: pods };
        case "prometheus":
          return { ...job, static_configs: [{ targets: [own] }] };
        default:
          return { ...job, metrics_path: `/${job.job_name}`, static_configs: [{ targets: [recorded] }] };
      }
    }),
  };
}

/** Whether a series has a figure in it. */
async function answers(expression: string): Promise<boolean> {
  const series = await prometheus.range(expression, RANGE_SECONDS);
  return series.some(({ values }) => values.some(Number.isFinite));
}

test.each(queries.filter(({ where }) => !(where in QUIET_QUERIES)))(
  "$where returns series",
  async ({ expression, shown }) => {
    await eventually(expression, () => answers(expression));
    const [first] = await prometheus.range(expression, RANGE_SECONDS);
    expect(Object.keys(first?.labels ?? {})).toEqual(expect.arrayContaining(shown));
  },
);

// That each returns series where there is something to return is tested over a history, in quietQueries.test.ts.
test.each(queries.filter(({ where }) => where in QUIET_QUERIES))(
  "$where returns nothing while all is well",
  async ({ expression }) => {
    // Targets are first scraped one after the other, so that some are there before the others.
    await eventually(`${expression} returns nothing`, async () => (await prometheus.range(expression, 2)).length === 0);
  },
);

test("every metric, label and value that a query names exists", async () => {
  const missing = new Set<string>();
  for (const { where, expression } of queries) {
    const tree = await prometheus.parse(expression);
    for (const { metric, matchers, text } of selectorsOf(tree)) {
      const isQuiet = text in QUIET_SELECTORS;
      const series = await prometheus.series(`{__name__="${metric}"}`);
      // Of a rule that is quiet there is no series at all.
      if (isQuiet && series.length === 0) continue;
      if (series.length === 0) missing.add(`${where}: no metric ${metric}`);
      for (const { name } of matchers) {
        if (!series.some((labels) => name in labels)) missing.add(`${where}: ${metric} has no label ${name}`);
      }
      if (!isQuiet && (await prometheus.series(text)).length === 0) missing.add(`${where}: nothing matches ${text}`);
    }
    for (const { label, metrics } of groupingsOf(tree)) {
      const series = (await Promise.all(metrics.map((metric) => prometheus.series(`{__name__="${metric}"}`)))).flat();
      if (!series.some((labels) => label in labels))
        missing.add(`${where}: grouped by ${label}, which ${metrics.join(", ")} does not have`);
    }
  }
  expect([...missing]).toEqual([]);
});

test("quiet selectors match nothing while all is well", async () => {
  for (const selector of Object.keys(QUIET_SELECTORS)) expect(await prometheus.series(selector)).toEqual([]);
});

test("every rule is evaluated without an error", async () => {
  const rules = await eventually("all have been evaluated", async () => {
    const all = await prometheus.rules();
    return all.every(({ health }) => health !== "unknown") && all;
  });
  expect(rules.length).toBe(alerts.length + recordingRules.length);
  expect(rules.filter(({ health }) => health !== "ok")).toEqual([]);
});
