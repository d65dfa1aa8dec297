import { formatJson } from "../../../../loadtest/report/json.ts";
import { parseReport } from "../../../../loadtest/report/parse.ts";
import type { Report } from "../../../../loadtest/model/report.ts";
import { parsePlanOptions } from "../../../../scripts/cli/planOptions.ts";
import { type Access, type Plan, planInputs, type Plans } from "../../../../scripts/planning/inputs.ts";
import { type FakeApiServer, startFakeApiServer } from "../../loadtest/fakeApiServer.ts";
import { passed } from "../../loadtest/reportFixtures.ts";
import { objectsIn } from "../../../../scripts/planning/manifests.ts";
import { MANIFESTS, objects } from "./fixtures.ts";

const NAMESPACE = "orders";
const server: { close?: () => Promise<void> } = {};
afterEach(async () => {
  await server.close?.();
});

/** An API server that has these manifests, with what the arguments ask for. */
async function plans(
  args: readonly string[],
  yaml = MANIFESTS,
  other: Answers = {},
): Promise<{ plans: Plan[]; notes: Plans["notes"] }> {
  const fake: FakeApiServer = await startFakeApiServer({ ...answers(yaml), ...other });
  server.close = () => fake.close();
  const request = parsePlanOptions([...args, "-n", NAMESPACE]);
  if (request === undefined) throw new Error("help is no plan");
  const access: Access = {
    kubectl: () => Promise.reject(new Error("there is none")),
    kubeConfig: () => fake.kubeConfig,
    report: () => Promise.resolve(asRead(passed())),
  };
  const { workloads, notes } = await planInputs(request, access);
  return { plans: workloads.map(({ plan }) => plan), notes };
}

function asRead(report: Report): Report {
  const parsed = parseReport(formatJson(report));
  if (parsed.kind !== "report") throw new Error(parsed.kind);
  return parsed.report;
}

type Answers = Parameters<typeof startFakeApiServer>[0];

function answers(yaml: string): Answers {
  const ofKind = (kind: string) => ({
    items: objects(yaml)
      .filter((one) => one.kind === kind)
      .map(({ metadata, spec }) => ({ metadata: { name: metadata?.name, namespace: NAMESPACE }, spec })),
  });
  return {
    [`/apis/apps/v1/namespaces/${NAMESPACE}/deployments`]: ofKind("Deployment"),
    [`/apis/apps/v1/namespaces/${NAMESPACE}/statefulsets`]: ofKind("StatefulSet"),
    [`/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers`]: ofKind("HorizontalPodAutoscaler"),
    [`/apis/keda.sh/v1alpha1/namespaces/${NAMESPACE}/scaledobjects`]: ofKind("ScaledObject"),
    [`/apis/keda.sh/v1alpha1/namespaces/${NAMESPACE}/scaledjobs`]: ofKind("ScaledJob"),
  };
}

const WORKER = ["--load", "worker:4000@0s", "--rate", "20/s", "--start", "3s"];

test("live objects, a load and what is given make a plan; what is not in it is named", async () => {
  const { plans: found, notes } = await plans(WORKER);
  expect(found).toHaveLength(1);
  expect(found[0]?.planned).toMatchObject({
    name: "worker",
    graceSeconds: 60,
    service: { messagesPerSecond: 20, concurrency: 1 },
    startSeconds: [3],
    scaler: { kind: "scaled-object", spec: { pollingSeconds: 5, maxReplicas: 8 } },
    load: { arrivals: [{ atSeconds: 0, messages: 4000 }], endSeconds: 0 },
  });
  expect(notes).toEqual([
    { id: "kind-not-modelled", params: { kind: "ScaledJob", name: "nightly" } },
    { id: "concurrency-assumed", params: { workload: "worker" } },
    { id: "no-load", params: { workload: "api" } },
    { id: "no-load", params: { workload: "tenants" } },
  ]);
});

