import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Answer } from "../../loadtest/fakeApiServer.ts";
import { declared, filesOf, textOf } from "./made.ts";
import { CPU, CRON, hpa, kedaHpa, REDIS, scaledObject, workload, type Objects } from "./objects.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ownsignal-init-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("a Redis list gets a command that fails until it is written, and repeats no secret", async () => {
  const made = await filesOf({
    deployments: [workload("worker"), workload("web")],
    autoscalers: [hpa("web"), kedaHpa("worker")],
    scaledObjects: [scaledObject("worker", [REDIS], {}, { metricNames: ["s0-redis-jobs"] })],
  });
  const { workloads, scenarios } = await declared(made, folder);
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
  expect((await declared(made, folder)).scenarios.map(({ name, mustScale }) => [name, mustScale[0]])).toEqual([
    // Two above the minimum: KEDA's step from idle to it needs no metric.
    [
      "worker-redis",
      expect.objectContaining({ metric: { kind: "named", name: "s0-redis-jobs" }, atLeast: 4 }) as unknown,
    ],
    ["worker-prometheus", expect.objectContaining({ metric: { kind: "named", name: "s1-prometheus" } }) as unknown],
  ]);
  expect(textOf(made)).toContain("# ScaledObject worker: 0 without load, else 2 to 5 replicas; polling interval");

  const withFormula = await filesOf(objects({ advanced: { scalingModifiers: { formula: "a + b" } } }));
  expect((await declared(withFormula, folder)).scenarios.map(({ mustScale }) => mustScale[0]?.metric)).toEqual([
    null,
    null,
  ]);
});

test("a schedule gets no load but a time, and is nobody's control", async () => {
  const made = await filesOf({
    deployments: [workload("report"), workload("web")],
    autoscalers: [hpa("web")],
    scaledObjects: [scaledObject("report", [CRON])],
  });
  const { scenarios } = await declared(made, folder);
  expect(scenarios[0]).toMatchObject({
    load: { kind: "none", seconds: 300 },
    mustScale: [{ atLeast: 3, within: { seconds: 300 }, backToIdle: { asserted: false } }],
    mustNotScale: ["web"],
  });
  expect(scenarios[1]).toMatchObject({ name: "web", mustNotScale: [] });
  expect(textOf(made)).toContain("trigger cron: from 0 8 * * * to 0 20 * * *, Europe/Berlin, 3 replicas");
  expect(textOf(made).match(/While its window is open/g)).toHaveLength(1);
  expect(textOf(made)).toContain("# No control is report: a schedule scales it at any time.");
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
  await declared(made, folder);
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
  expect((await declared(made, folder)).scenarios[0]?.load).toMatchObject({ count });
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
  expect((await declared(made, folder)).scenarios.map(({ name, mustScale }) => [name, mustScale[0]?.metric])).toEqual([
    ["web-cpu", { kind: "resource", name: "cpu", container: null }],
    ["web-requests-per-second", { kind: "named", name: "requests_per_second" }],
    ["worker", { kind: "resource", name: "cpu", container: "app" }],
  ]);
});
