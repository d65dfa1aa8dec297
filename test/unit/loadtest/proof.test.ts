import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { type OrdersProofOptions, runOrdersProof } from "../../../loadtest/targets/orders/ordersProof.ts";
import { createUndoJournal } from "../../../loadtest/engine/undoJournal.ts";
import type { Report } from "../../../loadtest/model/report.ts";
import type { Target } from "../../../loadtest/model/target.ts";
import { orderKey } from "../../../src/shared/order.ts";
import { startTestEmulator, type TestEmulator } from "../../support/emulator.ts";
import { startRedis, type TestRedis } from "../../support/redis.ts";
import { certificateFor } from "../../support/certificate.ts";

const BUS = "servicebus-emulator.orders-dev.svc.cluster.local";

const TARGET: Target = {
  context: "fake",
  namespace: "orders-dev",
  kubernetes: null,
  keda: null,
  metricsServer: null,
  k6: null,
  nodes: [],
  images: [],
  revision: null,
};

/** Stands in for k6: says to the test what it was asked to load, and with what, and writes what k6 would. */
const FAKE_K6 = `
const { appendFileSync, writeFileSync } = require("node:fs");
const file = (flag) => process.argv.find((argument) => argument.startsWith(flag)).slice(flag.length);
const script = process.argv.at(-1).split("/").at(-1);
(async () => {
  const answer = await fetch(process.env.FAKE_K6_CONTROL + "/" + script, { method: "POST", body: JSON.stringify(process.env) });
  const { ids, iterations } = await answer.json();
  appendFileSync(file("--console-output="), ids.map((id) => id + "\\n").join(""));
  writeFileSync(file("--summary-export="), JSON.stringify({ metrics: {
    http_reqs: { count: iterations }, http_req_failed: { passes: 0, fails: iterations }, iterations: { count: iterations },
    http_req_duration: { "p(50)": 1, "p(95)": 2, "p(99)": 3, max: 4 } } }));
})();`;

let directory: string;
let redis: TestRedis;
/** Where the ledger looks for what is still on the queue: nothing ever is. */
let emulator: TestEmulator;
let connection: string;
let kubernetes: Server;
let bus: Server;
let control: Server;
let authority: string;
/** What k6 was started with, by script. */
let loads: { script: string; environment: Record<string, string> }[];
/** The made-up cluster: replicas and messages by seconds since the newest load. */
let loadedAtMs: number;
let loaded: string;

beforeAll(async () => {
  const certificate = await certificateFor([BUS]);
  authority = certificate.authority;
  directory = await mkdtemp(join(tmpdir(), "ownsignal-proof-"));
  await writeFile(join(directory, "k6"), `#!${process.execPath}\n${FAKE_K6}\n`);
  await chmod(join(directory, "k6"), 0o755);
  [redis, emulator] = await Promise.all([startRedis(), startTestEmulator()]);
  connection = emulator.connectionString("loadtest").replace(/Endpoint=[^;]*/, `Endpoint=sb://${BUS}`);
  kubernetes = createServer((request, response) => {
    const found = objectAt(request.url ?? "");
    response.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(found ?? { kind: "Status", code: 404 }));
  });
  bus = createTlsServer({ cert: certificate.certificate, key: certificate.key }, (_request, response) => {
    response.end(
      `<ActiveMessageCount>${waiting()}</ActiveMessageCount><DeadLetterMessageCount>0</DeadLetterMessageCount>`,
    );
  });
  control = createServer((request, response) => {
    void startLoad(request).then((answer) => response.end(JSON.stringify(answer)));
  });
  for (const server of [kubernetes, bus, control]) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  process.env.FAKE_K6_CONTROL = `http://127.0.0.1:${portOf(control)}`;
});

afterAll(async () => {
  delete process.env.FAKE_K6_CONTROL;
  for (const server of [kubernetes, bus, control]) {
    server.closeAllConnections();
    server.close();
  }
  await Promise.all([redis.close(), emulator.close()]);
  await rm(directory, { recursive: true, force: true });
});

beforeEach(() => {
  loads = [];
  loadedAtMs = -Infinity;
  loaded = "";
});

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function startLoad(request: IncomingMessage): Promise<{ ids: string[]; iterations: number }> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  const environment = JSON.parse(body) as Record<string, string>;
  loaded = (request.url ?? "").slice(1);
  loads.push({ script: loaded, environment });
  loadedAtMs = Date.now();
  if (loaded === "api-cpu.ts") return { ids: [], iterations: 20 };
  const ids = Array.from({ length: Number(environment.ORDERS) }, () => crypto.randomUUID());
  await Promise.all(ids.map((id) => redis.client.hset(orderKey(id), { status: "processed" })));
  return { ids, iterations: Math.ceil(ids.length / 100) };
}