test("CPU is shared by replicas, memory is each one's, and a count of pods stands", async () => {
  const loads = ["--load", "api.cpu:300m@0s,0@2m", "--load", "api.memory:64Mi@0s", "--load", "tenants:12@0s"];
  const { plans: found, notes } = await plans([...loads, "--start", "3s", "--start", "api=5s"]);
  const [api, tenants] = found.map(({ planned }) => planned);
  expect(api).toMatchObject({ startSeconds: [5], service: null, load: { endSeconds: 120 } });
  expect(api?.containers).toEqual([
    { name: "api", requests: { cpu: 100, memory: 128 * 1024 ** 2 * 1000 } },
    { name: "sidecar", requests: {} },
  ]);
  expect(api?.load.usage.slice(0, 2)).toEqual([
    {
      container: "api",
      resource: "cpu",
      total: [
        [0, 300],
        [120, 0],
      ],
    },
    { container: "api", resource: "memory", perPod: [[0, 64 * 1024 ** 2 * 1000]] },
  ]);
  expect(tenants?.load.levels).toEqual({ "s0-workload-orders": [[0, 12]] });
  expect(notes.map(({ id }) => id)).toContain("kubelet-delay");
});

test("a replica uses no more CPU than its container's limit", async () => {
  const yaml = MANIFESTS.replace("limits: {memory: 128Mi}", "limits: {memory: 128Mi, cpu: 0.2}");
  const { plans: found } = await plans(["--load", "api.cpu:300m@0s,0@2m", "--start", "3s"], yaml);
  expect(found[0]?.planned.load.usage[0]).toMatchObject({ container: "api", resource: "cpu", mostPerPod: 200 });
});

test("a report gives configuration, load, throughput and pod starts", async () => {
  const { plans: found, notes } = await plans(["--from", "report.json", "--set", "worker.cooldownPeriod=60"]);
  const [plan] = found;
  expect(plan?.planned.load.arrivals.reduce((sum, { messages }) => sum + messages, 0)).toBe(4000);
  expect(plan?.planned.service?.messagesPerSecond).toBeGreaterThan(1);
  expect(plan?.measured).toMatchObject({ peakReplicas: 8 });
  expect(plan?.planned.scaler.spec).toMatchObject({ cooldownSeconds: 15 });
  expect(plan?.changed?.scaler.spec).toMatchObject({ cooldownSeconds: 60 });
  expect(notes[0]).toMatchObject({ id: "scenario-chosen", params: { scenario: "queue-backlog" } });
});

test("--calibrate takes throughput and pod starts alone", async () => {
  const { plans: found } = await plans(["--load", "worker:100@0s", "--calibrate", "report.json"]);
  expect(found[0]?.planned.service?.messagesPerSecond).toBeGreaterThan(1);
  const pods = passed().scenarios[0]?.pods.filter((pod) => pod.workload === "worker") ?? [];
  expect(found[0]?.planned.startSeconds).toEqual(
    pods.flatMap(({ readyMs, createdMs }) => (readyMs === null ? [] : [(readyMs - createdMs) / 1000])),
  );
});

test.each([
  [
    "no throughput",
    ["--load", "worker:1@0s", "--start", "3s"],
    "how many messages one replica processes",
    "--rate worker=40/s",
  ],
  ["no pod start", ["--load", "worker:1@0s", "--rate", "2/s"], "how long its pods take to start", "--start worker=3s"],
  ["no such workload", ["--load", "wroker:1@0s"], 'nothing scales a workload "wroker"', "did you mean worker?"],
  ["what nothing scales", ["--load", "unscaled:1@0s"], 'nothing scales a workload "unscaled"', "there are worker, api"],
  ["no metric said", ["--load", "api:1@0s", "--start", "3s"], "for which metric", "cpu, memory"],
  ["another metric", ["--load", "api.disk:1@0s", "--start", "3s"], "does not scale on disk", "cpu, memory"],
  ["an unknown setting", [...WORKER, "--set", "worker.cooldown=9"], 'no setting "cooldown"', "cooldownPeriod"],
  ["a setting that is none", [...WORKER, "--set", "worker.cooldownPeriod=long"], "no whole number", "seconds"],
  [
    "a sweep of no workload",
    [...WORKER, "--sweep", "wroker.messageCount=1"],
    'workload "wroker"',
    "did you mean worker?",
  ],
  ["no concurrency", [...WORKER, "--set", "worker.concurrency=0"], "one message at least", "1 or more"],
  [
    "a concurrency of what no queue feeds",
    ["--load", "tenants:9@0s", "--start", "3s", "--set", "tenants.concurrency=2"],
    "how many messages one replica processes",
    "--rate",
  ],
  ["no such scenario", ["--from", "r", "--scenario", "none"], 'no scenario "none"', "queue-backlog"],
  ["a CSV that is not there", ["--load", "worker:file:/none.csv"], "cannot be read", "CSV"],
])("%s is refused with how to get it", async (_, args, message, fix) => {
  await expect(plans(args)).rejects.toMatchObject({
    message: expect.stringContaining(message) as string,
    fix: expect.stringContaining(fix) as string,
  });
});

