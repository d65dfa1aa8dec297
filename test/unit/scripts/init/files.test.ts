import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { AnySchema } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import type { Declaration } from "../../../../loadtest/declaration/declaration.ts";
import { readDeclaration } from "../../../../loadtest/declaration/readDeclaration.ts";
import { type InitFiles, initFiles } from "../../../../scripts/init/files.ts";
import { readNamespace } from "../../../../scripts/init/readNamespace.ts";
import { findingText } from "../../../../scripts/init/texts.ts";
import { type Answer, startFakeApiServer } from "../../loadtest/fakeApiServer.ts";
import {
  answersWith,
  CPU,
  CRON,
  hpa,
  kedaHpa,
  type Objects,
  REDIS,
  scaledObject,
  service,
  workload,
} from "./objects.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ownsignal-init-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function filesOf(objects: Objects, answers: Record<string, Answer> = {}): Promise<InitFiles> {
  const server = await startFakeApiServer({ ...answersWith(objects), ...answers });
  try {
    return initFiles(await readNamespace(server.kubeConfig, "shop"), "autoscaling.yaml");
  } finally {
    await server.close();
  }
}

/** The declaration that the files make, which have to be right. */
async function declared({ files }: InitFiles): Promise<Declaration> {
  for (const { name, text } of files) writeFileSync(join(folder, name), text);
  const read = await readDeclaration(join(folder, "autoscaling.yaml"));
  expect(read.kind === "wrong" ? read.errors : []).toEqual([]);
  if (read.kind === "wrong") throw new Error("the file is wrong");
  return read.declaration;
}

function textOf({ files }: InitFiles, name = "autoscaling.yaml"): string {
  return files.find((file) => file.name === name)?.text ?? "";
}

function texts({ findings }: InitFiles): string[] {
  return findings.map(findingText);
}

test("an HPA on CPU with a Service gets a k6 load, and the other HPA is its control", async () => {
  const made = await filesOf({
    deployments: [workload("web"), workload("control"), workload("unscaled")],
    autoscalers: [hpa("web"), hpa("control")],
    services: [
      service("web", [
        { name: "metrics", port: 9797 },
        { name: "http", port: 9898, protocol: "TCP" },
      ]),
      service("control", [{ port: 443 }]),
    ],
  });
  expect([texts(made), made.unwritten]).toEqual([[], []]);
  expect(made.files.map(({ name }) => name)).toEqual([
    "autoscaling.yaml",
    "load-control.js",
    "load-web.js",
    "autoscaling.schema.json",
  ]);
  const { namespace, workloads, scenarios } = await declared(made);
  expect([namespace, workloads.map(({ name, object }) => [name, object])]).toEqual([
    "shop",
    [
      ["control", "control"],
      ["web", "web"],
    ],
  ]);
  const [control, web] = scenarios;
  expect(control?.load).toMatchObject({ environment: { BASE_URL: { address: { port: 443, scheme: "https" } } } });
  expect(web).toMatchObject({
    name: "web",
    mustScale: [{ workload: "web", metric: { kind: "resource", name: "cpu", container: null }, atLeast: 3 }],
    mustNotScale: ["control"],
    load: {
      kind: "k6",
      script: join(folder, "load-web.js"),
      iterations: 12_000,
      environment: {
        BASE_URL: { kind: "service", address: { service: "web", port: 9898, scheme: "http" } },
        RATE: { kind: "text", text: "100" },
        DURATION_SECONDS: { kind: "text", text: "120" },
      },
    },
  });
  expect(textOf(made)).toContain(
    "  # HorizontalPodAutoscaler web: 1 to 4 replicas; scale-up window 0 s, scale-down window 30 s\n" +
      "  #   cpu of its pods, target 50 % of what is requested\n  web: { deployment: web }\n",
  );
});

test("the k6 script is a module that takes rate, duration and address from its environment", async () => {
  const made = await filesOf({
    deployments: [workload("web")],
    autoscalers: [hpa("web")],
    services: [service("web", [{ port: 80 }])],
  });
  writeFileSync(join(folder, "load-web.mjs"), textOf(made, "load-web.js"));
  await promisify(execFile)(process.execPath, ["--check", join(folder, "load-web.mjs")]);
  for (const name of ["RATE", "DURATION_SECONDS", "BASE_URL"]) {
    expect(textOf(made, "load-web.js")).toContain(`__ENV.${name}`);
  }
  expect(textOf(made)).toContain("# No control: nothing else scales here");
});