function secondsSince(): number {
  return (Date.now() - loadedAtMs) / 1000;
}

function waiting(): number {
  return loaded === "queue-backlog.ts" && secondsSince() < 2.5 ? 100 : 0;
}

function replicasOf(workload: string): number {
  const busy = secondsSince() > 0.5 && secondsSince() < 3.5;
  if (workload === "worker") return busy && loaded === "queue-backlog.ts" ? 5 : 0;
  return busy && loaded === "api-cpu.ts" ? 3 : 1;
}

function objectAt(url: string): object | undefined {
  const name = url.split("?")[0]?.split("/").at(-1) ?? "";
  if (url.includes("/secrets/servicebus-loadtest")) return { data: { connection: base64(connection) } };
  if (url.includes("/secrets/servicebus-emulator-tls")) return { data: { "ca.crt": base64(authority) } };
  if (url.includes("/deployments/")) {
    const replicas = replicasOf(name);
    const status = { observedGeneration: 1, replicas, readyReplicas: replicas, updatedReplicas: replicas };
    return { metadata: { generation: 1 }, spec: { replicas, selector: { matchLabels: { service: name } } }, status };
  }
  if (name === "horizontalpodautoscalers") return { items: ["api", "worker"].map(autoscalerOf) };
  if (name === "scaledobjects") {
    const spec = { scaleTargetRef: { name: "worker" }, cooldownPeriod: 1, pollingInterval: 1 };
    return { items: [{ metadata: { name: "worker" }, spec }] };
  }
  if (name === "pods") return { items: [] };
  return undefined;
}