test.each([
  [
    "another trigger",
    "type: azure-servicebus",
    "type: cron",
    "triggers[0].type: a trigger of this type cannot be simulated",
  ],
  [
    "a formula",
    "advanced: {",
    'advanced: {scalingModifiers: {formula: "a"}, ',
    "a formula (scalingModifiers) cannot be simulated",
  ],
  ["an unknown field", "cooldownPeriod: 15", "cooldownPeriod: 15\n  cooldown: 3", 'Unrecognized key: "cooldown"'],
])("a ScaledObject with %s is refused, and only where it has a load", async (_, from, to, message) => {
  const yaml = MANIFESTS.replace(from, to);
  expect(yaml).not.toBe(MANIFESTS);
  await expect(plans(WORKER, yaml)).rejects.toThrow(message);
  await server.close?.();
  await expect(plans(["--load", "tenants:9@0s", "--start", "3s"], yaml)).resolves.toMatchObject({ plans: [{}] });
});

test("what may not be listed is told where it only might matter, and is an error where it does", async () => {
  const refused = { code: 403, message: "no" };
  const jobs = { [`/apis/keda.sh/v1alpha1/namespaces/${NAMESPACE}/scaledjobs`]: refused };
  const { notes } = await plans(WORKER, MANIFESTS, jobs);
  expect(notes[0]).toEqual({
    id: "kind-not-listed",
    params: { kind: "ScaledJob", error: "the API server answered 403" },
  });
  await server.close?.();
  const deployments = { [`/apis/apps/v1/namespaces/${NAMESPACE}/deployments`]: refused };
  await expect(plans(WORKER, MANIFESTS, deployments)).rejects.toMatchObject({
    message: `Deployments in ${NAMESPACE} cannot be read: the API server answered 403`,
    fix: "give the manifests instead: -k OVERLAY",
  });
});

test.each([
  ["a: [", "standard input is no YAML"],
  ["---\n", "standard input holds no Kubernetes object"],
  ["", "standard input holds no Kubernetes object"],
  ["just text", "standard input holds no Kubernetes object"],
])("manifests %j are refused", (yaml, message) => {
  expect(() => objectsIn(yaml, "standard input")).toThrow(message);
});

test("empty documents are passed over, and a List is what it holds", () => {
  const yaml = "---\n---\nkind: Deployment\n---\nkind: List\nitems: [{kind: StatefulSet}, {kind: Secret}]\n---\n";
  expect(objectsIn(yaml, "standard input").map(({ kind }) => kind)).toEqual(["Deployment", "StatefulSet", "Secret"]);
});

test("two autoscalers of one workload are refused", async () => {
  const yaml = MANIFESTS.replace("{kind: Deployment, name: api}", "{kind: Deployment, name: worker}");
  await expect(plans(WORKER, yaml)).rejects.toThrow("both scale Deployment worker");
});

test.each([
  [["-k", "dev"], "there is no load to plan for"],
  [["--from", "r", "-k", "dev"], "-k does not go with it"],
  [["--from", "r", "--load", "worker:1@0s"], "--load does not go with it"],
  [["--load", "worker"], '--load: "worker" is no load'],
  [["--load", "w:1@0s", "--rate", "fast"], '--rate: "fast" is no rate'],
  [["--load", "w:1@0s", "--start", "3"], '--start: "3" is no time'],
  [["--load", "w:1@0s", "--concurrency", "0"], '--concurrency: "0" cannot be'],
  [["--load", "w:1@0s", "--runs", "3"], '--runs: "3" cannot be'],
  [["--load", "w:1@0s", "--scenario", "s"], "--scenario is one of a report"],
  [["--load", "w:1@0s", "--sweep", "w.messageCount"], '--sweep: "w.messageCount" names no values'],
  [["--load", "w:1@0s", "--sweep", "w.messageCount=5,,9"], '--sweep: "w.messageCount=5,,9" names no values'],
  [["-k", "dev", "-f", "f", "--mutate", "--sweep", "w.messageCount=5"], "--sweep does not go with it"],
  [["--load", "w:1@0s", "--set", "x"], '--set: "x" is no setting'],
])("options %j are refused", (args, message) => {
  expect(() => parsePlanOptions(args)).toThrow(message);
});