test("the schema line names a file that is written, which takes what is written", async () => {
  const made = await filesOf({
    deployments: ["web", "worker", "report"].map(workload),
    autoscalers: [hpa("web")],
    scaledObjects: [scaledObject("worker", [REDIS]), scaledObject("report", [CRON])],
    services: [service("web", [{ port: 80 }])],
  });
  const [first = ""] = textOf(made).split("\n");
  expect(first).toBe("# yaml-language-server: $schema=./autoscaling.schema.json");
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
    JSON.parse(textOf(made, "autoscaling.schema.json")) as AnySchema,
  );
  expect(validate(parse(textOf(made)))).toBe(true);
  expect(validate({ ...(parse(textOf(made)) as object), version: 2 })).toBe(false);
});

test("memory of a container, and a scale-up window that makes the load longer", async () => {
  const memory = {
    type: "ContainerResource",
    containerResource: { name: "memory", container: "app", target: { type: "AverageValue", averageValue: "100Mi" } },
  };
  const made = await filesOf({
    deployments: [workload("uploads")],
    autoscalers: [
      hpa("uploads", { metrics: [memory], maxReplicas: 2, behavior: { scaleUp: { stabilizationWindowSeconds: 60 } } }),
    ],
    services: [service("uploads", [{ port: 80 }])],
  });
  const { scenarios } = await declared(made);
  expect(scenarios[0]?.mustScale).toMatchObject([
    { metric: { kind: "resource", name: "memory", container: "app" }, atLeast: 2 },
  ]);
  expect(scenarios[0]?.load).toMatchObject({ iterations: 18_000, timeoutSeconds: 240 });
  expect(textOf(made)).toContain("#   memory of container app, target 100Mi a replica");
});

test("an HPA on CPU whose pods no Service selects gets a command to be written", async () => {
  const made = await filesOf({
    deployments: [workload("batch")],
    autoscalers: [hpa("batch")],
    services: [
      service("other", [{ port: 80 }]),
      service("without-selector", [{ port: 80 }], { selector: {} }),
      service("batch", [{ port: 53, protocol: "UDP" }]),
    ],
  });
  expect(made.unwritten).toEqual(["load-batch.sh"]);
  expect((await declared(made)).scenarios[0]?.load).toMatchObject({ command: ["sh", "load-batch.sh"] });
});