function autoscalerOf(name: string): object {
  const desiredReplicas = replicasOf(name);
  // Read above its target while it has more replicas than idle.
  const factor = desiredReplicas > 1 ? 2 : 0;
  const metric = (part: "target" | "current", times: number): object =>
    name === "api"
      ? { type: "Resource", resource: { name: "cpu", [part]: { averageUtilization: 60 * times } } }
      : {
          type: "External",
          external: { metric: { name: "s0-azure-servicebus-orders" }, [part]: { averageValue: String(50 * times) } },
        };
  return {
    metadata: { name },
    spec: {
      minReplicas: 1,
      maxReplicas: 6,
      scaleTargetRef: { kind: "Deployment", name },
      metrics: [metric("target", 1)],
    },
    status: { desiredReplicas, currentMetrics: [metric("current", factor)] },
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function kubeConfigFor(port: number): KubeConfig {
  const kubeConfig = new KubeConfig();
  const cluster = { name: "fake", server: `http://127.0.0.1:${port}`, skipTLSVerify: true };
  kubeConfig.loadFromClusterAndUser(cluster, { name: "nobody" });
  return kubeConfig;
}

function options(of: Partial<OrdersProofOptions> = {}): OrdersProofOptions {
  const ports: Record<string, number> = {
    "servicebus-emulator:443": portOf(bus),
    "servicebus-emulator:5672": emulator.amqpPort,
    "cache:6379": Number(new URL(redis.url).port),
    "api:80": 8080,
  };
  return {
    kubeConfig: kubeConfigFor(portOf(kubernetes)),
    namespace: "orders-dev",
    reach: (service, port) => {
      const reached = ports[`${service}:${port}`];
      if (reached === undefined) return Promise.reject(new Error(`no Service ${service}:${port}`));
      return Promise.resolve({ host: "127.0.0.1", port: reached, close: () => undefined });
    },
    k6Path: join(directory, "k6"),
    outDir: join(directory, "out"),
    profile: "smoke",
    scenarios: ["queue-backlog", "api-cpu"],
    target: TARGET,
    journal: createUndoJournal(join(directory, "journal")),
    seed: 1,
    command: "./scripts/prove",
    sizes: { backlogOrders: 250, readSteps: [{ requestsPerSecond: 10, seconds: 2 }] },
    deadlines: { quiescenceSeconds: 1, quiescenceTimeoutSeconds: 20 },
    ...of,
  };
}

async function written(): Promise<Report> {
  return JSON.parse(await readFile(join(directory, "out/report.json"), "utf8")) as Report;
}

test("both scenarios, from the Secrets to the report", async () => {
  const forecast = { kind: "none", id: "faults", detail: "of the backlog" } as const;
  const forecastOf: OrdersProofOptions["forecastOf"] = ({ queue }) => (queue === null ? undefined : forecast);
  const report = await runOrdersProof(options({ forecastOf }));
  const notPassed = report.scenarios.flatMap(({ name, assertions }) =>
    assertions.filter(({ status }) => status !== "pass").map((assertion) => ({ scenario: name, ...assertion })),
  );
  expect({ verdict: report.verdict, notPassed }).toEqual({ verdict: "pass", notPassed: [] });
  expect(await written()).toMatchObject(report);
  expect(report.scenarios[0]).toMatchObject({ forecast });
  expect(report.scenarios[0]?.ledger).toMatchObject({ value: { accepted: 250, processedOnce: 250, lost: 0 } });

  const [backlog, reads] = loads;
  expect(backlog).toMatchObject({
    script: "queue-backlog.ts",
    environment: {
      SERVICEBUS_CONNECTION_STRING: connection,
      SERVICEBUS_QUEUE: "orders",
      SERVICEBUS_ADDRESS: `127.0.0.1:${portOf(bus)}`,
      ORDERS: "250",
    },
  });
  expect(await readFile(backlog?.environment.SSL_CERT_FILE ?? "", "utf8")).toBe(authority);
  // The reads are of the very orders that were processed.
  expect(reads).toMatchObject({ environment: { API_URL: "http://127.0.0.1:8080", API_STEPS: "10x2" } });
  expect((await readFile(reads?.environment.ORDER_IDS_FILE ?? "", "utf8")).trim().split("\n")).toHaveLength(250);
  // The key that signs is in no file that the proof leaves behind.
  expect(await readFile(join(directory, "out/report.json"), "utf8")).not.toContain(
    /SharedAccessKey=([^;]+)/.exec(connection)?.[1],
  );
});

test("reads alone send some orders first, and still start idle", async () => {
  const report = await runOrdersProof(options({ scenarios: ["api-cpu"] }));
  expect(report.verdict).toBe("pass");
  expect(loads.map(({ script }) => script)).toEqual(["queue-backlog.ts", "api-cpu.ts"]);
  expect(report.scenarios[0]?.samples[0]?.queues).toMatchObject({ queue: { value: { active: 0 } } });
});

/** The message of the error that kept a scenario from its load. */
function firstError({ assertions: [assertion] }: Report["scenarios"][number]): unknown {
  const [cause] = assertion?.causes ?? [];
  return cause?.id === "proof-error" ? cause.params.message : cause?.id;
}

test("a cluster that does not answer is inconclusive, with a report that says so", async () => {
  const gone = createServer();
  gone.listen(0, "127.0.0.1");
  await once(gone, "listening");
  const port = portOf(gone);
  gone.close();
  const report = await runOrdersProof(options({ kubeConfig: kubeConfigFor(port) }));
  expect(report.verdict).toBe("inconclusive");
  expect(await written()).toMatchObject(report);
  expect(report.scenarios.map(firstError)).toEqual([
    expect.stringMatching(/Secret servicebus-loadtest in orders-dev cannot be read.*ECONNREFUSED/),
    expect.stringMatching(/Secret servicebus-loadtest in orders-dev cannot be read.*ECONNREFUSED/),
  ]);
});

test("a Service that cannot be reached is named", async () => {
  const report = await runOrdersProof(options({ reach: () => Promise.reject(new Error("no route")) }));
  expect(report.scenarios.map(firstError)[0]).toContain("Service servicebus-emulator in orders-dev cannot be reached");
  expect(loads).toEqual([]);
});

test("a scenario with impossible numbers is refused before anything is touched", async () => {
  const report = await runOrdersProof(options({ sizes: { backlogOrders: -1 } }));
  expect(report.verdict).toBe("inconclusive");
  expect(report.scenarios.map(firstError)[0]).toContain("queue-backlog: the number of messages is -1");
  expect(loads).toEqual([]);
});

test("an interrupt before the first load starts none", async () => {
  const report = await runOrdersProof(options({ signal: AbortSignal.abort() }));
  expect(report.verdict).toBe("inconclusive");
  expect(loads).toEqual([]);
  expect(report.scenarios).toHaveLength(2);
});