test("a Redis list gets a command that fails until it is written, and repeats no secret", async () => {
  const made = await filesOf({
    deployments: [workload("worker"), workload("web")],
    autoscalers: [hpa("web"), kedaHpa("worker")],
    scaledObjects: [scaledObject("worker", [REDIS], {}, { metricNames: ["s0-redis-jobs"] })],
  });
  const { workloads, scenarios } = await declared(made);
  expect(workloads.map(({ name }) => name)).toEqual(["web", "worker"]);
  expect(scenarios[1]).toMatchObject({
    mustScale: [{ workload: "worker", metric: { kind: "named", name: "s0-redis-jobs" }, atLeast: 2 }],
    mustNotScale: ["web"],
    // 2 replicas of 20 entries, four times.
    load: { count: 160, environment: { COUNT: { text: "160" } } },
  });
  expect(textOf(made)).toContain(
    "  # ScaledObject worker: 0 to 5 replicas; scale-up window 0 s, scale-down window 30 s; polling interval 5 s, cooldown 20 s\n" +
      "  #   trigger redis: jobs, target 20 a replica\n",
  );
  expect(made.files.map(({ text }) => text).join("")).not.toContain("never-repeat-this");

  const stub = textOf(made, "load-worker.sh");
  const options = { cwd: folder, env: { ...process.env, COUNT: "160" } };
  await expect(promisify(execFile)("sh", ["load-worker.sh"], options)).rejects.toMatchObject({
    code: 1,
    stdout: "",
    stderr: "load-worker.sh is not written yet: it has to put $COUNT entries on the Redis list jobs\n",
  });
  // As its own comment says: without the two lines.
  writeFileSync(join(folder, "load-worker.sh"), stub.replace(/^echo 'load.*\nexit 1\n/m, ""));
  expect((await promisify(execFile)("sh", ["load-worker.sh"], options)).stdout).toBe("delivered 160\n");
});

test("each of two triggers gets a scenario that names its metric; with a formula there is one metric, which is not named", async () => {
  const prometheus = { type: "prometheus", metadata: { query: "sum(up)", threshold: "10", serverAddress: "http://p" } };
  const objects = (more: Answer): Objects => ({
    deployments: [workload("worker")],
    scaledObjects: [
      scaledObject("worker", [REDIS, prometheus], more, { metricNames: ["s0-redis-jobs", "s1-prometheus"] }),
    ],
  });
  const made = await filesOf(objects({ minReplicaCount: 2, idleReplicaCount: 0 }));
  expect(made.unwritten).toEqual(["load-worker-redis.sh", "load-worker-prometheus.sh"]);
  expect((await declared(made)).scenarios.map(({ name, mustScale }) => [name, mustScale[0]])).toEqual([
    // Two above the minimum: KEDA's step from idle to it needs no metric.
    [
      "worker-redis",
      expect.objectContaining({ metric: { kind: "named", name: "s0-redis-jobs" }, atLeast: 4 }) as unknown,
    ],
    ["worker-prometheus", expect.objectContaining({ metric: { kind: "named", name: "s1-prometheus" } }) as unknown],
  ]);
  expect(textOf(made)).toContain("# ScaledObject worker: 0 without load, else 2 to 5 replicas; polling interval");

  const withFormula = await filesOf(objects({ advanced: { scalingModifiers: { formula: "a + b" } } }));
  expect((await declared(withFormula)).scenarios.map(({ mustScale }) => mustScale[0]?.metric)).toEqual([null, null]);
});

test("a schedule gets no load but a time, and is nobody's control", async () => {
  const made = await filesOf({
    deployments: [workload("report"), workload("web")],
    autoscalers: [hpa("web")],
    scaledObjects: [scaledObject("report", [CRON])],
  });
  const { scenarios } = await declared(made);
  expect(scenarios[0]).toMatchObject({
    load: { kind: "none", seconds: 300 },
    mustScale: [{ atLeast: 3, within: { seconds: 300 }, backToIdle: { asserted: false } }],
    mustNotScale: ["web"],
  });
  expect(scenarios[1]).toMatchObject({ name: "web", mustNotScale: [] });
  expect(textOf(made)).toContain("trigger cron: from 0 8 * * * to 0 20 * * *, Europe/Berlin, 3 replicas");
  expect(textOf(made)).toContain("# No control is report: a schedule scales it at any time.");
});

test("a StatefulSet, beside a Deployment of the same name", async () => {
  const made = await filesOf({
    deployments: [workload("db")],
    statefulSets: [workload("db")],
    autoscalers: [hpa("db"), hpa("db-set", {}, { kind: "StatefulSet", name: "db" })],
  });
  expect((await declared(made)).workloads.map(({ name, kind, object }) => [name, kind, object])).toEqual([
    ["db", "Deployment", "db"],
    ["db-statefulset", "StatefulSet", "db"],
  ]);
});

test("names that YAML reads as something else, and long ones with dots, are those of the objects", async () => {
  const long = `${"a".repeat(60)}.b`;
  const names = ["true", "1", "null", long];
  const made = await filesOf({ deployments: names.map(workload), autoscalers: names.map((name) => hpa(name)) });
  const { workloads } = await declared(made);
  expect(workloads.map(({ object }) => object).sort()).toEqual([...names].sort());
  expect(workloads.every(({ name }) => name.length <= 63)).toBe(true);
});

test("what a live object holds cannot leave its comment", async () => {
  const evil = 'x\nexit 0\u2028process.exit()\'; rm -rf "$HOME"';
  const trigger = { type: evil, metadata: { listName: evil, value: "1" } };
  const made = await filesOf({
    deployments: [workload("worker"), workload("web")],
    scaledObjects: [
      scaledObject("worker", [trigger, { ...REDIS, metadata: { listName: evil } }]),
      scaledObject("web", [{ type: "kubernetes-workload", metadata: { podSelector: evil, value: "2" } }]),
    ],
  });
  await declared(made);
  const scripts = made.files.filter(({ name }) => name.endsWith(".sh"));
  expect(scripts).toHaveLength(3);
  for (const { name, text } of scripts) {
    expect(text.split("\n").filter((line) => !line.startsWith("#") && line !== "")).toEqual([
      "set -eu",
      expect.stringMatching(/^echo '/),
      "exit 1",
      'echo "delivered $COUNT"',
    ]);
    await expect(promisify(execFile)("sh", [name], { cwd: folder })).rejects.toMatchObject({ code: 1 });
  }
});

test.each([
  ["rabbitmq", { queueName: "jobs", value: "10" }, "publish $COUNT messages to the RabbitMQ queue jobs", 80],
  [
    "azure-servicebus",
    { queueName: "jobs", messageCount: "5", activationMessageCount: "30" },
    "Service Bus queue jobs",
    124,
  ],
  ["azure-servicebus", { topicName: "events", subscriptionName: "all" }, "Service Bus topic events", 40],
  ["kafka", { topic: "jobs", lagThreshold: "5" }, "Kafka topic jobs", 40],
  [
    "aws-sqs-queue",
    { queueURL: "https://sqs.eu.amazonaws.com/1/jobs" },
    "SQS queue https://sqs.eu.amazonaws.com/1/jobs",
    40,
  ],
  ["prometheus", { query: "sum(up)", threshold: "3" }, "the trigger's Prometheus query", 1000],
  [
    "metrics-api",
    { url: "http://u:p@board", valueLocation: "jobs.waiting", targetValue: "2" },
    "what raises jobs.waiting",
    1000,
  ],
  ["kubernetes-workload", { podSelector: "app=tenant", value: "3" }, "start $COUNT pods with the labels app=tenant", 6],
  ["nats-jetstream", { stream: "jobs" }, "the metric of the trigger nats-jetstream", 1000],
])("a trigger %s says what to send", async (type, metadata, task, count) => {
  const made = await filesOf({
    deployments: [workload("worker")],
    scaledObjects: [scaledObject("worker", [{ type, metadata }])],
  });
  expect((await declared(made)).scenarios[0]?.load).toMatchObject({ count });
  expect(textOf(made, "load-worker.sh")).toContain(task);
  expect(made.files.map(({ text }) => text).join("")).not.toContain("u:p@");
  await promisify(execFile)("sh", ["-n", join(folder, "load-worker.sh")]);
});

test("CPU as a trigger, and metrics of an HPA that are neither CPU nor memory", async () => {
  const pods = {
    type: "Pods",
    pods: { metric: { name: "requests_per_second" }, target: { type: "AverageValue", averageValue: "10" } },
  };
  const made = await filesOf({
    deployments: [workload("web"), workload("worker")],
    autoscalers: [hpa("web", { metrics: [CPU, pods] })],
    scaledObjects: [
      scaledObject("worker", [
        { type: "cpu", metricType: "Utilization", metadata: { value: "60", containerName: "app" } },
      ]),
    ],
  });
  expect((await declared(made)).scenarios.map(({ name, mustScale }) => [name, mustScale[0]?.metric])).toEqual([
    ["web-cpu", { kind: "resource", name: "cpu", container: null }],
    ["web-requests-per-second", { kind: "named", name: "requests_per_second" }],
    ["worker", { kind: "resource", name: "cpu", container: "app" }],
  ]);
});

test("what is wrong is said, and left out where it cannot be proven", async () => {
  const made = await filesOf({
    deployments: ["web", "twice", "stuck", "empty"].map(workload),
    autoscalers: [
      hpa("web"),
      hpa("twice"),
      hpa("stuck", { maxReplicas: 1 }),
      hpa("rollout", {}, { kind: "Rollout", name: "shop" }),
    ],
    scaledObjects: [scaledObject("twice", [REDIS]), scaledObject("gone", [REDIS]), scaledObject("empty", [])],
  });
  expect(texts(made)).toEqual([
    "ScaledObject empty has no triggers, so nothing can scale it: left out",
    "ScaledObject gone scales Deployment gone, which does not exist: left out. Correct its scaleTargetRef, or delete it",
    "HorizontalPodAutoscaler rollout scales Rollout shop, and only Deployments and StatefulSets can be proven: left out",
    "HorizontalPodAutoscaler stuck allows at most 1, and 1 is what it has without load: it cannot scale, so it is a control only",
    "HorizontalPodAutoscaler twice and ScaledObject twice all scale Deployment twice, each against the others: left out. Delete all but one",
  ]);
  const { workloads, scenarios } = await declared(made);
  expect(workloads.map(({ name }) => name)).toEqual(["stuck", "web"]);
  expect(scenarios).toMatchObject([{ name: "web", mustNotScale: ["stuck"] }]);
});

test("a ScaledObject that is paused or not ready, and Services that may not be listed, are said", async () => {
  const paused = scaledObject("worker", [REDIS], {}, { annotations: { "autoscaling.keda.sh/paused": "true" } });
  const conditions = [{ type: "Ready", status: "False", reason: "TriggerError", message: "no such host" }];
  const made = await filesOf(
    { deployments: [workload("worker")], scaledObjects: [{ ...paused, status: { conditions } }] },
    { "/api/v1/namespaces/shop/services": { code: 403, message: "forbidden" } },
  );
  expect(texts(made)).toEqual([
    'ScaledObject worker is paused (autoscaling.keda.sh/paused: "true"): it will not scale until the annotation is removed',
    "ScaledObject worker is not ready: no such host",
    "Services in shop cannot be listed (missing permission: list services), so no load knows an address",
  ]);
  await declared(made);
});

test("nothing that scales gives no files", async () => {
  expect(await filesOf({ deployments: [workload("web")] })).toEqual({
    scalables: [],
    findings: [],
    files: [],
    unwritten: [],
  });
});
